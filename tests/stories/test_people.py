"""People come and go, and one person waits in two places."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt

import structlog

from adapters.demo import demo_settings
from adapters.transactions import Clock
from adapters.wiring import wire
from bot.uses.people import relook
from storage.database import Database
from storage.store import SqlStore
from tests.smtp_counterpart import HANG, Stage
from tests.stories.conftest import Stage as Scene
from tests.stories.conftest import relayed
from tests.stories.person import Person, form_of

CHATS = ("page", "http", "teams")


async def test_who_is_deactivated_writes_no_more_and_the_recruiter_has_the_loops(
    stage: Scene, dana: Person, ravi: Person
) -> None:
    await dana.presses("Send update", "Tomasz")

    def leaves(store: SqlStore, now: dt.datetime) -> None:
        member = store.member(dana.member)
        assert member is not None
        gone = dataclasses.replace(member, active=False)
        store.save_member(gone)
        relook(store, now, gone)

    await stage.changes(leaves)
    await ravi.moves_clock("+1h")
    assert await ravi.mailbox() == []
    told = [m for m in await ravi.messages_headed("A letter needs you") if "Tomasz" in m.text]
    assert len(told) == 1
    assert "Dana Lee wrote it and may no longer write to Tomasz. Tomasz still waits." in told[0].text

    mine = await ravi.asks("/followup")
    assert "Dana cannot be reached any more." in mine.row("Tomasz").text
    assert {"Tomasz Zieliński", "Mei Lin", "Łukasz Wójcik"} <= {row.name for row in mine.rows}
    sent = await ravi.presses("Send update", "Tomasz", on=mine)
    assert "Tomasz gets your update in" in sent.row("Tomasz").text
    await ravi.moves_clock("+1h")
    [letter] = await ravi.mailbox()
    assert "Ravi Menon" in letter.body


async def test_a_recruiter_hands_a_persons_candidates_over_and_back(
    stage: Scene, dana: Person, ravi: Person
) -> None:
    assert "Whose, and to whom?" in (await ravi.asks("/followup handover dana")).text
    claire = await stage.person("claire")
    stranger = await claire.asks("/followup handover dana to sam")
    assert "Nobody waits for Dana whom you could hand over." in stranger.text

    form = form_of(await ravi.types("/followup handover dana to sam"))
    assert "candidates who wait for Dana Lee go to Sam Okafor" in form.text
    assert "The candidates notice nothing." in form.text
    assert "know nobody called nobody" in (await ravi.errs(form, to="nobody"))["to"]
    done = await ravi.submits(form)
    assert "of Dana Lee from now on, and is told once." in done.text
    sam = await stage.person("sam")
    assert "Tomasz Zieliński" in {row.name for row in (await sam.asks("/followup")).rows}
    assert "Tomasz" not in (await dana.asks("/followup")).text
    await sam.moves_clock("2026-11-24T10:00")
    [told] = [message for message in await sam.reads() if "yours now" in message.heading]
    assert "Dana Lee answered for them before. What was promised stands." in told.text

    back = await ravi.presses("Hand back", on=done)
    assert "back with Dana Lee." in back.text
    assert "Tomasz Zieliński" in {row.name for row in (await dana.asks("/followup")).rows}
    assert "None of them is there any more." in (await ravi.presses("Hand back", on=done)).text


async def test_a_role_changes_hands_after_its_recruiter_has_seen_how_many_wait(
    stage: Scene, dana: Person, ravi: Person
) -> None:
    yuki = await stage.person("yuki")
    assert "no role called" in (await yuki.asks("/followup handover role data analyst to sam")).text
    form = form_of(await ravi.types("/followup handover role data analyst to sam"))
    assert "Sam Okafor answers for Data Analyst from then on instead of Dana Lee, with " in form.text
    done = await ravi.submits(form)
    assert "Sam answers for Data Analyst from now on, with " in done.text
    assert "Mei Lin" not in (await dana.asks("/followup")).text
    again = await ravi.asks("/followup handover role data analyst to sam")
    assert "Sam answers for this role already." in again.text


async def test_who_is_not_named_any_more_is_no_admin_after_the_next_start(stage: Scene, dana: Person) -> None:
    ingrid = await stage.person("ingrid")
    await ingrid.asks("/followup pause letters")
    assert "Letters are running again" in (await ingrid.asks("/followup resume letters")).text
    url = await stage.changes(lambda store, _: store.conn.engine.url.render_as_string(hide_password=False))
    settings = dataclasses.replace(demo_settings(url), admins=frozenset({dana.email}))

    def starts() -> None:
        """A process with other settings."""
        running = wire(settings, Database(url, settings.policy()), Clock(), {}, None)
        running.transactions.close()

    with structlog.testing.capture_logs() as logged:
        await asyncio.to_thread(starts)
    told = {it["event"]: it["member"] for it in logged if it["event"].startswith("admin_")}
    assert told == {"admin_no_longer": str(ingrid.member), "admin_named": str(dana.member)}
    assert "@" not in str(logged)
    assert "Only an admin can pause" in (await ingrid.asks("/followup pause letters")).text
    assert "Letters are paused." in (await dana.asks("/followup pause letters")).text
    with structlog.testing.capture_logs() as again:
        await asyncio.to_thread(starts)
    assert not [it for it in again if it["event"].startswith("admin_")]


async def test_each_role_sees_what_the_other_told_the_same_person(stage: Scene, dana: Person) -> None:
    claire = await stage.person("claire")
    assert (
        "The same person waits for Product Manager with Claire Tremblay: nothing told yet."
        in (await dana.asks("/followup aoife")).text
    )
    await claire.asks("/followup update aoife")
    await claire.moves_clock("+1h")
    assert (
        "The same person waits for Product Manager with Claire Tremblay: told last on Mon 23 Nov."
        in (await dana.asks("/followup aoife")).text
    )
    assert (
        "The same person waits for Data Analyst with Dana Lee: nothing told yet."
        in (await claire.asks("/followup aoife")).text
    )
    ravi = await stage.person("ravi")
    assert len((await ravi.asks("/followup aoife")).buttons) == 2, "Ravi recruits for both roles"


async def test_lists_tell_what_the_other_role_said_last_and_follow_it(stage: Scene, dana: Person) -> None:
    claire = await stage.person("claire")
    told = "The same person waits for Data Analyst with Dana Lee: {}."
    await claire.moves_clock("2026-11-27T10:00")
    for seen in (await claire.asks("/followup"), await claire.asks("/followup home"), await claire.digest()):
        assert told.format("nothing told yet") in seen.row("Aoife").text
        assert seen.text.count("The same person") == 1
    await dana.asks("/followup update aoife")
    await dana.moves_clock("+1h")
    assert told.format("told last on Fri 27 Nov") in (await claire.digest()).row("Aoife").text
    form = await dana.opens("Told by phone", "Aoife", on=await dana.asks("/followup aoife"))
    await dana.submits(form, outcome="no")
    await dana.moves_clock("+1h")
    gone = "The same person no longer waits for Data Analyst with Dana Lee: was told by phone"
    assert gone in (await claire.digest()).row("Aoife").text


async def test_whoever_else_decides_about_somebody_reads_that_they_took_the_other_job(
    stage: Scene, dana: Person
) -> None:
    claire = await stage.person("claire")
    asked = await dana.presses("Offer made", "Aoife", on=await dana.asks("/followup aoife"))
    made = await dana.presses("Yes", "Aoife", on=asked)
    asked = await dana.presses("Offer accepted", "Aoife", on=made)
    await dana.presses("Yes", "Aoife", on=asked)
    assert (
        "The same person no longer waits for Data Analyst with Dana Lee: accepted the offer "
        "(closed on Mon 23 Nov)."
    ) in (await claire.asks("/followup aoife")).text


async def test_two_letters_to_one_person_never_leave_at_the_same_moment(monday: str) -> None:
    # Each may be the first to come, on a line of its own.
    async with relayed(monday, {Stage.DOT: HANG}, {Stage.DOT: HANG}) as (stage, server):
        dana, claire, ingrid = [await stage.person(first) for first in ("dana", "claire", "ingrid")]
        await ingrid.asks("/followup pause letters")
        await dana.asks("/followup update aoife")
        await claire.asks("/followup update aoife")
        await dana.moves_clock("+1h")
        await ingrid.asks("/followup resume letters")
        # Both are due by now; the mail server takes its time with the first.
        moving = asyncio.create_task(dana.moves_clock("+1h"))
        try:
            await server.hanging.wait()
            while len(under_way := [*stage.demo.running.deliverer._running]) > 1:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            assert len(server.accepted) == 1
        finally:
            server.wakes.set()
            await moving
        assert len(server.accepted) == 2
        for person, role in ((dana, "Data Analyst"), (claire, "Product Manager")):
            assert "Told Mon 23 Nov" in (await person.asks("/followup aoife")).text, role
