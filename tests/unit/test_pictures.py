"""Charts become pictures in a process of their own; where that fails, words are left."""

from __future__ import annotations

import struct
import subprocess
import sys

import pytest

from adapters.pictures import PictureFailed, Pictures
from adapters.teams import channels
from bot.views.elements import Chart, Paragraph, Point

CHART = Chart("Promises kept", "71 % to 20 Nov.", (Point("13 Nov", None), Point("20 Nov", 0.71)))


async def test_a_chart_becomes_a_picture() -> None:
    png = await Pictures().draw(CHART)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == (960, 360)


async def test_twelve_weeks_fit_into_a_message_of_teams() -> None:
    points = tuple(Point(f"{day} Nov", 0.4 + day * 0.05) for day in range(1, 13))
    chart = Chart("Promises kept, 12 weeks", "Up and up.", points)
    shown = channels.pictures({chart: await Pictures().draw(chart)})
    assert shown.keys() == {chart.title}


async def test_all_that_can_be_drawn_is_found_by_its_chart() -> None:
    other = Chart("$\\frac{1", "hostile to a plotter", ())
    drawn = await Pictures().of((Paragraph("Hello"), CHART, other))
    assert drawn.keys() == {CHART, other}


@pytest.mark.parametrize(
    ("program", "why"),
    [
        (("/nowhere/python",), "cannot be started"),
        ((sys.executable, "-c", "raise SystemExit(3)"), "ended with 3"),
        ((sys.executable, "-c", "print('no picture')"), "without a picture"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "took more than 0.5 s"),
    ],
)
async def test_what_cannot_be_drawn_is_left_to_words(program: tuple[str, ...], why: str) -> None:
    pictures = Pictures(program, patience_s=0.5 if "sleep" in program[-1] else 30.0)
    with pytest.raises(PictureFailed, match=why):
        await pictures.draw(CHART)
    assert await pictures.of((CHART,)) == {}


def test_the_bots_own_process_never_imports_the_plotter() -> None:
    """42 MiB, and half a second at the start."""
    everything = (
        "import sys, adapters.demo, adapters.wiring, adapters.slack.app; print('matplotlib' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", everything], capture_output=True, text=True, check=True)  # noqa: S603
    assert ran.stdout.strip() == "False"
