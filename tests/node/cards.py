"""Cards drawn by Microsoft's own renderer, npm `adaptivecards`, in headless Chromium, looking as in Teams.

`python -m tests.node.cards FOLDER [NAME …] [--width 400] [--menu]` writes a picture of each example, or of
those that are named.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from adapters.teams import render
from bot.views.elements import Form, Message, View
from tests.chromium import chromium_path
from tests.example_views import views
from tests.node import FOLDER

WIDE, PHONE = 600, 400
HOST_CONFIG = json.loads((FOLDER / "teams_host_config.json").read_text(encoding="utf-8"))
SCRIPTS = ("adaptivecards/dist/adaptivecards.min.js", "markdown-it/dist/markdown-it.min.js")


_ROOM_FOR_A_MENU = 300
VIEWS = {name: view for name, view in views().items() if isinstance(view, Message | Form)}
"""Every example that is a card of its own."""


def card(view: View, pictures: Mapping[str, str] | None = None, *, dialog: bool = False) -> dict[str, Any]:
    """`pictures`: as `render.message` takes them."""
    if isinstance(view, Form):
        return render.form(view, dialog=dialog)
    assert isinstance(view, Message)
    return render.message(view, pictures or {}, dialog=dialog)


class Cards:
    """A page that draws one card at a time."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def draw(self, card: Mapping[str, Any], *, width: int = WIDE) -> list[str]:
        """What the renderer has against the card; empty for nothing."""
        self.page.set_viewport_size({"width": width, "height": 400})
        found: list[str] = self.page.evaluate("([card, look]) => draw(card, look)", [card, HOST_CONFIG])
        return found

    def sent(self) -> list[dict[str, Any]]:
        """What the clicks so far have sent."""
        found: list[dict[str, Any]] = self.page.evaluate("window.sent")
        return found

    def photograph(self, path: Path, *, menu: bool = False) -> None:
        """All of the card, with its first menu open where that is wanted and it has one."""
        tall, wide = self.page.evaluate("[document.body.scrollHeight, window.innerWidth]")
        dots = self.page.get_by_text(re.compile(r"^(\.\.\.|···)$"))
        opens = menu and dots.count() > 0
        self.page.set_viewport_size({"width": wide, "height": tall + _ROOM_FOR_A_MENU * opens})
        if opens:
            dots.first.click()
            self.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
        self.page.screenshot(path=path, full_page=True)


@contextlib.contextmanager
def cards(chromium: str | None, *, dots_a_pixel: float = 1) -> Iterator[Cards]:
    """A browser with the page open. None: Playwright's own, if that was installed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = browser.new_page(device_scale_factor=dots_a_pixel)
            page.set_default_timeout(10_000)
            page.goto((FOLDER / "teams.html").as_uri())
            for script in SCRIPTS:
                page.add_script_tag(path=FOLDER / "node_modules" / script)
            yield Cards(page)
        finally:
            browser.close()


def _pictures(folder: Path, names: list[str], width: int, *, menu: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with cards(chromium_path()) as shown:
        for name, view in sorted(VIEWS.items()):
            if names and name not in names:
                continue
            found = shown.draw(card(view), width=width)
            shown.photograph(folder / f"{name}.png", menu=menu)
            sys.stdout.write(f"{name}: {'; '.join(found) or 'nothing wrong'}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the examples as Teams shows them.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--width", type=int, default=WIDE, help=f"in pixels; a phone has {PHONE}")
    parser.add_argument("--menu", action="store_true", help="with the first menu open")
    given = parser.parse_args()
    _pictures(given.folder, given.names, given.width, menu=given.menu)
