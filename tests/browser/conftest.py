"""A real browser before the demo's page: Debian's Chromium, driven by Playwright, one for all stories."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, async_playwright, expect

from tests.node import FOLDER
from tests.stories import conftest as stories
from tests.stories.conftest import Stage, staged

company, monday = stories.company, stories.monday


PATIENCE_MS = 20_000
"""The longest that anything may take on a busy machine."""
DESK = {"width": 1440, "height": 900}
LAPTOP = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield launched
        await launched.close()


@dataclasses.dataclass(frozen=True)
class Screen:
    """One tab with the demo in it, and what went wrong there."""

    page: Page
    base: str
    wrongs: list[str]

    async def opens(self, who: str = "", *, toured: bool = True) -> Screen:
        """Look at the page as somebody, whose work email begins like this; the tour skipped or not."""
        if toured:
            await self.page.add_init_script("try { localStorage.setItem('followup-tour', 'over') } catch {}")
        await self.page.goto(f"{self.base}/?as={who}@halden.example" if who else f"{self.base}/")
        return self

    def row(self, about: str) -> Locator:
        """A candidate's row in the newest message that has one."""
        return self.page.locator("#conversation .row", has_text=about).last

    async def press(self, label: str, about: str) -> None:
        await self.row(about).get_by_role("button", name=label, exact=True).click()

    async def move_clock(self, label: str) -> None:
        """Press a button of the clock, and wait until it has arrived."""
        async with self.page.expect_response("**/clock", timeout=PATIENCE_MS * 6):
            await self.page.get_by_role("button", name=label, exact=True).click()
        await expect(self.page.locator("html.moving")).to_have_count(0)

    async def sends_update(self, about: str) -> None:
        """One click, and an hour later the letter is there."""
        await self.press("Send update", about)
        await expect(self.page.locator(".waiting")).to_contain_text(about)
        await self.move_clock("+1 hour")
        await expect(self.page.locator(".mail").first).to_be_visible()

    async def findings(self, within: str = "body") -> list[str]:
        """What axe finds that is serious in a part of the page: each rule with where it is broken."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate((FOLDER / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
        how = "{resultTypes: ['violations'], iframes: false}"
        found: dict[str, Any] = await self.page.evaluate(f"axe.run({json.dumps(within)}, {how})")
        return [
            f"{one['id']}: {node['html'][:140]} {node['any'][0]['message'] if node['any'] else ''}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


Open = Callable[..., Awaitable[Screen]]


@pytest_asyncio.fixture(loop_scope="session")
async def demo(company: str, monday: str, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The running demo on Monday at 09:30, the lists before everybody; five minutes earlier where a story is
    marked `before_the_list`. Its clock and its deliverer run as they do for a visitor."""
    early = request.node.get_closest_marker("before_the_list") is not None
    async with staged(company if early else monday) as stage:
        stage.demo.running.runner.start()
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def screens(browser: Browser, demo: Stage) -> AsyncIterator[Open]:
    """Opens tabs, each in a browser that knows nothing yet; nothing may have gone wrong in any of them."""
    opened: list[Screen] = []

    async def open_one(**how: Any) -> Screen:
        context = await browser.new_context(**{"viewport": DESK, "reduced_motion": "reduce", **how})
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        screen = Screen(page, demo.base, [])
        page.on("pageerror", lambda error: screen.wrongs.append(str(error)))
        page.on("console", lambda said: _note(screen.wrongs, said))
        opened.append(screen)
        return screen

    yield open_one
    for screen in opened:
        await screen.page.context.close()
    assert [wrong for screen in opened for wrong in screen.wrongs] == []


def _note(wrongs: list[str], said: ConsoleMessage) -> None:
    """What the page itself says of an answer that is none is no mistake of the page's."""
    if said.type == "error" and not said.text.startswith("Failed to load resource"):
        wrongs.append(said.text)


@pytest_asyncio.fixture(loop_scope="session")
async def screen(screens: Open) -> Screen:
    return await screens()


@pytest.fixture(scope="session")
def axe(node: None) -> None:
    """Where npm could not install axe-core, the stories that need it say so."""
