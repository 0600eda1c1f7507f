"""From one Element to the elements of an Adaptive Card, more or less densely. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import assert_never

from adapters.teams.actions import Density, Drawing, Json, actions_of
from adapters.teams.text import NOTHING, clean, cut, disarm, one_line, size, unmarked
from bot.views.elements import Buttons, Chart, Element, Heading, LetterText, Mark, Paragraph, Row

DENSITIES = (
    Density(),
    Density(fallbacks=False),
    Density(fallbacks=False, text=1_000),
    Density(fallbacks=False, dropdowns=True),
    Density(fallbacks=False, dropdowns=True, text=300, label=40),
    Density(fallbacks=False, dropdowns=True, text=200, label=24),
    Density(fallbacks=False, dropdowns=True, text=100, label=24),
)
"""From what looks best to what always leaves room for 10 rows with all their buttons."""

SUBTLE: Mapping[str, object] = {"isSubtle": True}
SMALL: Mapping[str, object] = {"isSubtle": True, "size": "Small"}
WRONG: Mapping[str, object] = {"color": "Attention"}
BOLD: Mapping[str, object] = {"weight": "Bolder"}


def elements_of(element: Element, drawing: Drawing, pictures: Mapping[str, str]) -> list[Json]:
    """`pictures`: a chart's title → where its picture is."""
    density = drawing.density
    match element:
        case Heading():
            return [heading(element.text, density)] if one_line(element.text) else []
        case Paragraph():
            return list(_paragraph(element, density))
        case Row():
            return [_row(element, drawing)]
        case Buttons():
            return actions_of(element.buttons, (), drawing)
        case LetterText():
            return list(_letter(element, density))
        case Chart():
            return _chart(element, density, pictures)
        case _:
            assert_never(element)


# -- text -----------------------------------------------------------------------------------------------


def line(*runs: Json, spacing: str = "") -> Json:
    """One line of text, wrapped where it is too long."""
    block: Json = {"type": "RichTextBlock", "inlines": list(runs)}
    return {**block, "spacing": spacing} if spacing else block


def run(text: str, look: Mapping[str, object] | None = None) -> Json:
    """A text that formats nothing; never empty."""
    return {"type": "TextRun", "text": disarm(text) or NOTHING, **(look or {})}


def heading(text: str, density: Density) -> Json:
    """A heading for eyes and for screen readers. Only a TextBlock is one, and that reads Markdown."""
    shown = unmarked(cut(one_line(text), density.text)) or NOTHING
    return {"type": "TextBlock", "style": "heading", "text": shown, "wrap": True, "size": "Large", **BOLD}


def _paragraph(element: Paragraph, density: Density) -> Iterator[Json]:
    look = SUBTLE if element.quiet else {}
    yield from _lines(cut(clean(element.text), density.text), look)


def _lines(text: str, look: Mapping[str, object] | None = None) -> Iterator[Json]:
    """Line by line, those of a paragraph close together: not every client heeds a line feed."""
    spacing = ""
    for one in text.split("\n"):
        if one.strip():
            yield line(run(one.rstrip(), look), spacing=spacing)
        spacing = "None" if one.strip() else "Medium"


def _letter(letter: LetterText, density: Density) -> Iterator[Json]:
    """Who gets what from whom, then the letter on a ground of its own.

    Where there is too little room for all of it, it says so.
    """
    to, sender, reply = (
        cut(one_line(text), min(300, density.text)) for text in (letter.to, letter.sender, letter.reply_to)
    )
    subject = cut(one_line(letter.subject), min(1_000, density.text))
    yield line(run(f"To: {to} · From: {sender} · Reply goes to {reply}", SUBTLE))
    body = clean(letter.body)
    items = [line(run(subject, BOLD)), *_lines(cut(body, density.text))]
    yield {"type": "Container", "style": "emphasis", "items": items}
    if size(body) > density.text:
        yield line(run("The letter is longer than can be shown here. It is sent whole.", SUBTLE))


def _chart(chart: Chart, density: Density, pictures: Mapping[str, str]) -> list[Json]:
    alt = cut(one_line(chart.alt), density.text)
    if url := pictures.get(chart.title):
        return [{"type": "Image", "url": url, "altText": alt, "size": "Stretch"}]
    return [line(run(alt, SUBTLE))] if alt else []


# -- rows -----------------------------------------------------------------------------------------------

_COLOURS: Mapping[Mark, Mapping[str, object]] = {
    Mark.DUE: {"color": "Accent"},
    Mark.LATE: {"color": "Attention"},
    Mark.TOLD: {"color": "Good"},
}


def _row(row: Row, drawing: Drawing) -> Json:
    """Mark and title in bold, the lines under it, then buttons and menu."""
    density = drawing.density
    title = run(cut(one_line(row.title), min(300, density.text)), BOLD)
    mark = [run(f"{row.mark.value} ", {**BOLD, **_COLOURS[row.mark]})] if row.mark else []
    items = [line(*mark, title)]
    shown = cut("\n".join(filter(None, map(one_line, row.lines))), min(2_500, density.text))
    items.extend(line(run(one), spacing="None") for one in filter(None, shown.split("\n")))
    items.extend(actions_of(row.buttons, row.menu, drawing))
    return {"type": "Container", "items": items}
