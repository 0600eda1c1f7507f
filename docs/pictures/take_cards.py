"""Takes the pictures of Teams cards anew: examples, as Microsoft's own renderer draws them.

    make pictures

Needs a Chromium (`make browser`), and Node for npm `adaptivecards`. Teams frames a card in its own way; what
stands in it, and how it is laid out, is what Teams gets. Its few colours are kept by how far they are apart,
or a small red mark would turn grey.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from PIL import Image

from adapters.pictures import Pictures
from adapters.teams import channels
from bot.views.elements import Message
from tests.chromium import chromium_path
from tests.node import missing
from tests.node.cards import VIEWS, card, cards

HERE = Path(__file__).parent
SHOWN = {
    "teams-list": "digest",
    "teams-sent": "queued",
    "teams-feedback": "form_feedback",
    "teams-preview": "form_preview",
    "teams-summary": "summary",
    "teams-home": "home_away",
}
"""A picture, and the example it shows."""


def main() -> None:
    chromium = chromium_path()
    if chromium is None:
        sys.exit("There is no Chromium here: make browser installs Debian's.")
    if why := missing():
        sys.exit(why)
    views = {name: VIEWS[example] for name, example in SHOWN.items()}
    elements = [element for view in views.values() if isinstance(view, Message) for element in view.elements]
    charts = channels.pictures(asyncio.run(Pictures().of(elements)))
    with cards(chromium, dots_a_pixel=1.5) as teams:
        for name, view in views.items():
            if wrong := teams.draw(card(view, charts)):
                sys.exit(f"{SHOWN[name]}: {'; '.join(wrong)}")
            path = HERE / f"{name}.png"
            teams.photograph(path)
            with Image.open(path) as shot:
                whole = shot.convert("RGB")
            few = whole.quantize(method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            few.save(path, optimize=True)


if __name__ == "__main__":
    main()
