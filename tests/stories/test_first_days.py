"""The first days: an import, a review, a pilot, and the brakes."""

from __future__ import annotations

import asyncio
import csv
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from adapters.demo import BEGINS, demo_settings, prepare
from adapters.playground import conversation
from adapters.playground.chat import PlaygroundChat
from adapters.playground.playground import Playground
from adapters.runner import ClockMover
from adapters.transactions import Clock
from adapters.wiring import wire
from storage.database import Database
from storage.store import SqlStore
from tests.databases import Databases, Known
from tests.stories.chat_stage import HALF_PAST_NINE
from tests.stories.command_line import followup
from tests.stories.conftest import Stage, staged
from tests.stories.person import Person, form_of

CHATS = ("page", "http", "teams")

MAYA = {
    "candidate_name": "Maya Lindqvist",
    "candidate_email": "maya@mail.example",
    "role": "Data engineer",
    "manager_email": "dana.lee@acme.example",
    "recruiter_email": "rita@acme.example",
    "interviewed_at": "2026-11-18T15:00",
    "promised_by": "2026-11-25",
}
BAD = (
    {"candidate_name": "", "candidate_email": "nobody@mail.example"},
    {"candidate_name": "Tom Ek", "candidate_email": "tom at mail"},
    {"candidate_name": "Tom Ek", "candidate_email": "tom@mail.example", "promised_by": "2026-02-30"},
)


def write_csv(file: Path, *rows: Mapping[str, str]) -> None:
    with file.open("w", encoding="utf-8", newline="") as open_file:
        writer = csv.DictWriter(open_file, list(MAYA))
        writer.writeheader()
        writer.writerows(rows)


# -- the import ----------------------------------------------------------------------------------------------


def test_an_import_takes_what_is_good_and_names_what_is_not(databases: Databases, tmp_path: Path) -> None:
    own = {"DATABASE_URL": databases.empty(), "COUNTRY": "US"}
    file = tmp_path / "candidates.csv"
    write_csv(file, MAYA, *(MAYA | bad for bad in BAD))
    early = followup("import", str(file), **own)
    assert early.returncode == 1
    assert "followup migrate" in early.stderr
    assert followup("migrate", **own).returncode == 0
    first = followup("import", str(file), **own)
    assert first.returncode == 2
    told = first.stdout.splitlines()
    assert told[0] == "1 added, 3 refused."
    assert [line.split(":")[0] for line in told[1:4]] == ["line 3", "line 4", "line 5"]
    assert "candidate_name" in told[1]
    assert "not an email address" in told[2]
    assert "30 of February 2026, which does not exist" in told[3]
    write_csv(file, MAYA)
    again = followup("import", str(file), **own)
    assert (again.returncode, again.stdout.strip()) == (0, "1 unchanged.")
    (tmp_path / "other.csv").write_text("name,colour\nMaya,blue\n")
    wrong = followup("import", str(tmp_path / "other.csv"), **own)
    assert wrong.returncode == 1
    assert "candidate_name" in wrong.stderr


# -- the review ----------------------------------------------------------------------------------------------


def _imported(url: str) -> None:
    database, _, _ = prepare(url, reviewed=False)
    database.close()


IMPORTED = Known("imported", _imported)
"""The company as it is when nobody has looked at the import yet."""


@pytest.fixture
async def unreviewed(databases: Databases) -> AsyncIterator[Stage]:
    async with staged(await asyncio.to_thread(databases.copy, IMPORTED)) as stage:
        yield stage


async def test_imported_candidates_are_silent_until_the_recruiter_has_looked(unreviewed: Stage) -> None:
    dana, ravi = await unreviewed.person("dana"), await unreviewed.person("ravi")
    await dana.moves_clock("2026-11-23T10:00")
    assert await dana.reads() == []
    assert (await dana.asks("/followup")).heading == "Nobody is waiting for you."
    [review] = await ravi.messages_headed("24 imported candidates: who still waits?")
    assert "nobody is reminded and nobody is written to" in review.text
    assert len(review.rows) == 10
    assert "14 more come after these." in review.text
    assert (
        "Interviewed on Tue 10 Nov, promised news by Tue 17 Nov. Dana Lee answers."
        in review.row("Priya").text
    )

    fewer = await ravi.presses("Not waiting", "Priya", on=review)
    assert fewer.heading == "23 imported candidates: who still waits?"
    assert "Priya" not in fewer.text
    fewer = await ravi.presses("Still waiting", "Tomasz", on=fewer)
    assert fewer.heading == "22 imported candidates: who still waits?"
    stale = await ravi.presses("Still waiting", "Tomasz", on=review)
    assert "looked at already" in stale.text
    await dana.moves_clock("+1h")
    [digest] = await dana.lists()
    assert [row.name for row in digest.rows] == ["Tomasz Zieliński"]
    assert "Promised news by Fri 20 Nov: 1 working day late." in digest.rows[0].text
    assert "Ravi is asked to step in on Wed 25 Nov" in digest.rows[0].text, "as if due today"

    [asked] = await ravi.messages_headed("22 imported candidates")
    done = await ravi.presses("All 22 still wait", on=asked)
    assert done.heading == "All imported candidates have been looked at"
    assert (
        "Dana Lee has 10 of them; the next list comes now, with those whose date is near or past."
        in done.text
    )
    assert "the recruiter closed the loop" in (await dana.asks("/followup priya")).row("Priya").text
    assert (await dana.asks("/followup")).heading == "You owe 10 people news, 2 past your promised date."
    assert await dana.mailbox() == []


async def test_not_waiting_by_a_slip_is_taken_back_where_the_name_is_typed(unreviewed: Stage) -> None:
    dana, ravi = await unreviewed.person("dana"), await unreviewed.person("ravi")
    await dana.moves_clock("2026-11-23T10:00")
    [review] = await ravi.messages_headed("24 imported candidates")
    assert "whoever does not is found with /followup NAME, and can be reopened" in review.text
    await ravi.presses("Not waiting", "Tomasz", on=review)
    found = await ravi.asks("/followup tomasz")
    again = await ravi.presses("Reopen", "Tomasz", on=found)
    assert "Tomasz waits again. Nothing was sent." in again.row("Tomasz").text
    assert "Promised news by Fri 20 Nov" in again.row("Tomasz").text, "the promise that they know is back"
    assert (await ravi.asks("/followup review")).heading == "23 imported candidates: who still waits?"
    await dana.moves_clock("+1h")
    [digest] = await dana.lists()
    assert [row.name for row in digest.rows] == ["Tomasz Zieliński"]
    assert "Ravi is asked to step in on Wed 25 Nov" in digest.rows[0].text, "as if due today"


async def test_only_the_recruiter_says_who_still_waits(unreviewed: Stage) -> None:
    ravi, katrin = await unreviewed.person("ravi"), await unreviewed.person("katrin")
    [review] = await ravi.messages_headed("24 imported candidates")
    for label in ("Still waiting", "Not waiting"):
        seen = await katrin.presses(label, "Priya", on=review)
        assert "This is not yours to see." in seen.text
    nothing = await katrin.asks("/followup review")
    assert "No imported candidate waits for you to look." in nothing.text
    mine = await ravi.asks("/followup review")
    assert mine.heading == "24 imported candidates: who still waits?"


async def test_whom_nobody_has_looked_at_goes_along_to_a_persons_successor(unreviewed: Stage) -> None:
    dana, ravi, sam = [await unreviewed.person(first) for first in ("dana", "ravi", "sam")]
    await dana.moves_clock("2026-11-23T10:00")
    [asked] = await ravi.messages_headed("24 imported candidates")
    assert "Dana Lee answers." in asked.row("Priya").text
    form = form_of(await ravi.types("/followup handover dana to sam"))
    assert "11 candidates of Dana Lee go to Sam Okafor: " in form.text
    assert "11 are imported and not looked at yet: you say first who still waits." in form.text
    done = await ravi.submits(form)
    assert "Sam has 11 candidates of Dana Lee from now on, and is told once. 11 are imported" in done.text

    await sam.moves_clock("2026-11-23T10:00")
    [told] = await sam.messages_headed("11 candidates are yours now")
    assert "Dana Lee answered for them before. Nobody is reminded of them yet." in told.text
    assert "11 are imported and not looked at yet: Ravi says first who still waits." in told.text
    assert (told.rows, list(told.buttons)) == ((), [])
    assert (await sam.asks("/followup")).heading == "Nobody is waiting for you."
    [asked] = await ravi.messages_headed("24 imported candidates")
    assert "Sam Okafor answers." in asked.row("Priya").text
    await ravi.presses("All 24 still wait", on=asked)
    assert "Priya Natarajan" in {row.name for row in (await sam.asks("/followup")).rows}
    assert (await dana.asks("/followup")).heading == "Nobody is waiting for you."
    back = await ravi.presses("Hand back", on=done)
    assert "11 candidates are back with Dana Lee." in back.text


async def test_without_a_recruiter_the_successor_looks_at_the_imported_candidates(unreviewed: Stage) -> None:
    dana, sam = await unreviewed.person("dana"), await unreviewed.person("sam")

    def without_recruiter(store: SqlStore, _: dt.datetime) -> None:
        (role,) = (it for it in store.roles_of(dana.member) if it.title == "Backend Engineer")
        store.save_role(dataclasses.replace(role, recruiter=None))

    await unreviewed.changes(without_recruiter)
    mine = await dana.asks("/followup review")
    assert mine.heading == "6 imported candidates: who still waits?"
    assert "You answer." in mine.row("Priya").text
    form = form_of(await dana.types("/followup handover dana to sam"))
    assert "11 are imported and not looked at yet: Ravi or Sam says first who still waits." in form.text
    await dana.submits(form)
    late = await dana.presses("Still waiting", "Tomasz", on=mine)
    assert "Sam looks at imported candidates first." in late.text
    assert "No imported candidate waits for you to look." in (await dana.asks("/followup review")).text

    await sam.moves_clock("2026-11-23T10:00")
    [told] = await sam.messages_headed("11 candidates are yours now")
    review = await sam.presses("Look at the imported ones", on=told)
    assert review.heading == "6 imported candidates: who still waits?"
    await sam.presses("Still waiting", "Tomasz", on=review)
    assert [row.name for row in (await sam.asks("/followup")).rows] == ["Tomasz Zieliński"]
    await sam.moves_clock("+1h")
    [told] = await sam.messages_headed("11 candidates are yours now")
    assert [row.name for row in told.rows] == ["Tomasz Zieliński"]


async def test_one_of_whom_nobody_has_looked_at_is_handed_over_by_name(unreviewed: Stage) -> None:
    ravi, sam = await unreviewed.person("ravi"), await unreviewed.person("sam")
    given = await ravi.asks("/followup hand over tomasz to sam")
    assert "Sam has Tomasz from now on. Ravi says first whether Tomasz still waits." in given.text
    review = await ravi.asks("/followup review")
    assert "Sam Okafor answers." in review.row("Tomasz").text
    await ravi.presses("Still waiting", "Tomasz", on=review)
    assert [row.name for row in (await sam.asks("/followup")).rows] == ["Tomasz Zieliński"]


# -- the pilot -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pilot", "addressed"),
    [(frozenset[str](), set[str]()), (frozenset({"dana.lee@halden.example"}), {"Dana Lee"})],
    ids=["nobody", "one"],
)
async def test_only_the_pilot_is_addressed(company: str, pilot: frozenset[str], addressed: set[str]) -> None:
    settings = dataclasses.replace(demo_settings(company), pilot=pilot)
    clock = Clock(BEGINS - dt.datetime.now(dt.UTC))
    database = Database(company, settings.policy())
    chat = PlaygroundChat(database, clock)
    running = wire(settings, database, clock, {chat.name: chat}, None)
    mover = ClockMover(running.transactions, running.runner, clock)
    page = Playground(transactions=running.transactions, mover=mover, workspace=running.workspace)
    await page.start()
    await mover.move_to(running.workspace, HALF_PAST_NINE + dt.timedelta(hours=2))
    heard = await running.transactions.read(
        running.workspace,
        lambda store, _: {m.name for m in store.members() if conversation.latest(store.conn, m.id)},
    )
    assert heard == addressed
    await running.runner.stop()
    running.transactions.close()


# -- the brakes ----------------------------------------------------------------------------------------------


async def test_paused_letters_are_held_can_be_undone_and_leave_afterwards(stage: Stage, dana: Person) -> None:
    refused = await dana.asks("/followup pause letters")
    assert "Only an admin can pause or resume. Ask Ingrid Sørensen." in refused.text
    ingrid = await stage.person("ingrid")
    await dana.presses("Send update", "Tomasz")
    assert ingrid.told("Say what: /followup pause letters") in (await ingrid.asks("/followup pause")).text
    assert "Letters are paused." in (await ingrid.asks("/followup pause letters")).text
    assert ingrid.told("Say what: /followup resume letters") in (await ingrid.asks("/followup resume x")).text
    queued = await dana.presses("Send update", "Zoë")
    for name in ("Tomasz", "Zoë"):
        text = queued.row(name).text
        assert text.startswith(f"The letter to {name} is held: Ingrid Sørensen has paused letters.")
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []
    undone = await dana.presses("Undo", "Zoë")
    assert "Undone. Nothing was sent." in undone.row("Zoë").text
    url = await stage.changes(lambda store, _: store.conn.engine.url.render_as_string(hide_password=False))
    resumed = await asyncio.to_thread(followup, "resume", "letters", DATABASE_URL=url)
    assert resumed.stdout.strip() == "Letters are running again. 1 letter that was held leaves when due."
    await dana.moves_clock("+1h")
    assert [letter.to for letter in await dana.mailbox()] == ["tomasz.zielinski@example.com"]


async def test_paused_nudges_wait_and_letters_go_on(stage: Stage, dana: Person) -> None:
    ingrid = await stage.person("ingrid")
    await dana.moves_clock("2026-11-24T09:27")
    lifted = ingrid.told("Nudges are paused. Typing /followup resume lifts it.")
    assert lifted in (await ingrid.asks("/followup pause nudges")).text
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("2026-11-24T09:32")
    assert len(await dana.mailbox()) == 1
    [old] = await dana.lists()
    assert "Tomasz" in old.text
    assert "Nudges are running again." in (await ingrid.asks("/followup resume nudges")).text
    await dana.moves_clock("+1h")
    [new] = await dana.lists()
    assert new.id != old.id
    assert "2 working days late" in new.row("Zoë").text
