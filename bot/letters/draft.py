"""What a member has said in a form or with a click, before it is a letter; and what we find in it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Mapping
from typing import assert_never

from bot.loops import Decision, LetterKind


class Reason(enum.StrEnum):
    """Why there is no decision yet, in words the candidate may read.

    The clause itself stands in the template, because it belongs to a language. `FINAL_STEPS` is for
    a loop whose offer is out to somebody else: it says nothing false and does not reveal the offer.
    """

    NO_DECISION = "no_decision"
    STILL_MEETING = "still_meeting"
    PANEL = "panel"
    AWAY = "away"
    ON_HOLD = "on_hold"
    CHANGED = "changed"
    FINAL_STEPS = "final_steps"

    @property
    def label(self) -> str:
        """A few words for the member who picks it."""
        return _LABELS[self]


_LABELS = {
    Reason.NO_DECISION: "No decision yet",
    Reason.STILL_MEETING: "Still meeting people",
    Reason.PANEL: "Waiting for the panel's feedback",
    Reason.AWAY: "Somebody we need is away",
    Reason.ON_HOLD: "The role is on hold",
    Reason.CHANGED: "Priorities have changed",
    Reason.FINAL_STEPS: "The final steps take longer",
}


def letter_kind(decision: Decision) -> LetterKind:
    """Which letter carries a decision to the candidate."""
    match decision:
        case Decision.NO_DECISION | Decision.GOING_ON:
            return LetterKind.COURTESY
        case Decision.NOT_GOING_ON | Decision.NOT_NOW:
            return LetterKind.FEEDBACK
        case Decision.ROLE_CLOSED:
            return LetterKind.NOTICE
    assert_never(decision)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the letter is to say. Every text is a member's own, plain and untrusted.

    `next_date` is a day in the candidate's zone. `thanks` completes "Thank you for …".
    """

    decision: Decision
    reason: Reason = Reason.NO_DECISION
    next_date: dt.date | None = None
    criterion: str = ""
    observation: str = ""
    suggestion: str = ""
    thanks: str = ""
    personal: str = ""
    seen_differently: bool = True
    keep_on_file: bool = False

    @property
    def kind(self) -> LetterKind:
        return letter_kind(self.decision)

    @property
    def own_words(self) -> Mapping[str, str]:
        """The member's own texts that this letter carries, by field, in the order of the form."""
        match self.kind:
            case LetterKind.FEEDBACK:
                names: tuple[str, ...] = ("criterion", "observation", "suggestion", "thanks", "personal")
            case LetterKind.NOTICE:
                names = ("thanks", "personal")
            case LetterKind.COURTESY | LetterKind.ANSWER:
                names = ("personal",)
            case _:
                assert_never(self.kind)
        return {name: getattr(self, name) for name in names}

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields without which this letter would be a brush-off, in the order of the form."""
        match self.kind:
            case LetterKind.COURTESY:
                return () if self.next_date else ("next_date",)
            case LetterKind.FEEDBACK:
                texts = {
                    "criterion": self.criterion,
                    "observation": self.observation,
                    "suggestion": self.suggestion,
                }
                return tuple(field for field, text in texts.items() if not text.strip())
            case LetterKind.NOTICE | LetterKind.ANSWER:
                return ()
        assert_never(self.kind)


class Severity(enum.StrEnum):
    """`BLOCK` cannot be sent; `WARN` is shown and the member decides; `ASK` is a question back."""

    BLOCK = "block"
    WARN = "warn"
    ASK = "ask"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to mend in a draft. `field` is the name of a field of `Draft`.

    `why` is the sentence the member reads; `rewrite`, where there is one, what could stand there instead.
    `rule`: which of the wording rules found it; empty where it is none of them.
    """

    severity: Severity
    field: str
    why: str
    rewrite: str = ""
    rule: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.why} For example: “{self.rewrite}”" if self.rewrite else self.why
