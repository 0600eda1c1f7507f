"""Draws the two icons of the app package anew: `python adapters/teams/icons/draw.py`. Needs Pillow.

Colour: 192 x 192, the tick on green, which Teams rounds off itself. Outline: 32 x 32, white on nothing.
https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package#app-icons
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

FINE = 8
"""Drawn so many times larger, then made smaller: smooth edges."""
TICK = ((0.25, 0.55), (0.42, 0.72), (0.77, 0.31))
"""As in the playground's icon, in parts of the side."""


def icon(side: int, ground: str | None, width: float) -> Image.Image:
    large = side * FINE
    image = Image.new("RGBA", (large, large), ground or (255, 255, 255, 0))
    draw, stroke = ImageDraw.Draw(image), round(large * width)
    points = [(x * large, y * large) for x, y in TICK]
    draw.line(points, fill="white", width=stroke, joint="curve")
    for x, y in (points[0], points[-1]):
        draw.ellipse((x - stroke / 2, y - stroke / 2, x + stroke / 2, y + stroke / 2), fill="white")
    return image.resize((side, side), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    folder = Path(__file__).parent
    icon(192, "#1d5c58", 0.11).save(folder / "color.png", optimize=True)
    icon(32, None, 0.14).save(folder / "outline.png", optimize=True)
