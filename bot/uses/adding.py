"""Adding a candidate by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt
import unicodedata
import uuid
from collections import Counter

import babel
from email_validator import EmailNotValidError, validate_email

from bot.actions import ALONE, Action, Verb
from bot.calendar import is_known_zone
from bot.changes import Refused
from bot.loops import Loop, Standing
from bot.names import in_order
from bot.people import Candidate, Member, Role
from bot.promises import Basis, Promise
from bot.search import search
from bot.telling import templates_in
from bot.turns import within_a_year
from bot.uses import menu
from bot.uses.desk import Desk, Fields, too_long
from bot.uses.mending import A_COLLEAGUE
from bot.views import forms
from bot.views.elements import FieldErrors, Option, View
from bot.views.namesakes import labels

EVENING = dt.time(17, 0)
"""A day without a time: the interview ended at the end of that day's work."""


def add(desk: Desk, fields: Fields) -> View:
    titles = [called for called, _ in _own_roles(desk)]
    name = _line(fields, "name")[: forms.LONGEST_NAME]
    return forms.add(desk.viewer(), titles, _languages(desk), name)


def _languages(desk: Desk) -> list[Option]:
    """What letters can be written in: first what the member's own profile says, for the candidate of a
    German speaker is likelier to read German.
    """
    templates = templates_in(desk.store.policy.templates)
    likeliest = templates.language(desk.member.language)
    tags = sorted(templates.languages, key=lambda it: (it != likeliest, it))
    return [Option(tag, babel.Locale.parse(tag).get_display_name("en") or tag) for tag in tags]


def log(desk: Desk, _: Fields) -> View:
    """A candidate wrote, and somebody has the message before them: whose was it?"""
    found = sorted(desk.store.names(desk.member.id), key=lambda it: (it.candidate.casefold(), it.role))
    if not found:
        raise Refused(
            "Nobody is waiting for you, so there is nothing to log. /followup add adds a candidate."
        )
    said = labels(found, desk.viewer().today)
    return forms.log(desk.viewer(), [(it.loop, label) for it, label in zip(found, said, strict=True)])


def log_submit(desk: Desk, fields: Fields) -> View:
    """The same as "Candidate wrote" in the row of whoever was chosen."""
    try:
        chosen = uuid.UUID(fields.get("candidate", ""))
    except ValueError:
        return FieldErrors((("candidate", "Choose the candidate who wrote."),))
    loop = desk.store.loop(chosen)
    promise = loop.promise.id if loop is not None and loop.promise else None
    action = Action(verb=Verb.WROTE_SUBMIT, loop=chosen, promise=promise, place=ALONE)
    return menu.wrote_submit(Desk(desk.store, desk.now, desk.member, action), fields)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Entered:
    """A form in which nothing is wrong."""

    name: str
    email: str
    role: str
    stage: str
    zone: str
    language: str
    met: dt.date
    promised: dt.date | None


def add_submit(desk: Desk, fields: Fields) -> View:
    """All of it or nothing: one wrong field changes nothing."""
    entered = _read(desk, fields)
    if isinstance(entered, FieldErrors):
        return entered
    desk.store.enter_alone()
    try:
        role, new_role = _role(desk, entered.role)
    except Refused as refused:
        return FieldErrors((("role", str(refused)),))
    colleague = desk.store.member_by_email(entered.email)
    if colleague is not None and colleague.id in role.named | {desk.member.id}:
        return FieldErrors((("email", A_COLLEAGUE),))
    candidate = desk.store.candidate_by_email(entered.email)
    apart = candidate is not None and _is_secret(desk, candidate)
    if candidate is None or apart:
        country = desk.member.country if entered.zone == desk.member.zone else ""
        candidate = Candidate(
            id=uuid.uuid4(),
            name=entered.name,
            email=entered.email,
            zone=entered.zone,
            country=country,
            language=entered.language,
        )
    elif any(x.open and x.role.id == role.id for x in desk.store.loops_of_candidate(candidate.id)):
        return FieldErrors((("email", "This person is waiting for this role already: /followup list."),))
    if new_role:
        desk.store.add_role(role)
    if apart:
        desk.store.add_apart(candidate)
    loop = new_loop(
        candidate,
        role,
        desk.member,
        desk.now,
        met=entered.met,
        promised=entered.promised,
        stage=entered.stage,
        assumed_days=desk.store.policy.assumed_days,
    )
    desk.store.add_loop(loop)
    desk.store.bump_showing((loop.id,), desk.now)
    kept = desk.store.loop(loop.id) or loop  # As a row shows it: with its address beside a namesake's.
    new = f" {role.title} is a new role, and you answer for it." if new_role else ""
    return desk.show(kept, f"{candidate.first_name} is on your list.{new}")


def _is_secret(desk: Desk, candidate: Candidate) -> bool:
    """Whether all that is known of this person is of confidential roles that do not name the member."""
    loops = desk.store.loops_of_candidate(candidate.id)
    return bool(loops) and all(x.role.confidential and desk.member.id not in x.role.named for x in loops)


def _read(desk: Desk, fields: Fields) -> _Entered | FieldErrors:
    errors: list[tuple[str, str]] = []
    name, role = in_order(_line(fields, "name")), _line(fields, "role")
    if not name:
        errors.append(("name", "Write the candidate's name."))
    errors.extend(too_long(fields, name=forms.LONGEST_NAME, role=200, stage=60))
    email = _email(fields, errors)
    if not role:
        errors.append(("role", "Write the role."))
    zone = fields.get("zone", "").strip() or desk.member.zone
    if not is_known_zone(zone):
        errors.append(("zone", "I know no such time zone. It looks like Europe/Warsaw."))
    met = _day(desk.now, fields, "interviewed", errors)
    if met is not None and met > desk.member.calendar.today(desk.now):
        later = "That interview has not taken place yet. Add the candidate when it has."
        errors.append(("interviewed", later))
    promised = _day(desk.now, fields, "promised", errors, optional=True)
    if met and promised and promised < met:
        errors.append(("promised", "This is before the interview. Write the date that was said there."))
    if errors or met is None:
        return FieldErrors(tuple(errors))
    templates = templates_in(desk.store.policy.templates)
    return _Entered(
        name=name,
        email=email,
        role=role,
        stage=_line(fields, "stage"),
        zone=zone,
        language=templates.language(fields.get("language") or desk.member.language),
        met=met,
        promised=promised,
    )


def _line(fields: Fields, name: str) -> str:
    """One line, without what cannot be seen: control characters and marks that turn the text around."""
    shown = (c for c in fields.get(name, "") if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    return " ".join("".join(shown).split())


def new_loop(
    candidate: Candidate,
    role: Role,
    owner: Member,
    now: dt.datetime,
    *,
    met: dt.date,
    promised: dt.date | None,
    stage: str,
    assumed_days: int,
) -> Loop:
    """A loop somebody entered by hand: real, so the clock looks at it at once."""
    calendar = owner.calendar
    ended = min(calendar.instant(met, EVENING), now)
    date = promised or calendar.add(met, assumed_days)
    promise = Promise(
        id=uuid.uuid4(),
        date=date,
        zone=candidate.zone,
        basis=Basis.STATED if promised else Basis.ASSUMED,
        made_at=now,
    )
    return Loop(
        id=uuid.uuid4(),
        candidate=candidate,
        role=role,
        owner=owner,
        stage=stage,
        interviewed_at=ended,
        standing=Standing.AWAITING if promised else Standing.NEEDS_DATE,
        promise=promise,
        reviewed_on=met,
        look_at=now,
    )


def _email(fields: Fields, errors: list[tuple[str, str]]) -> str:
    try:
        return validate_email(fields.get("email", ""), check_deliverability=False).normalized
    except EmailNotValidError:
        errors.append(("email", "This is not an email address. It looks like name@example.com."))
        return ""


def _day(
    now: dt.datetime, fields: Fields, name: str, errors: list[tuple[str, str]], *, optional: bool = False
) -> dt.date | None:
    text = fields.get(name, "").strip()
    if not text and optional:
        return None
    try:
        day = dt.date.fromisoformat(text)
        within_a_year(day, now)
    except ValueError:
        errors.append((name, "Choose a day."))
        return None
    except Refused as refused:
        errors.append((name, str(refused)))
        return None
    return day


def _own_roles(desk: Desk) -> list[tuple[str, Role]]:
    """The member's roles, each with what it is called: where several have one title, with the manager."""
    mine = desk.store.roles_of(desk.member.id)
    times = Counter(role.title.casefold() for role in mine)
    several = [role.title for role in mine if times[role.title.casefold()] > 1]
    return [(f"{it.title} ({it.manager.name})" if it.title in several else it.title, it) for it in mine]


def _role(desk: Desk, title: str) -> tuple[Role, bool]:
    """One of the member's own roles by its title, else a new one they answer for, with the same recruiter."""
    mine = _own_roles(desk)
    found = search(title, mine)
    if len(found) == 1:
        return found[0], False
    exact = [(called, role) for called, role in mine if role.title.casefold() == title.casefold()]
    if len(exact) == 1:
        return exact[0][1], False
    if exact:
        raise Refused(f"Several roles have this title. Write {' or '.join(called for called, _ in exact)}.")
    recruiter = next((role.recruiter for _, role in mine if role.recruiter), None)
    return Role(id=uuid.uuid4(), title=title, manager=desk.member, recruiter=recruiter), True
