"""Whether a Slack status says that somebody is away, and until when.

Only a status with an end counts: the bot must know when nudges come to the member again. The words and emoji
are listed in docs/reference/absence.md. Pure.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import zoneinfo

EMOJI = frozenset({
    "airplane", "airplane_departure", "baby", "baby_bottle", "beach_with_umbrella", "camping",
    "christmas_tree", "desert_island", "face_with_thermometer", "face_with_head_bandage", "hospital",
    "island", "mask", "no_entry", "no_entry_sign", "out_of_office", "ooo", "palm_tree", "passenger_ship",
    "pill", "skier", "sneezing_face", "snowboarder", "sunny", "tent", "thermometer", "umbrella_on_ground",
    "vacation",
})  # fmt: skip
"""Slack's "Vacationing" is a palm tree, its "Out sick" a face with a thermometer; the others are habits."""

WORDS = (
    # English
    "vacation", "vacationing", "holiday", "holidays", "on leave", "annual leave", "parental leave",
    "maternity leave", "paternity leave", "sick leave", "out sick", "off sick", "out of office",
    "out of the office", "ooo", "pto", "away until", "sabbatical", "bereavement",
    # German
    "urlaub", "im urlaub", "krank", "krankgeschrieben", "abwesend", "elternzeit", "mutterschutz",
    "nicht im buro", "feiertag",
    # French
    "vacances", "en conges", "en conge", "conge maladie", "conge parental", "conge maternite", "malade",
    "absent", "absente", "absent du bureau",
    # Spanish, Portuguese
    "vacaciones", "de vacaciones", "de baja", "baja medica", "fuera de la oficina", "ausente", "ferias",
    "de ferias", "licenca", "doente", "fora do escritorio",
    # Italian, Dutch
    "ferie", "in ferie", "malattia", "in malattia", "fuori ufficio", "assente", "vakantie", "op vakantie",
    "ziek", "met verlof", "afwezig",
    # Swedish, Danish, Norwegian, Finnish
    "semester", "pa semester", "sjuk", "foraldraledig", "pa ferie", "syg", "syk", "lomalla", "sairaana",
    # Polish, Czech
    "urlop", "na urlopie", "chory", "chora", "nieobecny", "nieobecna", "dovolena", "na dovolene", "nemocny",
    # Japanese, Chinese, Korean
    "休暇", "休暇中", "有給", "育休", "産休", "病欠", "不在", "休假", "病假", "年假", "产假",
    "휴가", "병가", "부재중",
)  # fmt: skip
"""Compared without capitals and accents, as whole words; those of scripts without spaces anywhere."""

DAY_ENDS = dt.time(17, 0)
"""Away until then or later: that day counts as well."""


def away_until(text: str, emoji: str, expires: int, zone: str, now: dt.datetime) -> dt.date | None:
    """The last local date of the absence; None where the status tells of none, or has no end.

    `expires` in seconds since the epoch, 0 for never (docs.slack.dev/reference/objects/user-object).
    """
    if expires <= now.timestamp() or not (_shape(emoji) in EMOJI or _says(text)):
        return None
    try:
        ends = dt.datetime.fromtimestamp(expires, zoneinfo.ZoneInfo(zone or "UTC"))
    except (ValueError, OSError, OverflowError, zoneinfo.ZoneInfoNotFoundError):
        return None
    last = ends.date() if ends.time() >= DAY_ENDS else ends.date() - dt.timedelta(days=1)
    return last if last >= now.astimezone(ends.tzinfo).date() else None


def _shape(emoji: str) -> str:
    """ "palm_tree" of ":palm_tree:", whatever its skin tone."""
    return emoji.strip(":").split("::")[0]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _says(text: str) -> bool:
    return _PATTERN.search(_plain(text)) is not None


_PATTERN = re.compile(
    "|".join(rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(_plain(w)) for w in WORDS)
)
