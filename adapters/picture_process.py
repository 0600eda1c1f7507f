"""Draws one chart and ends: `python -m adapters.picture_process`, JSON in, PNG out.

matplotlib costs 42 MiB and half a second; the bot's own process never imports it. The picture brings its own
ground, so that it reads alike where people have chosen dark.
"""

from __future__ import annotations

import io
import json
import sys
from typing import TypedDict

GROUND, INK, FAINT, LINE = "#fbfaf7", "#22302c", "#c9cec9", "#1f4b43"
"""Ink on ground 13:1, line on ground 9:1 (WCAG 2.2 asks for 4.5:1 and 3:1)."""
SIZE = (8.0, 3.0)
DPI = 120
COLOURS = 32
"""Enough for four of them and what lies between: twelve weeks take 8 KB instead of 33, of which a message in
Teams would hold none (adapters/teams/channels.py)."""


class Asked(TypedDict):
    """`points`: label, and a share from 0 to 1 or None."""

    title: str
    points: list[tuple[str, float | None]]


def draw(asked: Asked) -> bytes:
    """A PNG of a line over time, with gaps where nothing is known."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib.figure import Figure  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415 - of matplotlib, which cannot do without it

    labels = [label for label, _ in asked["points"]]
    shares = [float("nan") if share is None else share * 100 for _, share in asked["points"]]
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor=GROUND, layout="constrained")
    axes = figure.add_subplot(facecolor=GROUND)
    axes.plot(range(len(shares)), shares, color=LINE, linewidth=2.5, marker="o", markersize=6)
    for at, share in enumerate(shares):
        if share == share:
            offset = -16 if share > 90 else 9
            axes.annotate(
                f"{round(share)}", (at, share), xytext=(0, offset), textcoords="offset points",
                ha="center", color=INK, fontsize=10,
            )  # fmt: skip
    axes.set_title(asked["title"], loc="left", color=INK, fontsize=13)
    axes.set_xticks(range(len(labels)), labels, fontsize=10, color=INK)
    axes.set_yticks([0, 50, 100], ["0 %", "50 %", "100 %"], fontsize=10, color=INK)
    axes.set_ylim(-4, 108)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(COLOURS).save(small, format="png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
