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
SIZE = (6.4, 2.4)
DPI = 150
FONT, TITLE_PT, LABEL_PT = "DejaVu Sans", 12, 10
"""It comes with matplotlib, so a picture looks alike everywhere. A phone shows it at a third of its size."""
MARGIN_IN = 0.14
DATES = 6
"""At most so many stand below the line, the last always: more would run into each other."""
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
    from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415
    from matplotlib.patheffects import withStroke  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415 - of matplotlib, which cannot do without it

    labels = [label for label, _ in asked["points"]]
    shares = [float("nan") if share is None else share * 100 for _, share in asked["points"]]
    mpl.rcParams["font.family"] = FONT
    margins = ConstrainedLayoutEngine(w_pad=MARGIN_IN, h_pad=MARGIN_IN)
    figure = Figure(figsize=SIZE, dpi=DPI, facecolor=GROUND, layout=margins)
    axes = figure.add_subplot(facecolor=GROUND)
    axes.plot(range(len(shares)), shares, color=LINE, linewidth=2.2, marker="o", markersize=5, clip_on=False)
    for at, share in enumerate(shares):
        if share == share:
            axes.annotate(
                f"{round(share)}", (at, share), xytext=(0, 7), textcoords="offset points",
                ha="center", color=INK, fontsize=LABEL_PT,
                path_effects=[withStroke(linewidth=3, foreground=GROUND)],
            )  # fmt: skip
    axes.set_title(asked["title"], loc="left", color=INK, fontsize=TITLE_PT, pad=2)
    dated = range(len(labels) - 1, -1, -max(1, -(-len(labels) // DATES)))
    axes.set_xticks(list(dated), [labels[at] for at in dated], fontsize=LABEL_PT, color=INK)
    axes.set_yticks([0, 50, 100], ["0 %", "50 %", "100 %"], fontsize=LABEL_PT, color=INK)
    axes.set_ylim(-4, 122)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    axes.grid(axis="y", color=FAINT, linewidth=0.8)
    axes.tick_params(length=0, pad=5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(COLOURS).save(small, format="png", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
