"""A team's channels on the page, and the pictures that stand in them.

Plain functions of a connection inside somebody's transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from adapters.playground.tables import channels, pictures
from bot.views.elements import Chart
from storage.inserts import insert_or_ignore

CHAT = "playground"
_SPACE = uuid.UUID("5b1c6f0e-6a52-4f0c-9d4f-6f0a3c1d2e77")
"""Any id will do, if all ids of channels and pictures are made from the same one."""


def name_of(called: str) -> str:
    """The opaque name by which the core knows a channel."""
    return f"{CHAT}:{called}"


def id_of(name: str) -> uuid.UUID:
    """Under which id its conversation stands."""
    return uuid.uuid5(_SPACE, name)


def add(conn: sa.Connection, called: str) -> uuid.UUID:
    """A channel of this name, where there is none yet; its id."""
    channel = id_of(name_of(called))
    insert_or_ignore(conn, channels, [{"id": channel, "called": called}])
    return channel


def exists(conn: sa.Connection, channel: uuid.UUID) -> bool:
    return called(conn, channel) is not None


def called(conn: sa.Connection, channel: uuid.UUID) -> str | None:
    """What people call it."""
    return conn.scalar(sa.select(channels.c.called).where(channels.c.id == channel))


def everyone(conn: sa.Connection) -> Mapping[uuid.UUID, str]:
    """All channels, by what people call them."""
    query = sa.select(channels.c.id, channels.c.called).order_by(channels.c.called)
    return {row[0]: row[1] for row in conn.execute(query)}


def picture_of(chart: Chart) -> uuid.UUID:
    """Under which id the picture of a chart is kept: the same chart is the same picture."""
    return uuid.uuid5(_SPACE, repr(chart))


def keep_picture(conn: sa.Connection, chart: Chart, png: bytes) -> None:
    insert_or_ignore(conn, pictures, [{"id": picture_of(chart), "png": png}])


def picture(conn: sa.Connection, picture: uuid.UUID) -> bytes | None:
    return conn.scalar(sa.select(pictures.c.png).where(pictures.c.id == picture))
