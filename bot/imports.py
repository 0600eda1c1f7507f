"""Import: the cells of one row become one value, or a sentence that says what is wrong with them."""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import re
import unicodedata
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass

import babel.core
import email_validator
from rapidfuzz import fuzz, process, utils

from bot.calendar import is_known_zone
from bot.names import in_order
from bot.promises import DUE_TIME

REQUIRED = ("candidate_name", "candidate_email", "role", "manager_email")
COLUMNS = (
    *REQUIRED,
    "manager_name",
    "manager_timezone",
    "manager_country",
    "recruiter_email",
    "recruiter_name",
    "recruiter_timezone",
    "recruiter_country",
    "interviewer_email",
    "criteria",
    "stage",
    "interviewed_at",
    "promised_by",
    "candidate_timezone",
    "candidate_country",
    "candidate_language",
    "candidate_wrote_at",
    "other_offer_by",
    "agency_email",
    "channel",
    "confidential",
    "external_id",
)
"""The columns that are read; any other is named in a warning and left alone."""

LIST_COLUMNS = frozenset({"criteria", "candidate_wrote_at"})
SEPARATOR = "|"
MAX_LENGTH = 300
"""Characters in one value."""
MAX_VALUES = 50
"""Values in one cell, separated by `|`."""
TEN_YEARS = dt.timedelta(days=3653)
ONE_YEAR = dt.timedelta(days=366)
WROTE_AT = dt.time(12, 0)
"""When the candidate wrote, where only the day is known: noon is the same day in most of the world."""


class RowRefused(ValueError):
    """One sentence: which column, what is wrong, how to mend it. It repeats no name and no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCell:
    """A manager or recruiter as the file has them; a field is empty where the file says nothing."""

    email: str
    name: str = ""
    zone: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One candidate waiting for one role, as a row of the file says it. Instants are in UTC.

    The candidate's zone, where the file names none, is the manager's, else the default. Only then is
    the country guessed in the same way; somebody in a zone of their own is in no country we know.
    `cells` is the text of each cell that is not empty, cleaned: what the next import is compared with.
    """

    candidate_name: str
    candidate_email: str
    role: str
    manager: PersonCell
    recruiter: PersonCell | None
    interviewer_email: str = ""
    criteria: tuple[str, ...]
    stage: str
    interviewed_at: dt.datetime | None
    promised_by: dt.date | None
    candidate_zone: str
    candidate_country: str
    candidate_language: str
    candidate_wrote_at: tuple[dt.datetime, ...]
    other_offer_by: dt.datetime | None
    agency_email: str
    channel: str
    confidential: bool
    external_id: str
    cells: Mapping[str, str]

    @property
    def key(self) -> str:
        """What makes the next file's row the same row. Holds an address: not for logs.

        The `external_id` as it stands, since some systems tell upper from lower case; without one
        (address, role, manager's address) in lower case, apart by a character no cell can hold.
        """
        if self.external_id:
            return self.external_id
        return "\x1f".join((self.candidate_email, self.role, self.manager.email)).lower()


def read_row(
    cells: Mapping[str, str], *, default_zone: str, default_country: str, today: dt.date
) -> ImportRow:
    """The row that these cells, by column name, say; columns that are not in `COLUMNS` are ignored.

    `today` is what far off, past and future are measured from. Raises `RowRefused`.
    """
    row = _Cells(cells, today)
    for column in REQUIRED:
        if not row.text(column):
            raise RowRefused(f"{column} is empty: fill it in.")
    manager = PersonCell(
        email=row.email("manager_email"),
        name=in_order(row.text("manager_name")),
        zone=row.zone("manager_timezone"),
        country=row.country("manager_country"),
    )
    manager_zone = manager.zone or default_zone
    own_zone = row.zone("candidate_timezone")
    candidate_zone = own_zone or manager_zone
    guessed_country = "" if own_zone else manager.country or default_country
    interviewed_at = row.instant("interviewed_at", manager_zone, DUE_TIME, until=ONE_YEAR)
    promised_by = row.day("promised_by")
    if interviewed_at and promised_by:
        _refuse_promise_before_interview(promised_by, interviewed_at, (manager_zone, candidate_zone))
    return ImportRow(
        candidate_name=in_order(row.text("candidate_name")),
        candidate_email=row.email("candidate_email"),
        role=row.text("role"),
        manager=manager,
        recruiter=row.recruiter(),
        interviewer_email=row.email("interviewer_email"),
        criteria=row.values("criteria"),
        stage=row.text("stage"),
        interviewed_at=interviewed_at,
        promised_by=promised_by,
        candidate_zone=candidate_zone,
        candidate_country=row.country("candidate_country") or guessed_country,
        candidate_language=row.language("candidate_language") or "en",
        candidate_wrote_at=row.instants("candidate_wrote_at", candidate_zone, WROTE_AT),
        other_offer_by=row.instant("other_offer_by", candidate_zone, DUE_TIME, until=TEN_YEARS),
        agency_email=row.email("agency_email"),
        channel=row.text("channel"),
        confidential=row.yes("confidential"),
        external_id=row.text("external_id"),
        cells=row.texts,
    )


def _refuse_promise_before_interview(
    promised_by: dt.date, interviewed_at: dt.datetime, zones: tuple[str, ...]
) -> None:
    """An interview may be on one date for the manager and another for the candidate: the earlier counts."""
    interviewed_on = min(interviewed_at.astimezone(_zone(zone)).date() for zone in zones)
    if promised_by < interviewed_on:
        raise RowRefused(
            f"promised_by {promised_by} is before the interview on {interviewed_on}: "
            "mend promised_by or interviewed_at."
        )


class _Cells:
    """The cells of one row, cleaned, and what each kind of cell may say."""

    def __init__(self, cells: Mapping[str, str], today: dt.date) -> None:
        cleaned = {column: _clean(column, cells[column]) for column in COLUMNS if column in cells}
        self.texts = {column: text for column, text in cleaned.items() if text}
        self.today = today

    def text(self, column: str) -> str:
        return self.texts.get(column, "")

    def values(self, column: str) -> tuple[str, ...]:
        """The different values of a cell in their order."""
        parts = (part.strip() for part in self.text(column).split(SEPARATOR))
        return tuple(dict.fromkeys(part for part in parts if part))

    def recruiter(self) -> PersonCell | None:
        email = self.email("recruiter_email")
        if email:
            return PersonCell(
                email=email,
                name=in_order(self.text("recruiter_name")),
                zone=self.zone("recruiter_timezone"),
                country=self.country("recruiter_country"),
            )
        if self.text("recruiter_name"):
            raise RowRefused("recruiter_email is empty although recruiter_name is not: fill it in.")
        return None

    def email(self, column: str) -> str:
        text = self.text(column)
        if not text:
            return ""
        try:
            return _address(text)
        except email_validator.EmailNotValidError:
            # Not chained: the cause quotes the address.
            raise RowRefused(f"{column} {_fault_of_address(text)}: write one as name@example.com.") from None

    def zone(self, column: str) -> str:
        text = self.text(column)
        found = _zones().get(text.casefold(), "")
        if text and not found:
            near = _nearest_zone(text)
            hint = f"did you mean {near}?" if near else "write it as Europe/Berlin."
            raise RowRefused(f"{column} is not an IANA time zone: {hint}")
        return found

    def country(self, column: str) -> str:
        text = self.text(column)
        code = {"UK": "GB"}.get(text.upper(), text.upper())
        if text and not (text.isascii() and code in _countries()):
            near = next((known for known, name in _countries().items() if name == text.casefold()), "DE")
            raise RowRefused(f"{column} is not a country code of ISO 3166: write two letters, as {near}.")
        return code

    def language(self, column: str) -> str:
        text = self.text(column)
        try:
            return _language(text.replace("_", "-")) if text else ""
        except (ValueError, babel.core.UnknownLocaleError):
            raise RowRefused(f"{column} is not a language we know: write it as en or de-DE.") from None

    def yes(self, column: str) -> bool:
        text = self.text(column).casefold()
        if text in {"", "no", "n", "false", "0"}:
            return False
        if text in {"yes", "y", "true", "1", "x"}:
            return True
        raise RowRefused(f"{column} is neither yes nor no: write yes, or leave it empty.")

    def day(self, column: str) -> dt.date | None:
        text = self.text(column)
        if not text:
            return None
        moment = _read_moment(column, text, self.today)
        # Spreadsheets write a day as its midnight.
        if moment.time not in (None, dt.time(0)):
            raise RowRefused(f"{column} is a day without a time: write it as 2026-11-27.")
        return moment.day

    def instant(self, column: str, zone: str, at: dt.time, *, until: dt.timedelta) -> dt.datetime | None:
        """A point in time, in UTC; without an offset in `zone`, without a time at `at`."""
        text = self.text(column)
        return self._instant(column, text, zone, at, until) if text else None

    def instants(self, column: str, zone: str, at: dt.time) -> tuple[dt.datetime, ...]:
        """Points in time that have passed (or are today, wherever today is), in order."""
        day = dt.timedelta(days=1)
        return tuple(sorted(self._instant(column, text, zone, at, day) for text in self.values(column)))

    def _instant(self, column: str, text: str, zone: str, at: dt.time, until: dt.timedelta) -> dt.datetime:
        moment = _read_moment(column, text, self.today)
        if moment.day - self.today > until:
            raise RowRefused(f"{column} {moment.day} lies too far in the future: check the day and the year.")
        time = at if moment.time is None else moment.time
        # A wall time that a change of clocks repeats or skips: the reading before it counts (PEP 495).
        local = dt.datetime.combine(moment.day, time.replace(tzinfo=None))
        return local.replace(tzinfo=time.tzinfo or _zone(zone)).astimezone(dt.UTC)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A date and, where one was written, a time, with its offset where that was written too."""

    day: dt.date
    time: dt.time | None


_DAY = r"(?P<year>[0-9]{4})(?P<dash>-?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
_TIME = (
    r"(?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?)"
    r" ?(?P<offset>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_ISO = re.compile(rf"{_DAY}(?:[T ]{_TIME})?", re.IGNORECASE)


def _read_moment(column: str, text: str, today: dt.date) -> _Moment:
    """What ISO 8601 text says; refused where there is no such day or time, or it is ten years off."""
    found = _ISO.fullmatch(text)
    if found is None:
        raise RowRefused(f"{column} is not a date as we read it: write dates as 2026-11-27.")
    day = _read_day(column, int(found["year"]), int(found["month"]), int(found["day"]), today)
    if not found["time"]:
        return _Moment(day, None)
    try:
        return _Moment(day, dt.time.fromisoformat(found["time"] + (found["offset"] or "").upper()))
    except ValueError:
        stated = f"{found['time']}{found['offset'] or ''}"
        raise RowRefused(f"{column} names the time {stated}, which does not exist: write 14:30.") from None


def _read_day(column: str, year: int, month: int, day: int, today: dt.date) -> dt.date:
    if abs(year - today.year) > TEN_YEARS.days // 365 + 1:
        raise RowRefused(f"{column} is in the year {year:04}, more than 10 years off: check the year.")
    if not 1 <= month <= 12:
        raise RowRefused(f"{column} names a month {month:02}, which does not exist: write 2026-11-27.")
    length = calendar.monthrange(year, month)[1]
    if not 1 <= day <= length:
        raise RowRefused(
            f"{column} names a day {day:02} of {_MONTHS[month - 1]} {year}, which does not exist: "
            f"that month has {length} days."
        )
    named = dt.date(year, month, day)
    if abs(named - today) > TEN_YEARS:
        raise RowRefused(f"{column} {named} is more than 10 years off: check the year.")
    return named


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_UNSEEN = dict.fromkeys(
    [0x200B, 0x200E, 0x200F, 0xFEFF, 0xAD, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
"""Characters without a shape that reorder or hide what stands beside them. Joiners stay: names need them."""

_NO_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and halves of characters."""


def _clean(column: str, text: str) -> str:
    """One line of text in Unicode's composed form, blanks single, nothing invisible in it."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.translate(_UNSEEN))
    text = " ".join(text.split())
    if _NO_TEXT.search(text):
        raise RowRefused(f"{column} holds a character that is not text: type the cell again.")
    if len(text) <= MAX_LENGTH and column not in LIST_COLUMNS:
        return text
    values = text.split(SEPARATOR) if column in LIST_COLUMNS else [text]
    if len(values) > MAX_VALUES:
        raise RowRefused(f"{column} holds {len(values)} values: write at most {MAX_VALUES}.")
    if max(map(len, values)) > MAX_LENGTH:
        raise RowRefused(f"{column} is {max(map(len, values))} characters long: write at most {MAX_LENGTH}.")
    return text


def _fault_of_address(text: str) -> str:
    if re.search(r"[;,|]", text):
        return "holds more than one email address"
    if "@" not in text:
        return "is not an email address, it has no @"
    return "is not an email address"


@functools.cache
def _zone(name: str) -> zoneinfo.ZoneInfo:
    """zoneinfo's own cache keeps eight; a company's candidates live in more."""
    return zoneinfo.ZoneInfo(name)


@functools.lru_cache(maxsize=1024)
def _address(text: str) -> str:
    """An address as it is best written. Managers and recruiters come again row after row: hence the cache.

    `test_environment`: addresses at .test (RFC 6761) are for trying things out.
    """
    checked = email_validator.validate_email(text, check_deliverability=False, test_environment=True)
    return checked.normalized


@functools.lru_cache(maxsize=256)
def _language(text: str) -> str:
    """A language tag in its usual spelling. Raises ValueError or `UnknownLocaleError`."""
    babel.core.Locale.parse(text, sep="-")
    language, territory, script, *_ = babel.core.parse_locale(text, sep="-")
    return "-".join(part for part in (language, script, territory) if part)


@functools.lru_cache(maxsize=256)
def _nearest_zone(text: str) -> str:
    """The IANA name somebody may have meant: a city alone, a slip of the finger; "" where none is near."""
    near = process.extractOne(
        text, _zones().values(), scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=80
    )
    return str(near[0]) if near else ""


@functools.lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    """IANA names by their lower case."""
    return {name.casefold(): name for name in sorted(zoneinfo.available_timezones()) if is_known_zone(name)}


@functools.lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    """English names in lower case by ISO 3166-1 alpha-2 code; the same countries that `holidays` knows.

    CLDR's list, without its codes for unions, islands of a country, and made-up places.
    """
    others = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
    names: Mapping[str, str] = babel.core.Locale("en").territories
    return {code: name.casefold() for code, name in names.items() if len(code) == 2 and code not in others}
