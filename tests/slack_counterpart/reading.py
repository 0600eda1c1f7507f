"""Block Kit as a person reads it: headings, rows with their buttons, forms.

A row is a block with a bold title and the actions under it, or (where room is scarce) one section with a
menu; see adapters/slack/blocks.py, which draws them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from adapters.slack.tokens import decode
from bot.actions import read_action
from bot.changes import Refused
from bot.views.elements import Mark
from tests.slack_counterpart.elements import Clickable, clickables, fields_of, initial, texts
from tests.slack_counterpart.teams import Json
from tests.stories.person import SeenForm, SeenMessage, SeenRow

_UNSEEN = re.compile("\u2060")
_MARKS = tuple(mark.value for mark in Mark if mark)


@dataclasses.dataclass(frozen=True)
class SeenModal(SeenForm):
    """`view` is the modal as it was when it was seen; `submit` is what stands on its submit button."""

    view: Json = dataclasses.field(default_factory=dict, repr=False)


def words(shown: Iterable[str]) -> str:
    """On one line, as a person would read it aloud."""
    return " ".join(" ".join(_UNSEEN.sub("", text).split()) for text in shown).strip()


def read_message(name: str, blocks: Sequence[Json], text: str = "") -> SeenMessage:
    """A message or a Home tab; `text` is what stands there where there are no blocks."""
    rows, loose = _split(blocks)
    return SeenMessage(
        id=name,
        heading=_heading(blocks),
        text=words(texts(list(blocks))) or words([text]),
        rows=tuple(rows),
        buttons=_by_label(loose),
    )


def read_modal(view: Json) -> SeenModal:
    blocks: list[Json] = view["blocks"]
    fields = {name: initial(element) for name, element in fields_of(blocks)}
    loose = [one for block in blocks for one in clickables(block)]
    title = words([view["title"]["text"]])
    return SeenModal(
        title=_in_full(title, _heading(blocks)),
        text=words([title, *texts(blocks)]),
        submit=words([view["submit"]["text"]]) if view.get("submit") else "",
        fields={name: value for name, value in fields.items() if value is not None},
        buttons=_by_label(loose),
        view=view,
    )


def _in_full(title: str, heading: str) -> str:
    """A title too long for its bar stands once more above the fields."""
    return heading if title.endswith("…") and heading.startswith(title[:-1].rstrip()) else title


def _heading(blocks: Sequence[Json]) -> str:
    """The header; one too long for a header stands bold in the first block."""
    for block in blocks:
        if block["type"] == "header":
            return words(texts(block))
    if blocks and not _has_actions(blocks, 0):
        runs = _runs(blocks[0])
        if len(runs) == 1 and _is_bold(runs[0]):
            return words([runs[0]["text"]])
    return ""


# -- rows -----------------------------------------------------------------------------------------------


def _split(blocks: Sequence[Json]) -> tuple[list[SeenRow], list[Clickable]]:
    """The rows, each with what can be clicked in it, and whatever else can be clicked."""
    rows: list[SeenRow] = []
    loose: list[Clickable] = []
    taken = -1
    for at, block in enumerate(blocks):
        if at == taken:
            continue
        row = _dense_row(block) or _row(block, _under(blocks, at))
        if row is None:
            loose.extend(clickables(block))
            continue
        rows.append(row)
        if block["type"] == "rich_text" and _under(blocks, at):
            taken = at + 1
    return rows, loose


def _under(blocks: Sequence[Json], at: int) -> list[Clickable]:
    """What can be clicked in a row that begins here."""
    if not _has_actions(blocks, at):
        return []
    found = list(clickables(blocks[at + 1]))
    return [] if at + 2 == len(blocks) and _about_nobody(found) else found


def _has_actions(blocks: Sequence[Json], at: int) -> bool:
    return at + 1 < len(blocks) and blocks[at + 1]["type"] == "actions"


def _about_nobody(found: Sequence[Clickable]) -> bool:
    """Whether these are the message's own buttons, although a row without any stands right above them."""
    try:
        return all(read_action(decode(one.value)).loop is None for one in found)
    except (Refused, ValueError):
        return False


def _row(block: Json, under: Sequence[Clickable]) -> SeenRow | None:
    """A mark, a bold title, lines; a bold text with nothing more is a heading."""
    runs = _runs(block)
    mark = runs[0]["text"].strip() if runs and runs[0]["text"].strip() in _MARKS else ""
    rest = runs[1:] if mark else runs
    if not rest or not _is_bold(rest[0]) or not (mark or rest[1:] or under):
        return None
    buttons = [one for one in under if one.option is None]
    menu = [one for one in under if one.option is not None]
    title, lines = rest[0]["text"], [run["text"] for run in rest[1:]]
    return SeenRow(words([title]), words(lines), _by_label(buttons), _by_label(menu), mark)


def _dense_row(block: Json) -> SeenRow | None:
    if block["type"] != "section":
        return None
    text = str(block.get("text", {}).get("text", ""))
    mark = text[0] if text[:1] in _MARKS and text[1:2] == " " else ""
    if not mark and "accessory" not in block:
        return None
    title, _, lines = text.removeprefix(mark).strip().partition("\n")
    return SeenRow(words([title]), words([lines]), {}, _by_label(clickables(block)), mark)


def _runs(block: Json) -> list[Json]:
    """The pieces of text of a rich_text block that is one section."""
    if block["type"] != "rich_text" or [e["type"] for e in block["elements"]] != ["rich_text_section"]:
        return []
    return [run for run in block["elements"][0]["elements"] if run["type"] == "text"]


def _is_bold(run: Json) -> bool:
    return bool(run.get("style", {}).get("bold"))


def _by_label(found: Iterable[Clickable]) -> dict[str, str]:
    return {words([one.label]): one.value for one in found}
