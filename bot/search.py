"""Finding a person by what somebody typed: case, accents and typos do not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from anyascii import anyascii
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from bot.people import Member

CLOSE_ENOUGH = 82
"""Of 100: how alike a typed word and a name must be, where none begins like it."""
CLEARLY_BETTER = 8
SHORTEST_WITH_A_SLIP = 4
"""Characters. In a shorter word one slip makes another name."""

T = TypeVar("T")


def plain(text: str) -> str:
    """Lower case, without accents and apostrophes: "Zoë O'Hara" → "zoe ohara"."""
    kept = "".join(c for c in anyascii(text).casefold() if c.isalnum() or c.isspace() or c in "-@._")
    return " ".join(kept.replace("-", " ").split())


def search(typed: str, among: Iterable[tuple[str, T]]) -> list[T]:
    """Everybody whose name begins like what was typed, word by word; if none does, who is spelled alike."""
    query = plain(typed)
    if not query:
        return []
    entries = [(plain(name), item) for name, item in among]
    exact = [item for name, item in entries if name == query]
    if exact:
        return exact
    begins = [item for name, item in entries if _begins(query.split(), name.split())]
    if begins:
        return begins
    scored = [(score, item) for name, item in entries if (score := _alike(query, name)) >= CLOSE_ENOUGH]
    best = max((score for score, _ in scored), default=0)
    return [item for score, item in scored if score >= best - CLEARLY_BETTER]


def _begins(words: Sequence[str], name: Sequence[str]) -> bool:
    left = list(name)
    for word in words:
        match = next((part for part in left if part.startswith(word)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _alike(query: str, name: str) -> float:
    words = [name, *name.split()]
    return max((_score(query, word) for word in words), default=0)


def _score(query: str, word: str) -> float:
    """How alike, of 100. One slip of the finger is close enough, however short the name: "pirya"."""
    if len(query) >= SHORTEST_WITH_A_SLIP and OSA.distance(query, word) == 1:
        return max(fuzz.ratio(query, word), CLOSE_ENOUGH)
    return fuzz.ratio(query, word)


def find_member(members: Sequence[Member], typed: str) -> Member | str:
    """The one member who was meant, or a sentence that says why there is none."""
    wanted = typed.strip().removeprefix("@")
    if not wanted:
        return "Write a name or a work email."
    by_email = [m for m in members if m.email.lower() == wanted.lower()]
    if by_email:
        return by_email[0]
    found = search(wanted, ((m.name, m) for m in members))
    if len(found) == 1:
        return found[0]
    if not found:
        return f"I know nobody called {wanted}. Try the work email."
    times = Counter(plain(m.name) for m in found)
    names = ", ".join(f"{m.name} ({m.email})" if times[plain(m.name)] > 1 else m.name for m in found[:4])
    more = f" and {len(found) - 4} more" if len(found) > 4 else ""
    which = "the work email" if max(times.values()) > 1 else "the whole name"
    return f"Several people match: {names}{more}. Write {which}."
