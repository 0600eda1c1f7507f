"""Candidates change hands: what becomes of letters that wait, who can take them back, who may have a role."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot.people import Candidate, Role
from bot.uses.adding import new_loop
from storage.store import SqlStore
from tests.stories.conftest import Stage, staged
from tests.stories.person import Person, SeenMessage, form_of


async def backend(stage: Stage, dana: Person) -> Role:
    def find(store: SqlStore, _: dt.datetime) -> Role:
        (role,) = (it for it in store.roles_of(dana.member) if it.title == "Backend Engineer")
        return role

    return await stage.changes(find)


async def works_beside(stage: Stage, dana: Person, colleague: Person) -> None:
    """The colleague is a co-manager of Dana's role from now on."""
    role = await backend(stage, dana)
    also = dataclasses.replace(role, co_managers=(*role.co_managers, colleague.member))
    await stage.changes(lambda store, _: store.save_role(also))


async def told_of(person: Person) -> SeenMessage:
    [told] = [message for message in await person.reads() if "yours now" in message.heading]
    return told


async def names(person: Person) -> set[str]:
    return {row.name for row in (await person.asks("/followup")).rows}


def pilots(stage: Stage, *first: str) -> None:
    """From now on the bot may address these people alone."""
    database = stage.demo.running.transactions.database
    emails = {"dana": "dana.lee", "ravi": "ravi.menon", "sam": "sam.okafor"}
    only = frozenset(f"{emails[name]}@halden.example" for name in first)
    database._policy = dataclasses.replace(database._policy, pilot=only)


async def test_a_candidate_cannot_be_handed_over_like_a_person_but_is_told_how(dana: Person) -> None:
    said = await dana.asks("/followup handover mei to sam")
    assert dana.told("A candidate goes with: /followup hand over mei to sam") in said.text


# -- letters that wait ---------------------------------------------------------------------------------------


async def test_a_letter_of_who_still_answers_for_the_role_leaves(stage: Stage, dana: Person) -> None:
    await dana.presses("Send update", "Tomasz")
    form = form_of(await dana.types("/followup handover dana to sam"))
    assert "1 letter that waits still leaves." in form.text
    done = await dana.submits(form)
    assert "withdrawn" not in done.text
    await dana.moves_clock("+1h")
    assert [letter.to for letter in await dana.mailbox()] == ["tomasz.zielinski@example.com"]


async def test_a_letter_of_who_no_longer_answers_for_the_role_is_withdrawn_and_the_new_manager_reads_so(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    sam = await stage.person("sam")
    await dana.presses("Send update", "Tomasz")
    await ravi.asks("/followup update zoë")
    form = form_of(await ravi.types("/followup handover role backend engineer to sam"))
    assert "1 letter that waits is withdrawn" in form.text
    done = await ravi.submits(form)
    assert "1 letter was withdrawn, and Sam reads whose." in done.text
    mine = await sam.asks("/followup")
    row = mine.row("Tomasz")
    assert "The letter of Dana Lee was withdrawn: Tomasz was handed over before it left." in row.text
    await sam.moves_clock("2026-11-24T10:00")
    assert "The letter of Dana Lee was withdrawn" in (await told_of(sam)).row("Tomasz").text
    assert "tomasz.zielinski@example.com" not in {letter.to for letter in await sam.mailbox()}
    assert await dana.messages_headed("A letter needs you") == []
    sent = await sam.presses("Send update", "Tomasz", on=await sam.asks("/followup"))
    assert "Tomasz gets your update in" in sent.row("Tomasz").text


async def lukas_says_no_to_reto(lukas: Person) -> None:
    """Lukas answers for the role; Katrin held the interview and owns the loop."""
    form = await lukas.opens("Give feedback", "Reto", on=await lukas.asks("/followup reto"))
    preview = form_of(await lukas.fills(form, decision="role_closed", thanks="the afternoon you gave us"))
    await lukas.submits(preview)


async def test_with_the_role_go_the_letters_of_its_former_manager_to_others_candidates(
    stage: Stage,
) -> None:
    lukas, katrin, ingrid = [await stage.person(first) for first in ("lukas", "katrin", "ingrid")]
    await lukas_says_no_to_reto(lukas)
    answer = await katrin.asks("/followup update reto")
    assert "Lukas Hofer wrote this one at 15:3" in answer.text
    assert "; it leaves in 10 min." in answer.text
    form = form_of(await ingrid.types("/followup handover role sales manager dach to sam"))
    assert "1 letter that waits is withdrawn" in form.text
    done = await ingrid.submits(form)
    assert "1 letter was withdrawn, and Katrin reads whose." in done.text
    free = await katrin.asks("/followup reto")
    assert "The letter of Lukas Hofer was withdrawn: the role of Reto was handed over" in free.text
    assert "Promised news by" in free.text
    await katrin.moves_clock("2026-11-24T12:00")
    [told] = await katrin.messages_headed("A letter needs you")
    assert "Not sent. The letter of Lukas Hofer was withdrawn" in told.row("Reto").text
    assert await lukas.messages_headed("A letter needs you") == []
    assert await katrin.mailbox() == []


async def test_who_lost_the_right_to_write_hears_nothing_and_the_owner_reads_that_the_candidate_waits(
    stage: Stage,
) -> None:
    lukas, katrin, sam = [await stage.person(first) for first in ("lukas", "katrin", "sam")]
    await lukas_says_no_to_reto(lukas)

    def the_recruiting_system_says_so(store: SqlStore, _: dt.datetime) -> None:
        found = store.member(sam.member)
        assert found is not None
        (role,) = (it for it in store.roles_of(lukas.member) if it.title.startswith("Sales"))
        store.save_role(dataclasses.replace(role, manager=found))

    await stage.changes(the_recruiting_system_says_so)
    await katrin.moves_clock("2026-11-24T12:00")
    assert await katrin.mailbox() == []
    [told] = await katrin.messages_headed("A letter needs you")
    row = told.row("Reto")
    assert "Not sent. Lukas Hofer wrote it and may no longer write to Reto. Reto still waits." in row.text
    for person in (lukas, sam):
        said = await person.reads()
        assert not [m for m in said if m.heading == told.heading or "somebody else now" in m.text]


# -- taking back ---------------------------------------------------------------------------------------------


async def test_who_gave_their_own_away_takes_them_back_while_they_are_still_there(
    stage: Stage, dana: Person
) -> None:
    claire, sam = await stage.person("claire"), await stage.person("sam")
    before = await names(claire)
    done = await claire.submits(form_of(await claire.types("/followup handover claire to sam")))
    assert await names(claire) == set()
    await sam.asks("/followup hand over rafael to dana")
    for somebody in (sam, dana, await stage.person("ravi")):
        refused = await somebody.presses("Hand back", on=done)
        assert "Only whoever handed them over takes them back." in refused.text
    back = await claire.presses("Hand back", on=done)
    assert "back with Claire Tremblay." in back.text
    assert before - await names(claire) == {name for name in before if name.startswith("Rafael")}
    assert "None of them is there any more." in (await claire.presses("Hand back", on=done)).text


# -- a role --------------------------------------------------------------------------------------------------


async def test_a_co_manager_becomes_the_manager_and_can_hand_the_role_on(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    sam = await stage.person("sam")
    await works_beside(stage, dana, sam)
    done = await ravi.submits(form_of(await ravi.types("/followup hand over backend engineer to sam")))
    assert "Sam answers for Backend Engineer from now on" in done.text

    def look(store: SqlStore, _: dt.datetime) -> Role:
        (role,) = (it for it in store.roles_of(sam.member) if it.title == "Backend Engineer")
        return role

    role = await stage.changes(look)
    assert (role.manager.id, role.co_managers) == (sam.member, ())
    on = form_of(await sam.types("/followup handover role backend engineer to dana"))
    assert "Dana Lee answers for Backend Engineer from then on instead of Sam Okafor" in on.text


async def test_a_co_manager_gives_what_is_their_own_of_a_role_and_no_more(stage: Stage, dana: Person) -> None:
    sam = await stage.person("sam")
    await works_beside(stage, dana, sam)
    nobody = await sam.asks("/followup hand over backend engineer to claire")
    assert "Nobody waits for Sam whom you could hand over." in nobody.text
    await dana.asks("/followup hand over tomasz to sam")
    form = form_of(await sam.types("/followup hand over backend engineer to dana"))
    assert "1 candidate who waits for Sam Okafor goes to Dana Lee: 1 Backend Engineer." in form.text
    assert "Dana Lee answers for the role as before." in form.text
    done = await sam.submits(form)
    assert "Dana has 1 candidate of Sam Okafor from now on, and is told once." in done.text
    assert "Tomasz Zieliński" in await names(dana)
    role = await backend(stage, dana)
    assert (role.manager.id, role.co_managers) == (dana.member, (sam.member,))


# -- who may be addressed ------------------------------------------------------------------------------------


async def test_nobody_is_handed_to_somebody_whom_the_bot_may_not_address(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    pilots(stage, "dana")
    no = "I may not write to Sam yet: they are not in the pilot."
    row = await dana.asks("/followup tomasz")
    form = await dana.opens("Hand over", "Tomasz", on=row)
    assert await dana.errs(form, to="sam") == {"to": no}
    for typed in ("hand over tomasz to sam", "handover dana to sam", "hand over backend engineer to sam"):
        assert no in (await dana.asks(f"/followup {typed}")).text, typed
    ravis = no.replace("Sam", "Ravi")
    assert ravis in (await dana.presses("Hand to Ravi", "Priya")).text
    assert ravis in (await ravi.presses("Take over", "Tomasz", on=await ravi.asks("/followup tomasz"))).text
    assert {"Tomasz Zieliński", "Priya Natarajan"} <= await names(dana)
    pilots(stage, "dana", "sam")
    assert "Sam has Tomasz from now on" in (await dana.submits(form, to="sam")).text


async def test_nobody_is_said_to_be_asked_whom_the_bot_may_not_address(stage: Stage, dana: Person) -> None:
    pilots(stage, "dana")
    form = await dana.opens("Waiting for somebody", "Tomasz", on=await dana.asks("/followup tomasz"))
    said = await dana.submits(form, whom="sam")
    assert "Ask Sam yourself: they are not in the pilot, so I may not write to them yet." in said.text
    assert "Waiting for Sam's word." in said.text


async def test_nobody_stands_in_who_cannot_be_reached(stage: Stage, dana: Person) -> None:
    sam = await stage.person("sam")

    def is_lost(store: SqlStore, _: dt.datetime) -> None:
        member = store.member(sam.member)
        assert member is not None
        store.save_member(dataclasses.replace(member, reachable=False))

    await stage.changes(is_lost)
    said = await dana.asks("/followup away until 6 dec delegate sam")
    assert "Sam cannot stand in: nobody can reach them here just now." in said.text
    assert "You are not away" in (await dana.asks("/followup back")).text


# -- many, and by a click ------------------------------------------------------------------------------------


async def test_more_than_a_hundred_go_in_two_times_and_none_is_passed_over(
    stage: Stage, dana: Person
) -> None:
    role = await backend(stage, dana)
    waited = len(await stage.changes(lambda store, _: store.loops_owned(dana.member)))

    def add(store: SqlStore, now: dt.datetime) -> None:
        for number in range(120 - waited):
            email = f"person{number:03}@example.net"
            who = Candidate(
                id=uuid.uuid4(), name=f"Person{number:03} Due", email=email, zone=role.manager.zone
            )
            met, promised = dt.date(2026, 11, 16), dt.date(2026, 11, 30)
            store.add_loop(
                new_loop(who, role, role.manager, now, met=met, promised=promised, stage="", assumed_days=5)
            )

    await stage.changes(add)
    form = form_of(await dana.types("/followup handover dana to sam"))
    assert "100 candidates who wait for Dana Lee go to Sam Okafor" in form.text
    assert "So many go at once; 20 more stay until you do the same again." in form.text
    done = await dana.submits(form)
    assert "20 more stay with Dana: hand over again for the next." in done.text
    rest = await dana.submits(form)
    assert "Sam has 20 candidates of Dana Lee from now on" in rest.text
    assert await names(dana) == set()


async def test_ones_own_are_handed_over_from_home(stage: Stage, dana: Person) -> None:
    sam = await stage.person("sam")
    home = await dana.home()
    form = await dana.opens("Hand over my candidates", on=home)
    assert "candidates who wait for you: " in form.text
    assert (await dana.errs(form, to="dana"))["to"] == "Choose somebody else."
    done = await dana.submits(form, to="sam")
    assert "of Dana Lee from now on, and is told once." in done.text
    assert "Tomasz Zieliński" in await names(sam)
    assert await names(dana) == set()
    assert "Hand over my candidates" not in (await dana.home()).buttons


async def test_who_gave_somebody_away_before_the_list_came_is_not_reminded_of_them(company: str) -> None:
    async with staged(company) as stage:
        dana, ravi = await stage.person("dana"), await stage.person("ravi")
        await dana.asks("/followup hand over priya to ravi")
        await dana.moves_clock("2026-11-23T09:31")
        mine = await dana.digest()
        assert mine.heading == "2 candidates are waiting past your promised date"
        assert mine.rows[0].name == "Tomasz Zieliński"
        assert "Priya" not in mine.text
        assert "Promised news by Tue 17 Nov" in (await ravi.digest()).row("Priya").text


# -- somebody else recruits ----------------------------------------------------------------------------------


async def test_a_recruiter_who_leaves_gives_their_roles_to_a_colleague(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    ingrid, sam = await stage.person("ingrid"), await stage.person("sam")
    stuck = {row.name for row in (await ravi.asks("/followup queue")).rows}
    await ravi.asks("/followup update zoë o'hara")
    form = form_of(await ravi.types("/followup handover recruiter ravi to ingrid"))
    assert "Ingrid Sørensen recruits from then on instead of Ravi Menon for" in form.text
    assert "1 letter that waits is withdrawn" in form.text
    done = await ravi.submits(form)
    assert "Ingrid recruits for" in done.text
    assert "is told once" in done.text
    again = await ravi.asks("/followup handover recruiter ravi to ingrid")
    assert "recruits for no role that you could hand over" in again.text
    assert (await ravi.asks("/followup queue")).rows == ()
    assert {row.name for row in (await ingrid.asks("/followup queue")).rows} >= stuck
    history = await dana.asks("/followup history zoë o'hara")
    assert "made Ingrid Sørensen the recruiter instead of Ravi Menon." in history.text
    await ingrid.moves_clock("2026-11-24T10:00")
    [told] = await ingrid.messages_headed("You recruit for")
    assert told.heading == "You recruit for 8 more roles now"
    assert "Ravi Menon did before." in told.text
    assert "The letter of Ravi Menon was withdrawn" in (await dana.digest()).row("Zoë").text
    assert await dana.mailbox() == []
    refused = await sam.asks("/followup handover recruiter ingrid to sam")
    assert "recruits for no role that you could hand over" in refused.text


async def test_nobody_recruits_where_they_manage_or_may_not_know(stage: Stage, ravi: Person) -> None:
    ingrid = await stage.person("ingrid")
    form = form_of(await ingrid.types("/followup handover recruiter ingrid to ravi"))
    assert "1 role cannot go to Ravi, who manages it, applied for it, or is not named" in form.text
    assert "Plant Director" not in form.text
    assert (await ingrid.errs(form, to="nobody@halden.example"))["to"]
    done = await ingrid.submits(form)
    assert "1 role still with Ingrid." in done.text
    again = await ingrid.asks("/followup handover recruiter ingrid to ravi")
    assert "None of them can go to Ravi, who manages it" in again.text
    for half in ("recruiter", "recruiter ravi", "recruiter ravi to"):
        assert "Whose roles, and to whom?" in (await ingrid.asks(f"/followup handover {half}")).text
