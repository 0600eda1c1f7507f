"""What holds the bot back: the hourly brake, and a pause that everybody understands."""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from adapters.importing import import_file
from adapters.wiring import Running
from bot import service
from bot.views.elements import Message
from storage.store import SqlStore
from tests.stories.conftest import Stage
from tests.stories.person import Person
from tests.stories.slack_stage import SlackStage

CHATS = ("page", "http", "teams")
FIRST_NAMES = (
    "Abel", "Bruna", "Cyril", "Dorit", "Edvard", "Fatou", "Gunnar", "Hanako", "Ilse", "Jorge", "Kwame",
    "Ludmila", "Matteo", "Ngozi", "Oskar", "Pernille", "Quentin", "Rasmus", "Solveig", "Tiziana", "Ulrik",
    "Valeria", "Wenzel",
)  # fmt: skip


async def many_wait(stage: Stage | SlackStage, folder: Path) -> None:
    await hiring_day(stage.demo.running if isinstance(stage, Stage) else stage.running, folder)


async def hiring_day(running: Running, folder: Path) -> None:
    """More people wait for Dana than she may write to within an hour."""
    file = folder / "day.csv"
    with file.open("w", encoding="utf-8", newline="") as open_file:
        writer = csv.writer(open_file)
        writer.writerow(
            ("candidate_name", "candidate_email", "role", "manager_email", "recruiter_email",
             "interviewed_at", "promised_by")
        )  # fmt: skip
        for first in FIRST_NAMES:
            writer.writerow(
                (f"{first} Novak", f"{first.lower()}@mail.example", "Backend Engineer",
                 "dana.lee@halden.example", "ravi.menon@halden.example", "2026-11-18T15:00", "2026-11-25")
            )  # fmt: skip
    await asyncio.to_thread(
        import_file,
        running.transactions,
        running.workspace,
        file,
        reviewed=True,
        default_zone="America/New_York",
        default_country="US",
        admins=frozenset(),
    )


async def has_written_twenty(stage: Stage | SlackStage, person: Person) -> None:
    await writes_to(stage, person, FIRST_NAMES[:20])


async def writes_to(stage: Stage | SlackStage, person: Person, names: Iterable[str]) -> None:
    """Typed one after the other, as a chat's adapter would hand them on, before anybody is shown anything."""

    def types(store: SqlStore, now: dt.datetime) -> None:
        for first in names:
            member = store.member(person.member)
            assert member is not None
            view = service.said(store, now, member, f"update {first} novak")
            assert isinstance(view, Message)

    await stage.changes(types)


async def test_more_than_twenty_letters_an_hour_wait_for_the_recruiter(
    stage: Stage, dana: Person, ravi: Person, tmp_path: Path
) -> None:
    await many_wait(stage, tmp_path)
    await has_written_twenty(stage, dana)
    assert "Tiziana gets your update in" in (await dana.asks("/followup tiziana")).text
    await writes_to(stage, dana, FIRST_NAMES[20:])
    held = await dana.asks("/followup wenzel")
    assert (
        "The letter to Wenzel is held: you have sent 20 letters within the hour. Ravi is asked to let it go."
        in held.text
    )
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 20

    [asked] = await ravi.messages_headed("3 letters are held until you have looked")
    assert "Dana Lee has sent 20 letters within the hour, and more wait." in asked.text
    assert "If you do nothing, nothing is sent" in asked.text
    assert [row.name for row in asked.rows] == ["Ulrik Novak", "Valeria Novak", "Wenzel Novak"]

    undone = await dana.presses("Undo", "Wenzel", on=await dana.asks("/followup wenzel"))
    assert "Undone. Nothing was sent." in undone.text
    await dana.moves_clock("2026-11-23T10:40")
    [fewer] = await ravi.messages_headed("2 letters are held")
    katrin = await stage.person("katrin")
    stranger = await katrin.presses("Let them go", on=fewer)
    assert "This question was put to somebody else." in stranger.text

    done = await ravi.presses("Let them go", on=fewer)
    assert done.heading == "No letter is held any more"
    assert "2 letters are on the way." in done.text
    assert "The 3 letters of Dana Lee are settled: 2 let go, 1 not sent." in done.text
    await dana.moves_clock("+1h")
    assert {letter.to for letter in await dana.mailbox()} >= {"ulrik@mail.example", "valeria@mail.example"}
    assert len(await dana.mailbox()) == 22


async def test_a_letter_that_is_held_later_in_the_hour_asks_with_a_message_of_its_own(
    stage: Stage, dana: Person, ravi: Person, tmp_path: Path
) -> None:
    await many_wait(stage, tmp_path)
    await has_written_twenty(stage, dana)
    await writes_to(stage, dana, ("Ulrik",))
    await dana.moves_clock("2026-11-23T09:40")
    [asked] = await ravi.messages_headed("1 letter is held")
    await writes_to(stage, dana, ("Valeria", "Wenzel"))
    await dana.moves_clock("2026-11-23T09:50")
    [still] = await ravi.messages_headed("1 letter is held")
    assert still.id == asked.id, "a change of what was read rings no bell"
    [more] = await ravi.messages_headed("2 letters are held until you have looked")
    assert [row.name for row in more.rows] == ["Valeria Novak", "Wenzel Novak"]
    await ravi.presses("Keep them back", on=asked)
    done = await ravi.presses("Let them go", on=more)
    assert "2 letters are on the way." in done.text


async def test_what_the_recruiter_keeps_back_is_not_sent_and_the_manager_hears_of_it(
    stage: Stage, dana: Person, ravi: Person, tmp_path: Path
) -> None:
    await many_wait(stage, tmp_path)
    await has_written_twenty(stage, dana)
    await dana.asks("/followup update ulrik")
    await dana.moves_clock("+1h")
    [asked] = await ravi.messages_headed("1 letter is held until you have looked")
    kept = await ravi.presses("Keep them back", on=asked)
    assert "1 letter is kept back. Nothing was sent, and the sender is told." in kept.text
    again = await ravi.presses("Let them go", on=asked)
    assert "nothing is held here any more" in again.text
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 20
    [told] = await dana.messages_headed("A letter needs you")
    assert "Not sent. Ravi kept it back: it was one of many within the hour." in told.row("Ulrik").text
    now = await dana.presses("Send update", "Ulrik", on=told)
    assert "Ulrik gets your update in" in now.row("Ulrik").text, "the hour is over"


async def test_another_date_for_a_letter_that_waits_does_not_count_as_one_more(
    stage: Stage, dana: Person, tmp_path: Path
) -> None:
    await many_wait(stage, tmp_path)
    await has_written_twenty(stage, dana)
    form = await dana.opens("Other date", "Tiziana", on=await dana.asks("/followup tiziana"))
    changed = await dana.submits(form, date="2026-12-02")
    assert "Tiziana gets your update in" in changed.text
    assert "is held" in (await dana.asks("/followup update ulrik")).text, "the twenty-first"
    form = await dana.opens("Other date", "Tiziana", on=await dana.asks("/followup tiziana"))
    changed = await dana.submits(form, date="2026-12-01")
    assert "Tiziana gets your update in" in changed.text, "it was one of the twenty"


async def test_a_held_letter_silences_its_candidate_for_a_day_and_no_longer(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    ingrid = await stage.person("ingrid")
    await ingrid.asks("/followup pause letters")
    held = await dana.presses("Send update", "Tomasz")
    assert "is held: Ingrid Sørensen has paused letters." in held.row("Tomasz").text
    await dana.moves_clock("2026-11-24T09:30")
    [tuesday] = await dana.lists()
    assert all("late" not in row.text for row in tuesday.rows if row.name.startswith("Tomasz"))
    await dana.moves_clock("2026-11-25T09:35")
    [wednesday] = await dana.lists()
    row = wednesday.row("Tomasz")
    assert "is held: Ingrid Sørensen has paused letters." in row.text
    assert "Promised news by Fri 20 Nov: 3 working days late." in row.text
    assert any("Tomasz" in message.text for message in await ravi.lists()), "the ladder goes on"


async def test_while_nudges_are_paused_whatever_was_asked_for_or_must_be_answered_still_comes(
    stage: Stage, dana: Person, ravi: Person, tmp_path: Path
) -> None:
    await many_wait(stage, tmp_path)
    ingrid = await stage.person("ingrid")
    await ingrid.asks("/followup pause nudges")
    await dana.presses("Decision is stuck", "Mei")
    await ravi.types("/followup queue")
    await has_written_twenty(stage, dana)
    await writes_to(stage, dana, ("Ulrik",))
    lists = len(await dana.lists())
    await dana.moves_clock("2026-11-24T09:35")
    assert await ravi.messages_headed("1 letter is held until you have looked")
    assert [message for message in await ravi.reads() if "stuck" in message.heading]
    assert len(await dana.lists()) == lists, "no reminder"


async def test_an_admin_sees_what_is_paused_and_by_whom_and_lifts_it_there(
    stage: Stage, dana: Person
) -> None:
    ingrid = await stage.person("ingrid")
    await dana.presses("Send update", "Tomasz")
    said = await ingrid.asks("/followup pause all")
    assert "Letters and nudges are paused. 1 letter that waited is held" in said.text
    mine = await ingrid.asks("/followup")
    assert "Ingrid Sørensen has paused letters. Nothing is sent to candidates" in mine.text
    assert "Ingrid Sørensen has paused nudges. Nobody is reminded" in mine.text
    assert "has paused" not in (await dana.asks("/followup mei")).text, "her letters say it where it matters"
    lifted = await ingrid.presses("Resume", on=mine)
    assert "Letters and nudges are running again. 1 letter that was held leaves when due." in lifted.text
    assert "has paused" not in (await ingrid.asks("/followup")).text
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 1
