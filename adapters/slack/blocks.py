"""From one Element to Block Kit blocks, more or less densely. Pure."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, assert_never

from adapters.slack import limits
from adapters.slack.text import NOTHING, clean, cut, disarm, one_line, pieces, size
from adapters.slack.tokens import encode
from bot.views.elements import Button, Buttons, Chart, Element, Heading, LetterText, Paragraph, Row, Style

Block = dict[str, Any]
T = TypeVar("T")

ACTION = "do."
"""Every button and menu has an `action_id` that begins so: one listener hears them all."""

MENU = "···"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """How much room an element may take; characters are counted by `size`."""

    text: int = 9_000
    """Longest text of an element."""

    label: int = limits.BUTTON
    """Longest label of a button or menu entry."""

    dividers: bool = False
    """A line above each row."""

    one_block_rows: bool = False
    """A row's buttons stand in its menu, and row and menu in one block."""


DENSITIES = (
    Density(dividers=True),
    Density(),
    Density(text=1_000),
    Density(text=300, label=40),
    Density(one_block_rows=True),
    Density(text=300, label=40, one_block_rows=True),
    Density(text=100, label=24, one_block_rows=True),
)
"""From what looks best to what always leaves room for 10 rows with all their buttons."""


class Ids:
    """Names for blocks and actions, each once in a message or view.

    `edition` is part of a block's name: an edited message wants new ones, and a menu under a new name has
    forgotten what was chosen in it. `part` keeps two series in one view apart. `files` are the charts that
    were uploaded as pictures, by the ids that Slack gave them.
    """

    def __init__(self, edition: str, part: str = "", files: Mapping[Chart, str] | None = None) -> None:
        self.files = files or {}
        self._edition = edition
        self._part = part
        self._numbers = itertools.count(1)

    def block(self) -> str:
        return f"{ACTION}{self._edition}.{self._part}{next(self._numbers)}"

    def action(self) -> str:
        return f"{ACTION}{self._part}{next(self._numbers)}"


def blocks_of(element: Element, ids: Ids, density: Density) -> list[Block]:
    match element:
        case Heading():
            return list(_heading(element.text, density))
        case Paragraph():
            return list(_paragraph(element, density))
        case Row():
            draw = _dense_row if density.one_block_rows else _row
            return draw(element, ids, density)
        case Buttons():
            return actions([button(b, ids, density) for b in element.buttons], ids)
        case LetterText():
            return list(_letter(element, density))
        case Chart():
            return list(_chart(element, ids, density))
        case _:
            assert_never(element)


# -- text -----------------------------------------------------------------------------------------------


def plain(text: str, limit: int) -> Block:
    """A text object that formats nothing and turns no `:smile:` into a picture; never empty."""
    return {"type": "plain_text", "text": disarm(cut(text, limit)) or NOTHING, "emoji": False}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(one_line(text), limits.HEADER)}


def quiet(text: str) -> Block:
    """Smaller and greyer."""
    return {"type": "context", "elements": [plain(text, limits.SECTION)]}


def _heading(text: str, density: Density) -> Iterator[Block]:
    shown = one_line(text)
    if size(shown) <= limits.HEADER:
        if shown:
            yield header(shown)
        return
    for piece in _pieces(shown, density):
        yield _rich([_section(_run(piece, bold=True))])


def _paragraph(element: Paragraph, density: Density) -> Iterator[Block]:
    for piece in _pieces(clean(element.text), density):
        yield quiet(piece) if element.quiet else {"type": "section", "text": plain(piece, limits.SECTION)}


def _chart(element: Chart, ids: Ids, density: Density) -> Iterator[Block]:
    """The picture, where one was uploaded; else what it would say."""
    if (file := ids.files.get(element)) is None:
        yield from _paragraph(Paragraph(element.alt, quiet=True), density)
        return
    yield {
        "type": "image",
        "slack_file": {"id": file},
        "alt_text": cut(one_line(element.alt), limits.ALT_TEXT) or NOTHING,
        "title": plain(one_line(element.title), limits.ALT_TEXT),
    }


def _pieces(text: str, density: Density) -> list[str]:
    return pieces(cut(text, density.text), limits.SECTION)


def _letter(letter: LetterText, density: Density) -> Iterator[Block]:
    """Who gets what from whom, then the letter behind a bar, broken between blocks but not shortened.

    Where there is too little room for all of it, it says so.
    """
    to, sender, reply = (
        cut(one_line(text), min(300, density.text)) for text in (letter.to, letter.sender, letter.reply_to)
    )
    subject = cut(one_line(letter.subject), min(1_000, density.text)) or NOTHING
    head = f"To: {to} · From: {sender} · Reply goes to {reply}\n"
    yield _rich([_section(_run(head), _run(subject, bold=True))])
    body = clean(letter.body)
    for piece in _pieces(body, density):
        yield _rich([{"type": "rich_text_quote", "elements": [_run(piece)]}])
    if size(body) > density.text:
        yield quiet("The letter is longer than can be shown here. It is sent whole.")


def _rich(elements: Sequence[Block]) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _section(*runs: Block) -> Block:
    return {"type": "rich_text_section", "elements": list(runs)}


def _run(text: str, *, bold: bool = False) -> Block:
    run: Block = {"type": "text", "text": disarm(text)}
    return {**run, "style": {"bold": True}} if bold else run


# -- rows -----------------------------------------------------------------------------------------------


def _row(row: Row, ids: Ids, density: Density) -> list[Block]:
    """Title and lines, then buttons and menu: two blocks, three with the line above it."""
    mark, title, lines = _row_texts(row, density)
    runs = [_run(f"{mark} ")] if mark else []
    runs.append(_run(title, bold=True))
    if lines:
        runs.append(_run(f"\n{lines}"))
    buttons, entries = _by_size(row.menu)
    elements = [button(b, ids, density) for b in (*row.buttons, *buttons)]
    elements.extend(_menu(chunk, ids, density) for chunk in _chunks(entries, limits.OPTIONS))
    above: list[Block] = [{"type": "divider"}] if density.dividers else []
    return [*above, _rich([_section(*runs)]), *actions(elements, ids)]


def _dense_row(row: Row, ids: Ids, density: Density) -> list[Block]:
    """One block: the buttons have become the first entries of the menu."""
    mark, title, lines = _row_texts(row, density)
    text = f"{mark} {title}\n{lines}".strip()
    block: Block = {"type": "section", "text": plain(text, limits.SECTION)}
    buttons, entries = _by_size((*row.buttons, *row.menu))
    first, *others = _chunks(entries, limits.OPTIONS) or [()]
    if first:
        block |= {"block_id": ids.block(), "accessory": _menu(first, ids, density)}
    elements = [button(b, ids, density) for b in buttons]
    elements.extend(_menu(chunk, ids, density) for chunk in others)
    return [block, *actions(elements, ids)]


def _row_texts(row: Row, density: Density) -> tuple[str, str, str]:
    title = cut(one_line(row.title), min(300, density.text)) or NOTHING
    lines = cut("\n".join(filter(None, map(one_line, row.lines))), min(2_500, density.text))
    return row.mark.value, title, lines


# -- buttons and menus ----------------------------------------------------------------------------------


def button(given: Button, ids: Ids, density: Density) -> Block:
    return {
        "type": "button",
        "action_id": ids.action(),
        "text": plain(one_line(given.label), density.label),
        "value": encode(given.action),
        **_style(given.style),
    }


def _style(style: Style) -> Mapping[str, str]:
    match style:
        case Style.PLAIN:
            return {}
        case Style.PRIMARY:
            return {"style": "primary"}
        case Style.DANGER:
            return {"style": "danger"}
        case _:
            assert_never(style)


def actions(elements: Sequence[Block], ids: Ids) -> list[Block]:
    """As many actions blocks as the elements need; none for none."""
    return [
        {"type": "actions", "block_id": ids.block(), "elements": list(chunk)}
        for chunk in _chunks(elements, limits.ACTIONS)
    ]


def _by_size(menu: Iterable[Button]) -> tuple[list[Button], list[Button]]:
    """Those whose token is too long for a menu, to be shown as buttons, and those that fit."""
    long: list[Button] = []
    fitting: list[Button] = []
    for entry in menu:
        fits = len(encode(entry.action)) <= limits.OPTION_VALUE
        (fitting if fits else long).append(entry)
    return long, fitting


def _menu(entries: Sequence[Button], ids: Ids, density: Density) -> Block:
    """What hides behind ···: an overflow menu where Slack's has room, else a drop-down, alone a button."""
    if len(entries) == 1:
        return button(entries[0], ids, density)
    label = min(density.label, limits.OPTION)
    options = [{"text": plain(one_line(e.label), label), "value": encode(e.action)} for e in entries]
    if len(options) <= limits.OVERFLOW:
        return {"type": "overflow", "action_id": ids.action(), "options": options}
    return {
        "type": "static_select",
        "action_id": ids.action(),
        "placeholder": plain(MENU, limits.PLACEHOLDER),
        "options": options,
    }


def _chunks(items: Sequence[T], length: int) -> list[Sequence[T]]:
    return [items[at : at + length] for at in range(0, len(items), length)]
