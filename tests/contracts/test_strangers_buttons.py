"""Every button and form of a candidate's, from somebody who does not answer for them: nothing comes of it.

A message is forwarded, people change jobs, and a token holds ids alone, so that anybody may make one up.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping

import pytest
import sqlalchemy as sa

from bot import service, turns
from bot.actions import ALONE, Action, Verb
from bot.loops import Loop
from bot.people import Absence, Member
from bot.uses.desk import write
from bot.views.elements import Form
from storage.store import SqlStore
from storage.tables import metadata
from tests.contracts.conftest import NOW, Company, promise

DATABASES = ("sqlite",)
"""Who may do what is decided above both."""
OF_ONES_OWN = {Verb.ADD_SUBMIT, Verb.SETTINGS_SUBMIT, Verb.DELEGATE_YES, Verb.DELEGATE_NO}
"""What these change is whoever's who sends them: their candidates, settings, what they were asked."""
FILLED = {
    "to": "Rita", "whom": "Rita", "email": "mallory@evil.example", "date": "2026-03-12", "outcome": "told",
    "kind": "question", "time": "17:00", "why": "mistake", "how": "withdrew", "reason": "no_decision",
    "ended": "2026-03-02", "promised": "2026-03-12", "decision": "not_now", "what_1": "send",
    "observation": "You left out what happens to orders in flight",
    "suggestion": "Follow one failure to its end and say who notices",
}  # fmt: skip


def everything(acme: Company) -> dict[str, list[str]]:
    with acme.database.reading() as conn:
        return {
            table.name: sorted(map(repr, conn.execute(sa.select(table)))) for table in metadata.sorted_tables
        }


@pytest.fixture
def waiting(acme: Company) -> tuple[Loop, Loop]:
    """Maya, whose letter waits, and Noor, who can be written to."""
    maya, noor = acme.loop(), acme.loop("Noor Haddad", promise=promise(NOW.date()))
    acme.send(maya)
    return acme.now(maya), noor


@pytest.fixture
def arguments(acme: Company, waiting: tuple[Loop, Loop]) -> tuple[str, ...]:
    """Whatever a token may have at its end: a list of Dana's that is open, a letter, ids, a day."""

    def begins(store: SqlStore) -> str:
        form = service.clicked(store, NOW, acme.dana, str(Action(verb=Verb.CLEAR)))
        assert isinstance(form, Form)
        return form.submit.rpartition(".")[2]

    letter = waiting[0].letter
    assert letter is not None
    return (acme.write(begins), letter.id.hex, acme.dana.id.hex, acme.role.id.hex, "2026-03-12")


def answers_for_other_roles(acme: Company, sam: Member, _: Loop) -> None:
    acme.add_role("Treasurer", manager=sam)
    acme.add_role("Clerk", recruiter=sam)


def had_her_before(acme: Company, sam: Member, loop: Loop) -> None:
    for to in (sam, acme.dana):
        given = turns.hand_over(acme.now(loop), acme.dana, NOW, to)
        acme.write(lambda store, given=given: write(store, NOW, given))  # type: ignore[misc]


def stood_in_last_week(acme: Company, sam: Member, _: Loop) -> None:
    today = NOW.date()
    start, until = today - dt.timedelta(days=9), today - dt.timedelta(days=4)
    absence = Absence(start=start, until=until, delegate=sam.id, accepted=True)
    acme.write(lambda store: store.save_member(dataclasses.replace(acme.dana, absence=absence)))


@pytest.mark.parametrize("who", [answers_for_other_roles, had_her_before, stood_in_last_week])
def test_nothing_is_changed_and_nobody_shown(
    acme: Company,
    waiting: tuple[Loop, Loop],
    arguments: tuple[str, ...],
    who: Callable[[Company, Member, Loop], None],
) -> None:
    sam = acme.member("Sam Okafor")
    for loop in waiting:
        who(acme, sam, loop)
    before = everything(acme)
    for verb in set(Verb) - OF_ONES_OWN:
        tokens = {
            str(about(loop, verb, argument)): {**FILLED, "candidate": str(loop.id)}
            for loop in waiting
            for argument in ("", *arguments)
        }
        seen = acme.write(lambda store, tokens=tokens: pressed(store, sam, tokens))  # type: ignore[misc]
        for name in ("Maya", "Noor", "mail.example"):
            assert name not in seen, verb
        after = everything(acme)
        assert [it for it in after if after[it] != before[it]] == [], verb


def about(loop: Loop, verb: Verb, argument: str) -> Action:
    assert loop.promise is not None
    return Action(verb=verb, loop=loop.id, promise=loop.promise.id, place=ALONE, argument=argument)


def pressed(store: SqlStore, member: Member, tokens: Mapping[str, Mapping[str, str]]) -> str:
    """As buttons, and as forms that were filled in; everything that is answered."""
    answers = []
    for token, fields in tokens.items():
        answers += [service.clicked(store, NOW, member, token, form) for form in (None, fields)]
    return repr(answers)
