"""Whoever would be asked is away as well: somebody who is there is asked, and nobody is woken for it."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from pathlib import Path

from adapters.importing import import_file
from bot import service
from bot.uses.people import relook
from storage.store import SqlStore
from tests.stories.conftest import Stage
from tests.stories.person import Person, SeenMessage, form_of
from tests.stories.test_brakes import has_written_twenty, many_wait, writes_to


async def stands_in(stage: Stage, away: Person, delegate: Person) -> None:
    """The delegate, who was asked, has accepted."""

    def accepts(store: SqlStore, now: dt.datetime) -> None:
        member = store.member(away.member)
        assert member is not None
        assert member.absence is not None
        accepted = dataclasses.replace(member.absence, delegate=delegate.member, accepted=True)
        member = dataclasses.replace(member, absence=accepted)
        store.save_member(member)
        relook(store, now, member)

    await stage.changes(accepts)


async def named(person: Person) -> set[str]:
    """Who stands in the newest list that came."""
    return {row.name for row in (await person.digest()).rows}


async def offer(person: Person, first: str) -> None:
    """They note that the candidate has another offer."""
    form = await person.opens("Has another offer", first, on=await person.asks(f"/followup {first}"))
    await person.submits(form, date="2026-11-30")


async def told_of_offer(person: Person, first: str) -> list[SeenMessage]:
    found = await person.messages_headed("A candidate of yours must answer")
    return [message for message in found if first in message.text]


async def test_while_manager_and_recruiter_are_away_the_lead_is_asked(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    ingrid = await stage.person("ingrid")
    assert "Tomasz Zieliński" not in await named(ingrid)
    await ravi.asks("/followup away until 11 dec")
    said = await dana.asks("/followup away until 4 dec")
    assert "Ingrid gets your nudges." in said.text
    await ingrid.moves_clock("2026-11-24T10:00")
    assert "Tomasz Zieliński" in await named(ingrid)
    await dana.asks("/followup back")
    await dana.moves_clock("2026-11-25T10:00")
    assert "Tomasz Zieliński" in await named(dana)


async def test_another_offer_is_told_to_somebody_who_is_there(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    ingrid = await stage.person("ingrid")
    await ravi.asks("/followup away until 11 dec")
    await dana.asks("/followup away until 4 dec")
    await offer(ravi, "Tomasz")
    await ingrid.moves_clock("2026-11-24T10:00")
    assert len(await told_of_offer(ingrid, "Tomasz")) == 1


async def test_a_delegate_who_goes_away_is_not_asked_until_they_are_back(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    sam = await stage.person("sam")
    await dana.asks("/followup away until 4 dec delegate sam")
    await stands_in(stage, dana, sam)
    await sam.asks("/followup away until 25 nov")
    await offer(dana, "Tomasz")
    await ravi.moves_clock("2026-11-23T13:00")
    assert len(await told_of_offer(ravi, "Tomasz")) == 1, "at once, for Sam is not there"
    assert await told_of_offer(sam, "Tomasz") == []

    await sam.moves_clock("2026-11-27T12:30")
    assert "Mei Lin" in await named(sam), "back, and standing in again"
    await offer(dana, "Mei")
    await sam.moves_clock("2026-11-27T13:30")
    assert len(await told_of_offer(sam, "Mei")) == 1


async def test_of_a_confidential_role_a_named_colleague_is_asked_before_nobody(stage: Stage) -> None:
    """Neither its manager nor its recruiter can be reached any more, and nobody else may know of it."""
    ravi, sam = await stage.person("ravi"), await stage.person("sam")

    def with_sam_alone(store: SqlStore, now: dt.datetime) -> None:
        [role] = store.roles_titled("Plant Director")
        assert role.recruiter is not None
        store.save_role(dataclasses.replace(role, co_managers=(sam.member,)))
        for lost in (role.manager, role.recruiter):
            service.unreachable(store, now, lost)

    await stage.changes(with_sam_alone)
    await sam.moves_clock("2026-12-07T10:00")
    assert "Gregor Nowak" in await named(sam)
    assert "Gregor Nowak" not in await named(ravi)
    told = await sam.presses("Send update", "Gregor")
    assert "Undo" in told.row("Gregor").buttons


async def test_held_letters_are_asked_about_while_the_recruiter_is_away(
    stage: Stage, dana: Person, ravi: Person, tmp_path: Path
) -> None:
    ingrid = await stage.person("ingrid")
    await many_wait(stage, tmp_path)
    await ravi.asks("/followup away until 11 dec")
    await has_written_twenty(stage, dana)
    await writes_to(stage, dana, ("Ulrik",))
    held = await dana.asks("/followup ulrik")
    assert "Ingrid is asked to let it go." in held.text
    await dana.moves_clock("2026-11-24T10:00")
    [asked] = await ingrid.messages_headed("1 letter is held")
    assert await ravi.messages_headed("1 letter is held") == []
    await ravi.asks("/followup back")
    done = await ingrid.presses("Let them go", on=asked)
    assert "1 letter is on the way." in done.text


# -- at night ------------------------------------------------------------------------------------------------

FRESH = {
    "candidate_name": "Maya Lindqvist",
    "candidate_email": "maya@mail.example",
    "role": "Backend Engineer",
    "manager_email": "dana.lee@halden.example",
    "recruiter_email": "ravi.menon@halden.example",
    "interviewed_at": "2026-11-18T15:00",
    "promised_by": "2026-11-25",
}


def imports(stage: Stage, folder: Path, **other: str) -> None:
    file, row = folder / "more.csv", FRESH | other
    with file.open("w", encoding="utf-8", newline="") as open_file:
        writer = csv.DictWriter(open_file, list(row))
        writer.writeheader()
        writer.writerow(row)
    running = stage.demo.running
    import_file(
        running.transactions,
        running.workspace,
        file,
        default_zone="America/New_York",
        default_country="US",
        admins=frozenset(),
    )


async def reviews(person: Person) -> list[SeenMessage]:
    return [message for message in await person.reads() if "imported candidate" in message.heading]


async def test_each_import_asks_anew_and_in_the_morning(
    stage: Stage, dana: Person, ravi: Person, tmp_path: Path
) -> None:
    imports(stage, tmp_path)
    await ravi.moves_clock("+1h")
    [first] = await reviews(ravi)
    assert [row.name for row in first.rows] == ["Maya Lindqvist"]

    await ravi.moves_clock("2026-11-24T02:00")
    imports(stage, tmp_path, candidate_name="Tom Ek", candidate_email="tom@mail.example")
    await ravi.moves_clock("2026-11-24T08:30")
    assert [message.id for message in await reviews(ravi)] == [first.id], "nobody is woken"

    await ravi.moves_clock("2026-11-24T09:05")
    [second] = await reviews(ravi)
    assert second.id != first.id, "a change of what was read rings no bell"
    assert second.heading == "2 imported candidates: who still waits?"
    [older] = [message for message in await ravi.reads() if message.id == first.id]
    assert "More were imported since" in older.text
    done = await ravi.presses("All 2 still wait", on=await ravi.asks("/followup review"))
    assert done.heading == "All imported candidates have been looked at"
    await ravi.moves_clock("+1h")
    [asked] = [message for message in await ravi.reads() if message.id == second.id]
    assert asked.heading == done.heading, "the message that asked follows"


async def test_what_waits_for_somebodys_morning_is_not_brought_sooner_by_a_change(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    """It is half past eleven at night in Tokyo."""
    yuki = await stage.person("yuki")
    await dana.presses("Send update", "Mei")
    await ravi.submits(form_of(await ravi.types("/followup handover dana to yuki")))
    await ravi.moves_clock("+1h")
    assert len(await ravi.mailbox()) == 1, "and so the row has changed"
    assert [m for m in await yuki.reads() if "yours now" in m.heading] == []
    await yuki.moves_clock("2026-11-24T09:05")
    assert [m for m in await yuki.reads() if "yours now" in m.heading]
