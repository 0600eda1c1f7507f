"""Names as people and their systems write them: which part comes first, and what to call somebody."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TITLES = _words(
    "dr drs prof professor mr mrs ms miss mx mme mlle herr frau "
    "dr-ing dipl-ing dipl-inf dipl-kfm dipl-math dipl-phys univ-prof priv-doz"
)
"""Without their full stops."""
_SHORTENED = _words("hr fr mag ing dipl rev pd")
"""Titles only with a full stop: without one, Mag and Ing are first names."""
_AFTER_ANOTHER = _words("rer nat med phil habil jur h c dipl mult")
"""Titles only after one, as in "Dr. rer. nat."."""
_SUFFIXES = _words("jr sr ii iii iv phd md mba msc bsc ma ba esq cpa llm pe rn")
_PARTICLES = _words(
    "van von vom zu zum zur de del della di da do dos das du la le den der des ten ter te "
    "af av bin ibn bint al el abu ben"
)
"""What stands before a family name."""


def in_order(name: str) -> str:
    """ "Müller, Dr. Jörg" → "Dr. Jörg Müller"; "King, Jr." and what else cannot be told apart stay."""
    parts = [" ".join(part.split()) for part in name.split(",")]
    after: list[str] = []
    while len(parts) > 1 and _is_suffix(parts[-1]):
        after.insert(0, parts.pop())
    if len(parts) != 2 or not all(parts) or any(c in name for c in "()/;|&"):
        return name
    front, family = _without_titles(parts[0].split())
    title, given = _without_titles(parts[1].split())
    if not family or not given:
        return name
    return ", ".join([" ".join((*front, *title, *given, *family)), *after])


def first_name(name: str) -> str:
    """What to call somebody; the whole name where no part of it is surely the first name.

    "Dr. Eva Stein" → "Eva". "Herr Stein", "J. Stein" and "van der Berg" stay whole.
    """
    whole = in_order(name)
    titles, words = _without_titles(whole.split())
    alone = len(words) == 1 and bool(titles)
    if not words or alone or words[0].endswith(",") or _is_initial(words[0]) or _is_family(words):
        return whole
    return words[0]


def _without_titles(words: list[str]) -> tuple[list[str], list[str]]:
    """The titles at the beginning, and what follows them."""
    count = 0
    for word in words:
        bare = _bare(word)
        shortened = bare in _SHORTENED and word.endswith(".")
        if not (bare in _TITLES or shortened or (count and bare in _AFTER_ANOTHER)):
            break
        count += 1
    return words[:count], words[count:]


def _is_family(words: list[str]) -> bool:
    """A name that begins with what only stands before a family name: "van Dyk", "De La Cruz"."""
    first, *rest = (_bare(word) in _PARTICLES for word in words[:2])
    return first and (words[0].islower() or any(rest))


def _is_initial(word: str) -> bool:
    return word.endswith(".") and len(word.replace(".", "")) <= word.count(".")


def _is_suffix(part: str) -> bool:
    return part.replace(".", "").casefold() in _SUFFIXES


def _bare(word: str) -> str:
    return word.replace(".", "").rstrip(",").casefold()
