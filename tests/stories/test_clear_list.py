"""Clear my list: everybody who is due is told with one look and one click, which can be taken back."""

from __future__ import annotations

import datetime as dt
import uuid

from bot import turns
from bot.loops import Loop
from bot.people import Candidate
from bot.uses.adding import new_loop
from bot.uses.desk import write
from storage.store import SqlStore
from tests.stories.conftest import Stage
from tests.stories.person import Person, SeenForm, SeenMessage, form_of

CHATS = ("page", "http", "teams")


async def more_are_due(stage: Stage, dana: Person, count: int) -> None:
    """So many more candidates were promised news by today."""

    def add(store: SqlStore, now: dt.datetime) -> None:
        me = store.member(dana.member)
        assert me is not None
        role = next(role for role in store.roles_of(me.id) if role.title == "Backend Engineer")
        for number in range(1, count + 1):
            who = Candidate(
                id=uuid.uuid4(),
                name=f"Person{number:02} Due",
                email=f"person{number:02}@example.net",
                zone=me.zone,
                country="US",
            )
            met, promised = dt.date(2026, 11, 16), dt.date(2026, 11, 23)
            store.add_loop(
                new_loop(who, role, me, now, met=met, promised=promised, stage="phone", assumed_days=5)
            )

    await stage.changes(add)


async def loop_of(stage: Stage, dana: Person, name: str) -> Loop:
    def find(store: SqlStore, _: dt.datetime) -> Loop:
        (found,) = (it for it in store.names(dana.member) if it.candidate.startswith(name))
        loop = store.loop(found.loop)
        assert loop is not None
        return loop

    return await stage.changes(find)


async def sends(person: Person, sheet: SeenForm) -> SeenMessage:
    """Both steps: what stands in the sheet is reviewed and sent."""
    return await confirms(person, form_of(await person.fills(sheet)))


async def confirms(person: Person, review: SeenForm) -> SeenMessage:
    """The second step; what is said of it beside the list, whose rows change as well."""
    await person.submits(review)
    return [m for m in await person.reads() if "Why am I asked?" not in m.buttons][-1]


def leaving(message: SeenMessage) -> list[str]:
    return [row.title.partition(" · ")[0] for row in message.rows if "Gets your update" in row.text]


async def test_fourteen_are_told_with_two_sheets_and_each_can_be_undone(stage: Stage, dana: Person) -> None:
    await more_are_due(stage, dana, 11)
    mine = await dana.asks("/followup")
    sheet = await dana.opens("Clear my list", on=mine)
    assert "10 candidates, one letter each" in sheet.text
    assert "4 more come in the next sheet." in sheet.text
    assert sum(name.startswith("what_") for name in sheet.fields) == 10
    review = form_of(await dana.fills(sheet))
    assert "step 2 of 2" in review.text
    sent = await confirms(dana, review)
    assert sent.heading.startswith("10 letters leave in ")
    first_ten = leaving(sent)
    assert len(first_ten) == 10
    second = await dana.opens("Next sheet: 4 more", on=sent)
    assert "4 candidates, one letter each" in second.text
    also = await sends(dana, second)
    assert also.heading.startswith("4 letters leave in ")
    assert len({*first_ten, *leaving(also)}) == 14
    undone = await dana.presses("Undo all 4", on=also)
    assert undone.heading == "Undone. Nothing was sent."
    await dana.moves_clock("+1h")
    letters = await dana.mailbox()
    assert len({letter.to for letter in letters}) == len(letters) == 10
    too_late = await dana.presses("Undo all 10", on=sent)
    assert too_late.text.count("Too late to undo") == 10
    assert len(await dana.mailbox()) == 10


async def test_urgent_rows_are_not_in_it_and_say_why(dana: Person) -> None:
    sheet = await dana.opens("Clear my list")
    assert "Not in it: Priya must answer another offer: call, or write from the row." in sheet.text
    for name in ("Tomasz Zieliński", "Zoë O'Hara", "Mei Lin"):
        assert name in sheet.text
    assert sum(name.startswith("what_") for name in sheet.fields) == 3


async def test_everything_in_a_line_can_be_changed_and_the_first_letter_is_shown_in_full(
    dana: Person,
) -> None:
    sheet = await dana.opens("Clear my list")
    assert (sheet.fields["to_1"], sheet.fields["date_1"]) == ("tomasz.zielinski@example.com", "2026-12-01")
    wrong = await dana.errs(sheet, to_1="tomasz", date_1="2026-11-28", date_2="")
    assert wrong["to_1"] == "This is not an email address. It looks like name@example.com."
    assert set(wrong) == {"to_1", "date_2"}
    own = await dana.errs(sheet, to_1="dana.lee@halden.example")
    assert own == {"to_1": "This is a colleague who works on the role. Whose address is it?"}
    assert "not a working day" in (await dana.errs(sheet, date_1="2026-11-28"))["date_1"]
    changed = {"to_1": "tz@example.org", "date_1": "2026-11-30", "reason_1": "panel", "what_3": "leave"}
    review = form_of(await dana.fills(sheet, **changed))
    assert "Tomasz Zieliński · tz@example.org · Mon 30 Nov · Waiting for the panel's feedback" in review.text
    assert "Nobody at these addresses has had a letter before." in review.text
    assert "Mei" not in review.text
    back = form_of(await dana.acts(review.buttons["Back"]))
    assert back.fields["to_1"] == "tz@example.org"
    assert back.fields["what_3"] == "leave"
    sent = await sends(dana, back)
    assert sent.heading.startswith("2 letters leave in ")
    await dana.moves_clock("+1h")
    letters = {letter.to: letter for letter in await dana.mailbox()}
    assert "30 November" in letters["tz@example.org"].body
    await dana.moves_clock("2026-11-30T09:30")
    again = await dana.opens("Clear my list", on=await dana.asks("/followup"))
    known = form_of(await dana.fills(again))
    assert "Tomasz Zieliński · tz@example.org" in known.text
    assert "Dear Tomasz" not in known.text


async def test_a_line_somebody_else_was_quicker_with_is_left_out_and_the_others_go(
    stage: Stage, dana: Person, ravi: Person
) -> None:
    sheet = await dana.opens("Clear my list")
    review = form_of(await dana.fills(sheet))
    await ravi.asks("/followup update tomasz")
    sent = await confirms(dana, review)
    assert sent.heading.startswith("2 letters leave in ")
    refused = sent.row("Tomasz")
    assert refused.text.startswith("Left out. Ravi Menon wrote this one at 09:3")
    assert "; it leaves in " in refused.text
    await dana.moves_clock("+1h")
    assert sorted(letter.to for letter in await dana.mailbox()) == [
        "mei.lin@example.com",
        "tomasz.zielinski@example.com",
        "zoe.o'hara@example.org",
    ]


async def test_no_decision_yet_is_not_said_where_somebody_has_accepted_the_offer(
    stage: Stage, dana: Person
) -> None:
    tomasz = await loop_of(stage, dana, "Tomasz")
    me = dana.member

    def accepted(store: SqlStore, now: dt.datetime) -> None:
        by = store.member(me)
        assert by is not None
        write(store, now, turns.hurry(tomasz, by, now))

    await stage.changes(accepted)
    sheet = await dana.opens("Clear my list", on=await dana.asks("/followup"))
    assert sheet.fields.get("reason_1", "") == ""
    unpicked = await dana.errs(sheet)
    assert unpicked["reason_1"].startswith("Somebody has accepted the offer for this role")
    assert set(await dana.errs(sheet, reason_1="no_decision")) == {"reason_1"}
    review = form_of(await dana.fills(sheet, reason_1="final_steps"))
    assert "The final steps take longer" in review.text


async def test_a_second_letter_today_is_asked_about_in_the_row_and_not_sent_by_a_sheet(
    dana: Person,
) -> None:
    await dana.presses("Send update", "Tomasz")
    await dana.moves_clock("+1h")
    sheet = await dana.opens("Clear my list")
    assert "Tomasz Zieliński" not in sheet.text


async def test_a_third_letter_in_a_row_is_the_recruiters_and_not_a_sheets(dana: Person) -> None:
    for day in ("2026-12-01T09:30", "2026-12-08T09:30"):
        await dana.asks("/followup update tomasz")
        await dana.moves_clock(day)
    sheet = await dana.opens("Clear my list", on=await dana.asks("/followup"))
    assert "Tomasz Zieliński" not in sheet.text
    assert "third letter to Tomasz in a row that only moves the date, and only Ravi can send it" in sheet.text


async def test_two_tabs_send_each_letter_once(stage: Stage, dana: Person) -> None:
    one = form_of(await dana.fills(await dana.opens("Clear my list")))
    two = form_of(await dana.fills(await dana.opens("Clear my list")))
    first = await confirms(dana, one)
    assert first.heading.startswith("3 letters leave in ")
    second = await confirms(dana, two)
    assert second.heading == "Nothing was sent"
    assert "Your letter to Tomasz is on its way already." in second.row("Tomasz").text
    again = await confirms(dana, one)
    assert again.heading.startswith("3 letters leave in ")
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 3


async def test_what_a_pause_holds_is_not_said_to_leave(stage: Stage, dana: Person) -> None:
    ingrid = await stage.person("ingrid")
    one = form_of(await dana.fills(await dana.opens("Clear my list")))
    two = form_of(await dana.fills(await dana.opens("Clear my list")))
    await ingrid.asks("/followup pause letters")
    held = await confirms(dana, one)
    assert held.heading == "3 letters are held"
    assert "Ingrid Sørensen has paused letters." in held.row("Tomasz").text
    assert "If you do nothing, they leave when that is lifted, not before." in held.text
    late = await confirms(dana, two)
    assert "Your letter to Tomasz is held. Ingrid Sørensen has paused letters." in late.row("Tomasz").text
    assert "on its way" not in late.text
    ravi = await stage.person("ravi")
    third = await ravi.asks("/followup update tomasz")
    assert "Dana Lee wrote this one at 09:3" in third.text
    assert "and it is held. Nothing more was sent." in third.text


async def test_undo_says_which_had_left_already(dana: Person) -> None:
    sheet = await dana.opens("Clear my list")
    sent = await sends(dana, sheet)
    await dana.presses("Undo", "Tomasz", on=await dana.asks("/followup tomasz"))
    await dana.moves_clock("+1h")
    late = await dana.presses("Undo all 3", on=sent)
    assert late.text.count("Too late to undo") == 2
    assert "Undone. Nothing was sent." in late.row("Tomasz").text
    assert "Told Mon 23 Nov 09:3" in late.row("Mei").text


async def test_who_goes_away_tells_everybody_whose_date_falls_into_it(dana: Person) -> None:
    said = await dana.asks("/followup away until 6 dec")
    assert "3 promises are late, 7 fall due until Sun 6 Dec. Update them before you go:" in said.text
    sheet = await dana.opens("Update all 9 now", on=said)
    assert "9 candidates, one letter each" in sheet.text
    assert "Not in it: Priya must answer another offer: call, or write from the row." in sheet.text
    dates = {sheet.fields[f"date_{number}"] for number in range(1, 10)}
    assert min(dates) == "2026-12-07", "she is not back before Monday 7 December"
    sent = await sends(dana, sheet)
    assert sent.heading.startswith("9 letters leave in ")
    again = await dana.asks("/followup away until 6 dec")
    assert not [label for label in again.buttons if label.startswith("Update all")]
    await dana.moves_clock("+1h")
    assert len(await dana.mailbox()) == 9


async def test_before_an_absence_a_sheet_is_offered_for_two_and_not_for_one(dana: Person) -> None:
    await dana.asks("/followup update tomasz")
    two = await dana.asks("/followup away until 24 nov")
    sheet = await dana.opens("Update both now", on=two)
    assert "2 candidates, one letter each" in sheet.text
    await dana.asks("/followup update mei")
    one = await dana.asks("/followup away until 24 nov")
    assert "Update" not in " ".join(one.buttons)


async def test_it_is_typed_as_well_and_says_when_there_is_nobody(stage: Stage, dana: Person) -> None:
    form = form_of(await dana.types("/followup clear"))
    assert "step 1 of 2" in form.text
    yuki = await stage.person("claire")
    for name in ("Rafael", "Daniel", "Siobhán", "François"):
        await yuki.asks(f"/followup update {name}")
    said = await yuki.asks("/followup clear")
    assert "Nobody on your list can be told with a sheet just now." in said.text
