"""docker-compose.yml hands every setting on, and the image is made of what the project is made of."""

from __future__ import annotations

import dataclasses
import inspect
import re
import tomllib

from adapters.settings import FILE, PREFIX, Settings
from storage.database import Database
from tests.docs.test_docs import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
HANDED_ON = re.findall(rf"^ +({PREFIX}[A-Z_]+):", COMPOSE, re.MULTILINE)


def test_every_setting_is_handed_on_and_every_secret_can_be_a_file() -> None:
    fields = dataclasses.fields(Settings)
    names = {f"{PREFIX}{field.name.upper()}" for field in fields}
    secrets = {f"{PREFIX}{field.name.upper()}{FILE}" for field in fields if not field.repr}
    assert len(HANDED_ON) == len(set(HANDED_ON)), "Compose refuses a name that stands there twice"
    assert names <= set(HANDED_ON)
    assert secrets | {f"{PREFIX}SMTP_URL{FILE}", f"{PREFIX}DATABASE_URL{FILE}"} <= set(HANDED_ON)
    assert {name.removesuffix(FILE) for name in HANDED_ON} == names


def test_how_many_processes_one_database_bears_is_said_and_can_be_set() -> None:
    pool: int = inspect.signature(Database).parameters["connections"].default
    each, allowed = pool + 1, 100  # one more listens; PostgreSQL's own default
    assert f'"max_connections=${{DB_CONNECTIONS:-{allowed}}}"' in COMPOSE
    for page in ("how-to/docker.md", "how-to/run.md", "scale.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        assert f"{allowed // each} processes" in text, page
        assert re.search("as many .*(bots?|serve|worker).* as you like", text) is None, page


def test_the_image_holds_all_packages_and_nothing_from_this_machine() -> None:
    text = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert text[0] == "*", "what is not named stays out"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(packages) <= {name.removeprefix("!") for name in text}


def test_the_image_and_the_makefile_use_the_same_uv() -> None:
    [ours] = re.findall(r"^UV_VERSION +:= (\S+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert f"uv=={ours}" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_only_what_serves_http_is_asked_over_http_whether_it_is_well() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert not re.search("^HEALTHCHECK", image, re.MULTILINE), "the same image runs `worker` and `migrate`"
    services = dict(re.findall(r"^  (\w+):\n((?:^ {4}.*\n|^\n)+)", COMPOSE, re.MULTILINE))
    ours = {name: text for name, text in services.items() if "<<: *bot" in text}
    assert ours.keys() == {"migrate", "bot", "worker"}
    assert {name for name, text in ours.items() if "/readyz" in text} == {"bot"}
    (served,) = re.findall(r'"--port", "(\d+)"', image)
    assert f"http://127.0.0.1:{served}/readyz" in ours["bot"]
