"""The closed union of what every chat can show.

All text is plain: an adapter escapes it for its chat, cuts it at the chat's limits with an ellipsis,
and never drops a button or a candidate. Adding an element means adding a branch to every renderer;
`assert_never` finds those that lack it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid


class Mark(enum.StrEnum):
    """The one small mark a row may carry: ◷ due, ● late, ✓ told."""

    NONE = ""
    DUE = "◷"
    LATE = "●"
    TOLD = "✓"


class Style(enum.StrEnum):
    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclasses.dataclass(frozen=True, slots=True)
class Button:
    """`action` is an opaque token for `service.clicked`; it carries ids only.

    `opens_form`: a click is answered by a form as a rule, which some chats want to know beforehand.
    """

    label: str
    action: str
    style: Style = Style.PLAIN
    opens_form: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of plain text. `quiet` marks what may be set smaller and greyer."""

    text: str
    quiet: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One candidate (or one thing to decide): mark, title, lines under it, buttons, a ··· menu."""

    title: str
    lines: tuple[str, ...] = ()
    mark: Mark = Mark.NONE
    buttons: tuple[Button, ...] = ()
    menu: tuple[Button, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Buttons:
    buttons: tuple[Button, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class LetterText:
    """A letter exactly as the candidate will get it."""

    to: str
    sender: str
    reply_to: str
    subject: str
    body: str


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    """`value` is a share from 0 to 1; None where there is nothing to say of that time."""

    label: str
    value: float | None


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """Shares over time, drawn as a picture where the chat takes one. `alt` says the same in words."""

    title: str
    alt: str
    points: tuple[Point, ...]


Element = Heading | Paragraph | Row | Buttons | LetterText | Chart


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something said. `notification` is the first line on a locked phone; it names no candidate.

    `surface` and `revision` are set when this is a surface's newest state: an adapter that shows it
    in place marks that revision as shown.
    `private` is an answer that only the person who asked may see (Slack: ephemeral).
    """

    notification: str
    elements: tuple[Element, ...]
    surface: uuid.UUID | None = None
    revision: int = 0
    private: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TextField:
    """`name` is the key in the submitted fields; `maximum` in characters.

    `group`, here and in the other fields: fields in a row that have the same one belong together, and it
    stands above the first of them.
    `optional`, likewise: it may be left empty. Where that hangs on another field, the hint begins with
    "Needed" and says when.
    """

    name: str
    label: str
    group: str = ""
    hint: str = ""
    value: str = ""
    multiline: bool = False
    optional: bool = False
    maximum: int = 1000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DateField:
    """Submitted as an ISO 8601 date."""

    name: str
    label: str
    group: str = ""
    hint: str = ""
    value: dt.date | None = None
    optional: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField:
    """Pick one. `expanded` asks for radio buttons rather than a drop-down."""

    name: str
    label: str
    group: str = ""
    options: tuple[Option, ...]
    hint: str = ""
    value: str = ""
    expanded: bool = False
    optional: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CheckField:
    """One box to tick. Submitted as "yes", or absent."""

    name: str
    label: str
    group: str = ""
    value: bool = False


Field = TextField | DateField | ChoiceField | CheckField


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Something to fill in. Submitting calls `service.clicked` with `submit` and the fields.

    `intro` stands above the fields (a preview puts the letter there), `buttons` beside submit.
    """

    title: str
    submit: str
    submit_label: str
    intro: tuple[Element, ...] = ()
    fields: tuple[Field, ...] = ()
    buttons: tuple[Button, ...] = ()
    step: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class FieldErrors:
    """What is wrong with a submitted form: field name → a sentence that says how to mend it."""

    errors: tuple[tuple[str, str], ...]


View = Message | Form | FieldErrors
