"""Hints between the processes on one PostgreSQL: "something is due now". All works without them, only later.

Every process also looks each second. A hint is lost while its listener is away, and nothing is lost by that.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

_CHANNEL = "followup_due"
_HINT = sa.text(f"SELECT pg_notify('{_CHANNEL}', '')")


def hint(conn: sa.Connection) -> None:
    """Tell every process that listens, once this transaction commits. Many in one are one."""
    conn.execute(_HINT)


def hints(url: sa.URL, every_s: float) -> Iterator[bool]:
    """Whether a hint came, at least every so many seconds. Raises `psycopg.Error` where the server is gone.

    On a connection of its own, beside the pool's.
    """
    # Who runs on SQLite pays nothing for it.
    import psycopg  # noqa: PLC0415

    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as conn:
        conn.execute(f"LISTEN {_CHANNEL}")
        while True:
            yield bool(list(conn.notifies(timeout=every_s, stop_after=1)))
