"""Adaptive Cards as a person reads them: headings, rows, buttons, forms; see adapters/teams/cards.py."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from adapters.teams import render
from bot.views.elements import Mark
from tests.stories.person import SeenForm, SeenMessage, SeenRow
from tests.teams_counterpart.memory import Json

_UNSEEN = re.compile("\u2060")
_MARKS = tuple(mark.value for mark in Mark if mark)


@dataclasses.dataclass(frozen=True)
class SeenCard(SeenForm):
    """`card` as it was when seen; `message`: where it stands. A dialog has an `origin` instead."""

    card: Json = dataclasses.field(default_factory=dict, repr=False)
    message: str = ""
    origin: str = ""


@dataclasses.dataclass(frozen=True)
class Clickable:
    """What can be clicked: `data` is what is sent."""

    label: str
    kind: str
    data: Json
    menu: bool

    @property
    def token(self) -> str:
        found = render.clicked(self.data)
        assert found is not None, self.data
        return found.token


def words(shown: Iterable[str]) -> str:
    return " ".join(" ".join(_UNSEEN.sub("", text).split()) for text in shown).strip()


def read_message(name: str, content: Json) -> SeenMessage:
    """A message of the bot: a card, or plain text."""
    card = card_of(content)
    return read_card(name, card) if card else SeenMessage(name, "", words([content["text"]]), (), {})


def card_of(content: Json) -> Json | None:
    return next((it["content"] for it in content.get("attachments", ())), None)


def read_card(name: str, card: Json) -> SeenMessage:
    rows = [element for element in card["body"] if is_row(element)]
    loose = [it for element in card["body"] if not is_row(element) for it in clickables(element)]
    return SeenMessage(
        name, _heading(card), words(texts(card["body"])), tuple(map(_row, rows)), _labelled(loose)
    )


def is_form(card: Json) -> bool:
    return any("submit" in it.data for it in clickables(card))


def read_form(card: Json, title: str = "", *, message: str = "", origin: str = "") -> SeenCard:
    everything = list(clickables(card))
    submit = next(it for it in everything if "submit" in it.data)
    return SeenCard(
        title=title or _heading(card),
        text=words([title, *texts(card["body"])]),
        submit=submit.token,
        fields={name: value for name, value in inputs(card).items() if value is not None},
        buttons=_labelled(it for it in everything if it is not submit),
        card=card,
        message=message,
        origin=origin,
    )


def inputs(card: Json) -> dict[str, str | None]:
    """Every field by name, with what stands in it."""
    found: dict[str, str | None] = {}
    for element in elements(card["body"]):
        kind, _, name = str(element.get("id", "")).partition(".")
        if kind == "field":
            found[name] = element.get(
                "value", "" if element["type"] in ("Input.Text", "Input.Date") else None
            )
        elif kind == "check":
            found[name] = "yes" if element["value"] == "yes" else None
    return found


def values(card: Json, fields: Mapping[str, str]) -> dict[str, str]:
    """What a client sends of these fields."""
    sent = {}
    for element in elements(card["body"]):
        kind, _, name = str(element.get("id", "")).partition(".")
        if kind == "field" and fields.get(name):
            sent[element["id"]] = fields[name]
        elif kind == "check":
            sent[element["id"]] = element["valueOn"] if fields.get(name) == "yes" else element["valueOff"]
    return sent


def errors(card: Json) -> dict[str, str]:
    """The sentences in red, each at the field above it."""
    found: dict[str, str] = {}
    field = ""
    for element in card["body"]:
        if element["type"].startswith("Input."):
            field = element["id"].partition(".")[2]
        elif element["type"] == "RichTextBlock" and element["inlines"][0].get("color") == "Attention":
            found[field] = words(texts(element))
    return found


def clickables(node: Any) -> Iterator[Clickable]:
    """Everything that can be clicked, in order; of a drop-down each of its entries."""
    for element in elements([node] if isinstance(node, dict) else node):
        for action in element.get("actions", ()):
            data = action.get("data", {})
            if "menu" in data or action["type"] == "Action.ToggleVisibility":
                continue
            yield Clickable(words([action["title"]]), action["type"], data, action.get("mode") == "secondary")
        if element["type"] == "ColumnSet":
            yield from _dropdown(element)


def _dropdown(columns: Json) -> Iterator[Clickable]:
    within = list(elements(columns["columns"]))
    chooser = next((it for it in within if it["type"] == "Input.ChoiceSet"), None)
    go = next((action for it in within for action in it.get("actions", ())), None)
    if chooser is None or go is None or "menu" not in go["data"]:
        return
    for choice in chooser["choices"]:
        data = {**go["data"], chooser["id"]: choice["value"]}
        yield Clickable(words([choice["title"]]), go["type"], data, menu=True)


def elements(nodes: Iterable[Any]) -> Iterator[Json]:
    """Every element, those in containers too."""
    for node in nodes:
        if isinstance(node, dict):
            yield node
            for inner in ("body", "items", "columns"):
                yield from elements(node.get(inner, ()))


def texts(node: Any) -> Iterator[str]:
    """Everything that can be read, in order."""
    if isinstance(node, list):
        for item in node:
            yield from texts(item)
        return
    for key in ("text", "label", "title", "altText", "placeholder", "value"):
        if isinstance(node.get(key), str) and not (key == "value" and "title" in node):
            yield node[key]
    for key in ("inlines", "items", "columns", "choices", "actions"):
        yield from texts(node.get(key, []))


def is_row(element: Json) -> bool:
    """A letter stands in a container too, on a ground of its own."""
    return element["type"] == "Container" and "style" not in element


def _row(container: Json) -> SeenRow:
    first, *rest = container["items"]
    runs = [run["text"] for run in first["inlines"]]
    mark = runs[0].strip() if runs[0].strip() in _MARKS else ""
    title = words(runs[1:] if mark else runs)
    lines = [text for item in rest if item["type"] == "RichTextBlock" for text in texts(item)]
    found = list(clickables(container))
    buttons, menu = [it for it in found if not it.menu], [it for it in found if it.menu]
    return SeenRow(title, words(lines), _labelled(buttons), _labelled(menu), mark)


def _heading(card: Json) -> str:
    return next((words([it["text"]]) for it in card["body"] if it.get("style") == "heading"), "")


def _labelled(found: Iterable[Clickable]) -> dict[str, str]:
    return {it.label: it.token for it in found}
