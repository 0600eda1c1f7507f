"""What a mail server can do to a letter, and what the manager reads and does then."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import email
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from structlog.testing import capture_logs

from storage.store import SqlStore
from tests.databases import change, rows
from tests.ports import free_port
from tests.smtp_counterpart import DROP, HANG, Counterpart, Do, Script
from tests.smtp_counterpart import Stage as Smtp
from tests.stories.conftest import Stage, relayed, smtp_at, staged
from tests.stories.person import A_NO, Person, SeenMessage, form_of

Relay = Callable[..., AbstractAsyncContextManager[tuple[Person, Counterpart]]]


@contextlib.asynccontextmanager
async def dana_and(monday: str, *scripts: Script) -> AsyncIterator[tuple[Person, Counterpart]]:
    """Dana at half past nine, whose letters go to a mail server that follows these scripts."""
    async with relayed(monday, *scripts) as (stage, server):
        yield await stage.person("dana"), server


def message_id(letter: bytes) -> str:
    return str(email.message_from_bytes(letter)["Message-ID"]).strip()


async def needs_you(person: Person) -> list[SeenMessage]:
    return [m for m in await person.messages_headed("A letter needs you") if "Tomasz" in m.text]


async def test_an_address_that_does_not_exist_is_mended_and_the_letter_sent_again(monday: str) -> None:
    async with dana_and(monday, {Smtp.RCPT: Do("550 5.1.1 no such user here", drop=True)}) as (dana, server):
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("+1h")
        row = (await dana.digest()).row("Tomasz")
        assert row.text.startswith("Not sent")
        assert "tomasz.zielinski@example.com" in row.text
        assert "no such address (550)" in row.text
        assert list(row.buttons)[:2] == ["Mend address", "Told by phone"]
        assert "1 working day late" in row.text, "nobody was told"
        [own] = await needs_you(dana)
        form = await dana.opens("Mend address", "Tomasz", on=own)
        await dana.submits(form, email="tomasz@example.net")
        sent = await dana.asks("/followup update tomasz")
        assert sent.row("Tomasz").text.startswith("Tomasz gets your update in")
        await dana.moves_clock("+1h")
        [letter] = server.accepted
        assert b"tomasz@example.net" in letter
        assert (await dana.digest()).row("Tomasz").text.startswith("Told Mon 23 Nov")


async def test_a_no_that_did_not_arrive_is_told_by_phone_as_a_no(monday: str) -> None:
    async with dana_and(monday, {Smtp.RCPT: Do("550 5.1.1 no such user here", drop=True)}) as (dana, _):
        preview = form_of(await dana.fills(await dana.opens("Give feedback", "Tomasz"), **A_NO))
        await dana.submits(preview)
        await dana.moves_clock("+1h")
        assert "Decided: not going on." in (await dana.digest()).row("Tomasz").text
        call = await dana.opens("Told by phone", "Tomasz")
        told = await dana.submits(call)
        assert "Tomasz was told by phone." in told.row("Tomasz").text


async def test_a_mended_address_is_as_good_as_any_other(monday: str) -> None:
    """What failed was the old address: the row, and a sheet, offer a letter to the new one."""
    async with dana_and(monday, {Smtp.RCPT: Do("550 5.1.1 no such user here", drop=True)}) as (dana, _):
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("+1h")
        sheet = await dana.opens("Clear my list", on=await dana.asks("/followup"))
        at = next(name for name, value in sheet.fields.items() if value == "tomasz.zielinski@example.com")
        assert "did not arrive" in (await dana.errs(sheet))[at]
        form = await dana.opens("Mend address", "Tomasz")
        await dana.submits(form, email="tomasz@example.net")
        mine = await dana.asks("/followup")
        assert next(iter(mine.row("Tomasz").buttons)) == "Send update"
        review = form_of(await dana.fills(await dana.opens("Clear my list", on=mine)))
        assert "Tomasz Zieliński · tomasz@example.net" in review.text


async def test_not_now_is_tried_again_after_1_5_and_15_minutes(monday: str) -> None:
    busy = {Smtp.RCPT: Do("450 4.2.1 busy, try later", drop=True)}
    async with dana_and(monday, busy, busy, busy) as (dana, server):
        await dana.presses("Send update", "Tomasz")
        for until, following in (("09:31:50", "09:32"), ("09:35", "09:37"), ("09:50", "09:52")):
            await dana.moves_clock(f"2026-11-23T{until}")
            row = (await dana.digest()).row("Tomasz")
            assert row.text.startswith("Not sent yet.")
            assert f"Next try Mon 23 Nov {following}" in row.text
            assert "Undo" in row.buttons
        assert server.accepted == []
        assert await needs_you(dana) == [], "it goes on by itself"
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 1
        assert (await dana.digest()).row("Tomasz").text.startswith("Told Mon 23 Nov 09:52")


async def test_a_letter_that_waits_for_its_next_try_can_be_undone(monday: str) -> None:
    async with dana_and(monday, {Smtp.RCPT: Do("450 4.2.1 busy", drop=True)}) as (dana, server):
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("2026-11-23T09:31:50")
        undone = await dana.presses("Undo", "Tomasz")
        assert "Undone. Nothing was sent." in undone.row("Tomasz").text
        await dana.moves_clock("+1h")
        assert server.accepted == []


async def test_after_eight_hours_of_trying_a_human_is_told(monday: str) -> None:
    busy = {Smtp.RCPT: Do("450 4.2.1 busy, try later", drop=True)}
    async with dana_and(monday, *[busy] * 30) as (dana, server):
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("2026-11-24T09:31")
        assert server.accepted == []
        assert sum(commands.count("rcpt") for commands in server.commands) == 12
        [own] = await needs_you(dana)
        assert "Send update" in own.row("Tomasz").buttons
        assert "Told by phone …" in own.row("Tomasz").menu
        assert "2 working days late" in (await dana.digest()).row("Tomasz").text


async def test_a_relay_that_is_down_is_tried_again(monday: str) -> None:
    port = free_port()
    async with staged(monday, smtp_at(port)) as stage:
        dana = await stage.person("dana")
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("2026-11-23T09:31:50")
        row = (await dana.digest()).row("Tomasz")
        assert row.text.startswith("Not sent yet.")
        assert "Next try Mon 23 Nov 09:32" in row.text
        server = Counterpart()
        listening = await asyncio.start_server(server._serve, "127.0.0.1", port)
        async with listening:
            await dana.moves_clock("+1h")
            assert len(server.accepted) == 1
            assert (await dana.digest()).row("Tomasz").text.startswith("Told Mon 23 Nov 09:3")
            await stage.demo.running.runner.stop()


# -- a letter of which nobody knows -----------------------------------------------------------------------


@contextlib.asynccontextmanager
async def unknown(monday: str) -> AsyncIterator[tuple[Person, Counterpart]]:
    """The server hung up after the last dot of the letter to Tomasz: it may have taken it."""
    async with dana_and(monday, {Smtp.DOT: DROP}) as (dana, server):
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("+1h")
        row = (await dana.digest()).row("Tomasz")
        assert row.text.startswith("We cannot tell whether the letter to Tomasz went out")
        assert list(row.buttons) == ["It went out", "It did not", "Send again", "Ask the admin"]
        [letter] = server.accepted
        assert message_id(letter) in row.text
        yield dana, server


async def test_an_unknown_letter_is_never_sent_again_by_itself(monday: str) -> None:
    async with unknown(monday) as (dana, server):
        assert len(await needs_you(dana)) == 1
        second = await dana.asks("/followup update tomasz")
        assert "Settle the last letter first: did it go out?" in second.text
        asked = await dana.presses("Ask the admin", "Tomasz")
        assert "Ask Ingrid Sørensen: does the mail server's log know <" in asked.text
        await dana.moves_clock("+1d")
        assert len(server.accepted) == 1
        row = (await dana.digest()).row("Tomasz")
        assert "We cannot tell" in row.text


async def test_who_stood_still_for_too_long_tells_the_log_what_became_of_the_letter(monday: str) -> None:
    """Meanwhile another process has taken it for lost, and may have had it settled."""
    async with relayed(monday, {Smtp.DOT: HANG}) as (stage, server):
        dana = await stage.person("dana")
        await dana.presses("Send update", "Tomasz")
        moving = asyncio.create_task(dana.moves_clock("2026-11-23T09:35"))
        await asyncio.wait_for(server.hanging.wait(), 30)
        change(monday, "UPDATE letters SET state = 'unknown'")
        change(monday, "DELETE FROM deliveries WHERE kind = 'letter'")
        with capture_logs() as logged:
            server.wakes.set()
            await moving
        [(letter, state)] = rows(monday, "SELECT id, state FROM letters")
        assert state == "unknown", "who no longer holds it writes nothing"
        [line] = [it for it in logged if it["event"] == "letter_outcome_too_late"]
        assert (line["letter"], line["outcome"]) == (str(uuid.UUID(str(letter))), "sent")


async def test_it_went_out_keeps_the_promise_it_made(monday: str) -> None:
    async with unknown(monday) as (dana, server):
        settled = await dana.presses("It went out", "Tomasz")
        row = settled.row("Tomasz")
        assert row.text.startswith("Told Mon 23 Nov")
        assert "Next date: Tue 1 Dec." in row.text
        twice = await dana.asks("/followup update tomasz")
        assert "has had a letter from you today" in twice.text
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 1


async def test_it_did_not_go_out_leaves_the_candidate_waiting(monday: str) -> None:
    async with unknown(monday) as (dana, server):
        settled = await dana.presses("It did not", "Tomasz")
        row = settled.row("Tomasz")
        assert "Dana has said that it did not go out." in row.text
        assert "Promised news by Fri 20 Nov: 1 working day late." in row.text
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 1
        await dana.asks("/followup update tomasz")
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 2


async def test_while_letters_are_paused_send_again_is_held_like_any_other(monday: str) -> None:
    async with relayed(monday, {Smtp.DOT: DROP}) as (stage, server):
        dana, ingrid = await stage.person("dana"), await stage.person("ingrid")
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("+1h")
        assert "Letters are paused." in (await ingrid.asks("/followup pause letters")).text
        again = await dana.presses("Send again", "Tomasz")
        assert again.row("Tomasz").text.startswith("The letter to Tomasz is held: Ingrid Sørensen has paused")
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 1
        await ingrid.asks("/followup resume")
        await dana.moves_clock("+1h")
        assert len(server.accepted) == 2


async def test_nothing_is_sent_again_in_the_name_of_somebody_who_has_left(monday: str) -> None:
    async with relayed(monday, {Smtp.DOT: DROP}) as (stage, server):
        dana, ravi = await stage.person("dana"), await stage.person("ravi")
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("+1h")

        def leaves(store: SqlStore, _: dt.datetime) -> None:
            member = store.member(dana.member)
            assert member is not None
            store.save_member(dataclasses.replace(member, active=False))

        await stage.changes(leaves)
        theirs = await ravi.asks("/followup tomasz")
        refused = await ravi.presses("Send again", "Tomasz", on=theirs)
        assert "Dana Lee signed this letter and may no longer write to Tomasz." in refused.text
        await ravi.presses("It did not", "Tomasz", on=theirs)
        await ravi.asks("/followup update tomasz")
        await ravi.moves_clock("+1h")
        assert len(server.accepted) == 2
        assert b"Ravi Menon" in server.accepted[1]


async def test_send_again_sends_the_same_words_as_another_letter(monday: str) -> None:
    async with unknown(monday) as (dana, server):
        before = await dana.digest()
        again = await dana.presses("Send again", "Tomasz")
        assert again.row("Tomasz").text.startswith("Tomasz gets your update in")
        late = await dana.presses("Send again", "Tomasz", on=before)
        assert "settled already" in late.text
        await dana.moves_clock("+1h")
        first, second = server.accepted
        words = [letter.split(b"\r\n\r\n", 1)[1] for letter in (first, second)]
        assert b"Tomasz" in words[0]
        assert message_id(first) != message_id(second)
        assert (await dana.digest()).row("Tomasz").text.startswith("Told Mon 23 Nov")


async def test_a_colleague_who_clicks_too_reads_what_has_become_of_the_first_letter(monday: str) -> None:
    busy = {Smtp.RCPT: Do("450 4.2.1 busy, try later", drop=True)}
    async with relayed(monday, busy, {Smtp.DOT: DROP}) as (stage, server):
        dana, ravi, ingrid = [await stage.person(one) for one in ("dana", "ravi", "ingrid")]

        async def ravi_hears() -> str:
            text = (await ravi.asks("/followup update tomasz")).row("Tomasz").text
            assert "Nothing more was sent." in text
            return text.partition(" Nothing more was sent.")[0]

        await ingrid.asks("/followup pause letters")
        await dana.presses("Send update", "Tomasz")
        assert (await ravi_hears()) == "Dana Lee wrote this one at 09:30, and it is held."
        await ingrid.asks("/followup resume")
        await dana.moves_clock("2026-11-23T09:31:40")
        assert await ravi_hears() == (
            "Dana Lee wrote this one at 09:30; the mail server has not taken it yet, "
            "and the next try is Mon 23 Nov 09:32."
        )
        await dana.moves_clock("2026-11-24T08:00")
        assert await ravi_hears() == (
            "Dana Lee wrote this one on Mon 23 Nov at 09:30, and we cannot tell whether it went out."
        )
        assert len(server.accepted) == 1


async def test_a_letter_that_waits_over_the_weekend_is_not_called_sent(stage: Stage, dana: Person) -> None:
    ravi = await stage.person("ravi")
    await dana.moves_clock("2026-11-27T16:00")
    form = await dana.opens("Give feedback", "Tomasz", on=await dana.asks("/followup tomasz"))
    await dana.submits(form_of(await dana.fills(form, **A_NO)))
    await dana.moves_clock("2026-11-28T12:00")
    late = await ravi.asks("/followup update tomasz")
    assert late.row("Tomasz").text.startswith(
        "Dana Lee wrote this one on Fri 27 Nov at 16:00; it leaves on Mon 30 Nov 08:30 Warsaw time. "
        "Nothing more was sent."
    )
    assert await dana.mailbox() == []


async def test_a_click_on_somebody_who_has_withdrawn_says_so(stage: Stage, dana: Person) -> None:
    ravi = await stage.person("ravi")
    before = await dana.digest()
    close = await ravi.opens("Close for another reason", "Tomasz", on=await ravi.asks("/followup tomasz"))
    await ravi.submits(close, how="withdrew")
    late = await dana.presses("Send update", "Tomasz", on=before)
    assert "This one is closed: Tomasz withdrew. Nothing more was sent." in late.row("Tomasz").text
