"""Words that must not, or should not, stand in a letter: the rules of `wording.toml`, looked for in a text.

None found does not mean "safe": a list finds a part of what hurts.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.letters.draft import Finding, Severity

_BLANK = "\N{BULLET}"
"""Stands for each character that is masked."""
_SAME = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-", "–": "-"})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`why` has `{words}` where the words stand that were found; `rewrite`: what could stand there instead.

    `matches` and `passes`: sentences in which it must find something, and in which no rule may.
    """

    id: str
    severity: Severity
    pattern: re.Pattern[str]
    why: str
    rewrite: str
    matches: tuple[str, ...]
    passes: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    mask: re.Pattern[str]
    rules: tuple[Rule, ...]
    """The gravest first."""


@functools.cache
def rules() -> Rules:
    """What `wording.toml` holds, read once."""
    text = importlib.resources.files("bot.letters").joinpath("wording.toml").read_text("utf-8")
    kept = tomllib.loads(text)
    return Rules(_any_of(kept["mask"]), tuple(map(_rule, kept["rule"])))


def _rule(kept: Mapping[str, Any]) -> Rule:
    return Rule(
        id=kept["id"],
        severity=Severity(kept["severity"]),
        pattern=_any_of(kept["patterns"]),
        why=kept["why"],
        rewrite=kept.get("rewrite", ""),
        matches=tuple(kept["matches"]),
        passes=tuple(kept["passes"]),
    )


def _any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """Any of them, as whole words, whatever their case."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


def wording(field: str, text: str) -> Iterator[Finding]:
    """What is found in one field of a draft, the gravest first: of each rule the first place."""
    known = rules()
    left = known.mask.sub(_blank, _plain(text))
    for rule in known.rules:
        found = rule.pattern.search(left)
        if found is None:
            continue
        left = rule.pattern.sub(_blank, left)
        yield Finding(
            severity=rule.severity,
            field=field,
            why=rule.why.format(words=found.group()),
            rewrite=rule.rewrite,
            rule=rule.id,
        )


def _plain(text: str) -> str:
    """One spelling for what looks the same: compatibility forms, invisible characters, quotes, spaces."""
    shown = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return " ".join("".join(shown).translate(_SAME).split())


def _blank(found: re.Match[str]) -> str:
    return _BLANK * len(found.group())
