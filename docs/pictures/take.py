"""Takes the pictures of README and tutorial anew: opens a demo of its own, drives it, and looks.

    make pictures

Needs a Chromium (`make browser`). The demo runs in a temporary folder; only the pictures are touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from PIL import Image
from playwright.async_api import Page, ViewportSize, async_playwright

from adapters.demo import opened
from adapters.demo_room import make_room
from adapters.wiring import set_up_logs
from tests.chromium import chromium_path

HERE = Path(__file__).parent
DESK = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=780)
FILM_WIDTH = 880
COLOURS = 128
"""A screen has few; so a picture of one stays below 150 KB."""


class Film:
    """What is seen while somebody clicks, one picture after the other, each with how long it stands."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[tuple[Image.Image, int]] = []

    async def look(self, for_ms: int) -> None:
        shot = Image.open(io.BytesIO(await self._page.screenshot())).convert("RGB")
        height = shot.height * FILM_WIDTH // shot.width
        self._frames.append((shot.resize((FILM_WIDTH, height), Image.Resampling.LANCZOS), for_ms))

    def save(self, path: Path) -> None:
        first, *rest = (frame for frame, _ in self._frames)
        times = [for_ms for _, for_ms in self._frames]
        first.save(path, save_all=True, append_images=rest, duration=times, loop=0, quality=62, method=6)


async def picture(page: Page, name: str) -> None:
    await page.wait_for_timeout(400)
    shot = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    few = shot.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(HERE / f"{name}.png", optimize=True)


async def arrived(page: Page) -> None:
    """The clock stands again, and what it passed is on the screen."""
    await page.wait_for_selector("html:not(.moving)", state="attached", timeout=120_000)
    await page.wait_for_timeout(900)


async def tour(page: Page, base: str) -> None:
    """The five clicks, as a film; its stations are pictures of their own."""
    film = Film(page)
    await page.goto(base)
    await page.wait_for_selector(".toured")
    await picture(page, "first")
    await film.look(2600)
    await page.click(".toured")
    await page.wait_for_selector(".row .toured")
    await page.wait_for_timeout(800)
    await picture(page, "list")
    await film.look(2600)
    await page.click(".toured")
    await page.wait_for_selector(".seconds")
    await page.wait_for_timeout(800)
    await picture(page, "sent")
    for _ in range(3):
        await film.look(800)
        await page.wait_for_timeout(1000)
    await page.click(".toured")
    await page.wait_for_selector(".mail[open] .body")
    await arrived(page)
    await picture(page, "letter")
    await film.look(3000)
    await page.click(".toured")
    await page.wait_for_selector("html.moving")
    while await page.locator("html.moving").count():
        await film.look(260)
        await page.wait_for_timeout(900)
    await arrived(page)
    await picture(page, "ladder")
    await film.look(2600)
    await page.click("[data-channel].toured")
    await page.wait_for_selector(".chart img")
    await page.wait_for_timeout(1200)
    await page.click("#tour [data-tour=over]")
    await picture(page, "summary")
    await film.look(3500)
    film.save(HERE / "tour.webp")


async def beside_the_tour(page: Page, base: str) -> None:
    """A form and its preview, the candidate's answer, clear my list, the JSON, home."""
    await page.goto(base)
    await page.wait_for_selector(".row.late")
    await page.locator("[data-forget]").click()
    row = page.locator("#conversation .said").last.locator(".row", has_text="Zoë")
    await row.locator(".menu summary").click()
    await picture(page, "menu")
    await page.keyboard.press("Escape")
    await row.get_by_role("button", name="Give feedback").click()
    await page.get_by_label("Not going on").check()
    await page.get_by_label("What decided it").select_option(index=1)
    await page.get_by_label("What you saw").fill("The second weld was undercut along its whole length.")
    await page.get_by_label("What would help").fill("Prepare the edge before you strike the arc.")
    await picture(page, "feedback")
    await page.get_by_role("button", name="Preview").click()
    await page.wait_for_selector("#dialog .letter")
    await picture(page, "preview")
    await page.locator("#dialog [data-close]").click()
    await page.click(".mail > summary")
    await page.click(".reply > summary")
    await page.get_by_label("another offer, to be answered by").check()
    await page.locator(".reply .hint").scroll_into_view_if_needed()
    await picture(page, "reply")
    await page.get_by_role("button", name="Send the answer").click()
    await page.wait_for_selector("#conversation .said:last-child :text('must answer another offer')")
    await page.wait_for_timeout(900)
    await picture(page, "urgent")
    await page.get_by_role("button", name="Next").click()
    await arrived(page)
    await page.locator("[data-forget]").click()
    await page.get_by_role("button", name="Clear my list").last.click()
    await page.wait_for_selector("#dialog .together")
    await picture(page, "clear")
    await page.locator("#dialog [data-close]").click()
    await page.locator("#conversation .said [data-code]").last.click()
    await page.get_by_role("button", name="Teams Adaptive Card").click()
    await picture(page, "json")
    await page.locator("#code [data-close]").click()
    await page.get_by_role("tab", name="Home").click()
    await page.wait_for_selector("#home .row")
    await picture(page, "home")


@contextlib.asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[str]:
    """A demo that was never seen before; its address."""
    async with opened(make_room(folder, fresh=True)) as made:
        server = web.AppRunner(made.app, access_log=None, shutdown_timeout=0.5)
        await server.setup()
        await web.TCPSite(server, "127.0.0.1", 0).start()
        await made.running.runner.settle(made.running.workspace)
        made.running.runner.start()
        try:
            yield f"http://127.0.0.1:{server.addresses[0][1]}/"
        finally:
            await made.running.runner.stop()
            await server.cleanup()


async def main() -> None:
    chromium = chromium_path()
    if chromium is None:
        sys.exit("There is no Chromium here: make browser installs Debian's.")
    set_up_logs("console")
    with tempfile.TemporaryDirectory() as folder:
        async with demo(Path(folder)) as base, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            desk = await browser.new_context(viewport=DESK, reduced_motion="reduce")
            page = await desk.new_page()
            await tour(page, base)
            await beside_the_tour(page, base)
            dark = await browser.new_context(
                viewport=PHONE, color_scheme="dark", reduced_motion="reduce", is_mobile=True, has_touch=True
            )
            phone = await dark.new_page()
            await phone.add_init_script("try { localStorage.setItem('followup-tour', 'over') } catch {}")
            await phone.goto(base)
            await picture(phone, "phone")
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
