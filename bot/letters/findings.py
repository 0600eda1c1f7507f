"""What is to be mended in a draft before it goes to a candidate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.letters.draft import Draft, Finding, Severity
from bot.letters.wording import wording
from bot.loops import Decision, LetterKind

SHORTEST_USEFUL = 20
"""Characters. Below this an observation or a suggestion is a label, not something to learn from."""

_MISSING = {
    "criterion": "No criterion is picked. Pick the written criterion of the role that decided it; "
    "if none fits, review the decision before you write.",
    "observation": '"What you saw" is missing. Write one thing that was said or done in the interview.',
    "suggestion": '"What would help" is missing. Write one thing to act on before the next interview.',
}

_SHORT = {
    "observation": '"What you saw" is very short. Say what was asked and what was said or done.',
    "suggestion": '"What would help" is very short. Name one thing to do, and what it would have changed.',
}


def findings(draft: Draft) -> tuple[Finding, ...]:
    """Everything found in a draft, in the order of the form. None found does not mean "safe"."""
    return (*_missing(draft), *_thin(draft), *_worded(draft))


def blocking(found: Iterable[Finding], *, overrules: bool) -> tuple[Finding, ...]:
    """Those with which it cannot be sent. `overrules`: by somebody who may keep words that are blocked."""
    return tuple(one for one in found if one.severity is Severity.BLOCK and not (one.rule and overrules))


def _missing(draft: Draft) -> Iterator[Finding]:
    for field in draft.missing:
        why = _no_date(draft) if field == "next_date" else _MISSING[field]
        yield Finding(severity=Severity.BLOCK, field=field, why=why)


def _no_date(draft: Draft) -> str:
    if draft.decision is Decision.GOING_ON:
        return "There is no date. Pick the day by which the next step is arranged."
    return "There is no date. Pick the day on which the candidate hears from you, decided or not."


def _thin(draft: Draft) -> Iterator[Finding]:
    if draft.kind is not LetterKind.FEEDBACK:
        return
    texts = {"observation": draft.observation.strip(), "suggestion": draft.suggestion.strip()}
    for field, text in texts.items():
        if 0 < len(text) < SHORTEST_USEFUL:
            yield Finding(severity=Severity.WARN, field=field, why=_SHORT[field])
    seen, advised = (" ".join(text.split()).casefold() for text in texts.values())
    if seen and seen == advised:
        yield Finding(
            severity=Severity.WARN,
            field="suggestion",
            why='"What would help" repeats "What you saw". Say what to do differently next time.',
        )


def _worded(draft: Draft) -> Iterator[Finding]:
    for field, text in draft.own_words.items():
        # What is asked of the other fields is whether it is a written criterion, as this one is.
        yield from (
            one for one in wording(field, text) if field != "criterion" or one.severity is not Severity.ASK
        )
