"""The stage of the stories: the demo's company, on a database of its own, behind a real HTTP server."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from adapters.demo import Demo, opened, prepare
from tests.stories.person import Person


@dataclasses.dataclass(frozen=True)
class Stage:
    """The running demo and everybody in it. Its clock stands still unless a story moves it."""

    demo: Demo
    base: str
    http: aiohttp.ClientSession

    async def person(self, first: str) -> Person:
        emails = {
            "dana": "dana.lee",
            "ravi": "ravi.menon",
            "ingrid": "ingrid.sorensen",
            "katrin": "katrin.vogel",
            "sam": "sam.okafor",
            "yuki": "yuki.tanaka",
            "claire": "claire.tremblay",
            "lukas": "lukas.hofer",
        }
        return await Person(self.http, self.base, f"{emails[first]}@halden.example").sits_down()


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's database as it is at first start; each story begins with a copy."""
    file = tmp_path_factory.mktemp("company") / "followup.db"
    database, _, _ = prepare(f"sqlite:///{file}")
    database.close()
    return file


@pytest.fixture
async def stage(tmp_path: Path, company: Path) -> AsyncIterator[Stage]:
    shutil.copy(company, tmp_path / "followup.db")
    async with opened(f"sqlite:///{tmp_path / 'followup.db'}") as demo:
        server = web.AppRunner(demo.app, access_log=None, shutdown_timeout=0.5)
        await server.setup()
        site = web.TCPSite(server, "127.0.0.1", 0)
        await site.start()
        port = server.addresses[0][1]
        await demo.running.runner.settle(demo.running.workspace)
        async with aiohttp.ClientSession() as http:
            yield Stage(demo, f"http://127.0.0.1:{port}", http)
        await demo.running.runner.stop()
        await server.cleanup()


@pytest.fixture
async def dana(stage: Stage) -> Person:
    """Dana Lee, hiring manager in New York, on Monday 23 November 2026 at 09:30, with her list before her."""
    person = await stage.person("dana")
    await person.moves_clock("next-0930")
    return person


@pytest.fixture
async def ravi(stage: Stage) -> Person:
    """Ravi Menon, Dana's recruiter."""
    return await stage.person("ravi")
