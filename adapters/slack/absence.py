"""Whether a Slack status says that somebody is away, and until when.

Only a status with an end counts: the bot must know when nudges come to the member again. The words and emoji
are listed in docs/reference/absence.md. Pure.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import zoneinfo

from bot.dates import Ambiguous, Exact, read_date

EMOJI = frozenset({
    "airplane", "airplane_departure", "baby_bottle", "beach_with_umbrella", "camping", "desert_island",
    "face_with_thermometer", "face_with_head_bandage", "hospital", "island", "mask", "out_of_office", "ooo",
    "palm_tree", "passenger_ship", "pill", "skier", "sneezing_face", "snowboarder", "tent", "thermometer",
    "vacation",
})  # fmt: skip
"""Slack's "Vacationing" is a palm tree, its "Out sick" a face with a thermometer; the others are habits."""

WORDS = (
    # English
    "vacation", "vacationing", "holiday", "holidays", "on leave", "annual leave", "parental leave",
    "maternity leave", "paternity leave", "sick leave", "out sick", "off sick", "out of office",
    "out of the office", "ooo", "ooto", "pto", "away until", "medical leave", "family leave", "mat leave",
    "sabbatical", "bereavement",
    # German
    "urlaub", "im urlaub", "ferien", "krank", "krankgeschrieben", "krankenstand", "abwesend",
    "elternzeit", "mutterschutz", "nicht im buro", "feiertag",
    # French
    "vacances", "en conges", "en conge", "conge maladie", "arret maladie", "arret de travail",
    "conge parental", "conge maternite", "malade", "absent", "absente", "absent du bureau",
    # Spanish, Portuguese
    "vacaciones", "de vacaciones", "de baja", "baja medica", "de permiso", "enfermo", "enferma",
    "fuera de la oficina", "ausente", "ferias", "de ferias", "licenca", "doente", "fora do escritorio",
    # Italian, Dutch
    "ferie", "in ferie", "in vacanza", "malato", "malata", "malattia", "in malattia", "fuori ufficio",
    "assente", "vakantie", "op vakantie", "ziek", "met verlof", "op verlof", "afwezig",
    # Swedish, Danish, Norwegian, Finnish
    "pa semester", "har semester", "sjuk", "sjukskriven", "foraldraledig", "pa ferie", "syg",
    "sygemeldt", "syk", "sykmeldt", "lomalla", "sairaana",
    # Polish, Czech
    "urlop", "na urlopie", "chory", "chora", "nieobecny", "nieobecna", "zwolnienie lekarskie",
    "dovolena", "na dovolene", "nemocny", "nemocenska",
    # Japanese, Chinese, Korean
    "休暇", "休暇中", "夏休み", "冬休み", "有給", "有休", "育休", "産休", "病欠", "不在",
    "休假", "度假", "请假", "請假", "病假", "年假", "产假",
    "휴가", "병가", "부재중",
)  # fmt: skip
"""Compared without capitals and accents, as whole words; those of scripts without spaces anywhere."""

DENIES = (
    "back from", "back after", "returning from", "returned from", "recovering from", "before", "after", "not",
    "no", "never", "planning", "plan", "zuruck aus", "zuruck vom", "nach dem", "vor dem", "kein", "keine",
    "retour de", "rentree de", "apres", "avant", "pas", "de vuelta de", "vuelvo de", "de volta de",
    "tornato da", "terug van", "geen", "tillbaka fran", "nicht",
)  # fmt: skip
"""Said up to two words before one of `WORDS` they take it back: "back from vacation", "planning my leave"."""

ALONE = frozenset({"holiday", "holidays", "feiertag", "krank", "malade", "absent", "ausente"})
"""No absence where a word follows that they may only describe: "holiday readiness project"."""

AHEAD = (
    "tomorrow", "next week", "next month", "soon", "upcoming", "coming up", "later this week",
    "morgen", "ubermorgen", "nachste woche", "nachsten monat", "kommende woche", "bald", "demnachst",
    "demain", "semaine prochaine", "mois prochain", "bientot", "manana", "semana que viene",
    "proxima semana", "pronto", "amanha", "semana que vem", "em breve", "domani", "settimana prossima",
    "prossima settimana", "volgende week", "binnenkort", "nasta vecka", "i morgon", "imorgon", "naste uge",
    "i morgen", "neste uke", "ensi viikolla", "huomenna", "jutro", "w przyszlym tygodniu", "zitra",
    "pristi tyden",
    "明日", "来週", "明天", "下周", "下週", "내일", "다음 주", "다음주",
)  # fmt: skip
"""A status that says so tells of an absence to come, unless one of `ENDS` stands before: "until tomorrow"."""

ENDS = (
    "until", "till", "til", "through", "thru", "to", "back", "return", "returning", "today", "and", "bis",
    "zuruck", "wieder", "heute", "und", "jusqu", "retour", "aujourd", "hasta", "vuelvo", "regreso", "hoy",
    "ate", "volto", "hoje", "fino", "torno", "rientro", "oggi", "tot", "terug", "vandaag", "tillbaka",
    "idag", "tilbage", "tilbake", "do", "wracam", "zpet",
)  # fmt: skip

BEGINS = ("from", "starting", "starts", "beginning", "as of", "ab", "vom")
"""Before a day still to come they tell of an absence to come, too."""

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
    today = now.astimezone(ends.tzinfo).date()
    return last if last >= today and not _is_to_come(text, today) else None


def _shape(emoji: str) -> str:
    """ "palm_tree" of ":palm_tree:", whatever its skin tone."""
    return emoji.strip(":").split("::")[0]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _says(text: str) -> bool:
    return _AWAY.search(_TAKEN_BACK.sub(" ", _plain(text))) is not None


def _is_to_come(text: str, today: dt.date) -> bool:
    plain = _plain(text)
    if _TO_COME.search(_ENDING.sub(" ", plain)):
        return True
    return any(
        not (found["ends"] or _RETURNS.search(found["day"])) and _begins_later(found["day"].split(), today)
        for found in _BEGINNING.finditer(plain)
    )


def _begins_later(words: list[str], today: dt.date) -> bool:
    """Whether the day that the words begin with is still to come; a weekday may be today."""
    for count in range(len(words), 0, -1):
        match read_date(" ".join(words[:count]), today - dt.timedelta(days=1)):
            case Exact(day) | Ambiguous((day, *_)):
                return today < day <= today + _HALF_A_YEAR
            case _:
                continue
    return False


_HALF_A_YEAR = dt.timedelta(days=183)
"""A day named without its year that is further away has been."""
_GOES_ON = r"\s+(?!(?:until|till?|through|thru|bis|jusqu|hasta|ate|and|with|in|this|today)\b)\w"


def _pattern(word: str) -> str:
    if not word.isascii():
        return re.escape(_plain(word))
    return rf"\b{re.escape(word)}\b" + (f"(?!{_GOES_ON})" if word in ALONE else "")


def _ahead(word: str) -> str:
    """まで and 까지 say "until" behind it, 到 and 至 before it."""
    if word.isascii():
        return _pattern(word)
    return rf"(?<![到至]){re.escape(_plain(word))}(?!\s*(?:{_plain('まで|까지')}))"


_TO_COME = re.compile("|".join(map(_ahead, AHEAD)))
_ENDING = re.compile(rf"\b(?:{'|'.join(ENDS)})\b\W+(?:\w+\W+){{0,2}}?(?:{_TO_COME.pattern})")
_RETURNS = re.compile(r"\b(?:back|zuruck|wieder)\b")
_BEGINNING = re.compile(
    rf"(?P<ends>\b(?:{'|'.join(ENDS)})\W+)?\b(?:{'|'.join(BEGINS)})\s+"
    r"(?P<day>[\w./-]+(?:\s+[\w./-]+){0,2})"
)
_WORD = "|".join(map(_pattern, WORDS))
_AWAY = re.compile(_WORD)
_TAKEN_BACK = re.compile(rf"\b(?:{'|'.join(map(re.escape, DENIES))})(?:\s+\w+){{0,2}}?\s+(?:{_WORD})")
