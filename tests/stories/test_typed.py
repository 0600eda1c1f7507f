"""`/followup …`: what people type, rightly and wrongly, and what comes of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from storage.store import SqlStore
from tests.stories.conftest import Stage
from tests.stories.person import Person, SeenMessage, form_of

CHATS = ("page", "http", "teams")


def names(seen: SeenMessage) -> list[str]:
    return [row.name for row in seen.rows]


# -- list, and finding somebody ------------------------------------------------------------------------------


async def test_the_list_is_the_default_and_more_than_ten_are_paged(dana: Person) -> None:
    listed = await dana.asks("/followup")
    assert listed.heading == "You owe 11 people news, 3 past your promised date."
    assert len(listed.rows) == 10
    assert names(listed)[:2] == ["Priya Natarajan", "Tomasz Zieliński"]
    assert "Page 1 of 2, 11 candidates in all." in listed.text
    second = await dana.presses("Next 1", on=listed)
    assert names(second) == ["Jonas Bergström"]
    back = await dana.presses("Previous 10", on=second)
    assert names(back) == names(listed)
    assert names(await dana.asks("/followup list")) == names(listed)


async def test_a_click_on_the_second_page_answers_with_the_second_page(dana: Person) -> None:
    second = await dana.presses("Next 1", on=await dana.asks("/followup"))
    answer = await dana.presses("Send update", "Jonas", on=second)
    assert names(answer) == ["Jonas Bergström"]
    assert answer.rows[0].text.startswith("The agency gets your update in")


async def test_a_name_is_found_whatever_its_case_accents_and_typos(dana: Person) -> None:
    for typed, name in (
        ("tomasz", "Tomasz Zieliński"),
        ("ZIELINSKI", "Tomasz Zieliński"),
        ("lukasz wojcik", "Łukasz Wójcik"),
        ("thu ha", "Thu Hà Nguyễn"),
        ("pirya", "Priya Natarajan"),
        ("o'hara", "Zoë O'Hara"),
        ("adeyemi samuel", "Samuel Adeyemi"),
    ):
        assert names(await dana.asks(f"/followup {typed}")) == [name], typed


async def test_two_people_match_so_one_is_chosen(dana: Person) -> None:
    asked = await dana.asks("/followup zoe")
    assert "2 people match. Which one?" in asked.text
    assert set(asked.buttons) == {"Zoë O'Hara (Welder)", "Zoe Park (Analyst)"}
    assert names(await dana.presses("Zoe Park", on=asked)) == ["Zoe Park"]
    which = await dana.asks("/followup update zoe")
    sent = await dana.presses("Zoë O'Hara", on=which)
    assert sent.row("Zoë").text.startswith("Zoë gets your update in")
    assert len((await dana.asks("/followup feedback zoe")).buttons) == 2


# -- promise NAME DATE ---------------------------------------------------------------------------------------


async def test_the_next_letter_names_the_date_and_until_then_the_old_promise_stands(dana: Person) -> None:
    said = await dana.asks("/followup promise tomasz fri 27 nov")
    assert (
        "The next letter to Tomasz will name Fri 27 Nov. "
        "Until it is sent, Tomasz still expects news by Fri 20 Nov." in said.text
    )
    row = said.row("Tomasz")
    assert "Promised news by Fri 20 Nov: 1 working day late." in row.text
    sent = await dana.presses("Send update", "Tomasz", on=said)
    assert "New date: Fri 27 Nov." in sent.text
    await dana.moves_clock("+1h")
    [letter] = await dana.mailbox()
    assert "Friday 27 November" in letter.subject
    told = await dana.asks("/followup tomasz")
    assert "Next date: Fri 27 Nov." in told.text
    assert "will name" not in told.text


async def test_a_date_is_understood_however_it_is_written(dana: Person) -> None:
    for typed, day in (
        ("30.11.", "Mon 30 Nov"),
        ("in 4 days", "Fri 27 Nov"),
        ("tomorrow", "Tue 24 Nov"),
        ("2026-12-02", "Wed 2 Dec"),
        ("by dec 3rd", "Thu 3 Dec"),
        ("4. dezember", "Fri 4 Dec"),
        ("freitag", "Fri 27 Nov"),
        ("in 3 working days", "Fri 27 Nov"),
    ):
        said = await dana.asks(f"/followup promise tomasz {typed}")
        assert f"The next letter to Tomasz will name {day}." in said.text, typed


async def test_a_date_that_can_be_read_in_two_ways_is_asked_back(dana: Person) -> None:
    asked = await dana.asks("/followup promise tomasz 1/12")
    assert "Tue 1 Dec?" in asked.text
    assert list(asked.buttons) == ["Yes", "Other date"]
    said = await dana.presses("Yes", on=asked)
    assert "will name Tue 1 Dec." in said.text

    friday = await dana.asks("/followup promise tomasz next friday")
    assert "Fri 27 Nov or Fri 4 Dec?" in friday.text
    assert list(friday.buttons) == ["Fri 27 Nov", "Fri 4 Dec"]
    said = await dana.presses("Fri 4 Dec", on=friday)
    assert "will name Fri 4 Dec." in said.text


async def test_next_week_is_asked_back_and_the_date_may_come_first(dana: Person) -> None:
    week = await dana.asks("/followup promise tomasz next week")
    assert "Mon 30 Nov, Tue 1 Dec, Wed 2 Dec, Thu 3 Dec or Fri 4 Dec?" in week.text
    assert "will name Wed 2 Dec." in (await dana.presses("Wed 2 Dec", on=week)).text
    assert "will name Fri 27 Nov." in (await dana.asks("/followup promise fri 27 nov tomasz")).text
    which = await dana.asks("/followup promise zoe next week")
    asked = await dana.presses("Zoe Park", on=which)
    assert list(asked.buttons) == ["Mon 30 Nov", "Tue 1 Dec", "Wed 2 Dec", "Thu 3 Dec", "Fri 4 Dec"]


async def test_a_date_that_helps_nobody_is_refused_with_the_reason(dana: Person) -> None:
    for typed, why in (
        ("28.11.", "Sat 28 Nov is not a working day where Tomasz is."),
        ("in 3 days", "Thu 26 Nov is Thanksgiving Day where Dana is."),
        ("20 nov 2026", "Fri 20 Nov is not in the future."),
        ("20 jan", "Wed 20 Jan is more than 10 working days away."),
        ("29.2.", "Tue 29 Feb 2028 is more than two months away."),
        ("31 nov", "There is no 31 November: November has 30 days."),
        ("soon", 'I could not read a date in "tomasz soon". Write a date such as'),
        ("fri 27 nvo", "Did you mean fri 27 nov?"),
    ):
        said = await dana.asks(f"/followup promise tomasz {typed}")
        assert dana.told(why) in said.text, typed
    assert "will name" not in (await dana.asks("/followup tomasz")).text


async def test_no_date_after_another_offers_deadline(dana: Person) -> None:
    said = await dana.asks("/followup promise priya fri 27 nov")
    assert "Priya must answer another offer by Tue 24 Nov: a date after that is of no use." in said.text
    assert list(said.buttons) == ["Call today", "Hand to Ravi"]
    call = await dana.opens("Call today", on=said)
    assert call.title == "Call Priya today"
    handed = await dana.presses("Hand to Ravi", on=said)
    assert "Ravi has Priya from now on" in handed.text


async def test_several_match_a_promise_and_the_chosen_one_keeps_the_date(dana: Person) -> None:
    asked = await dana.asks("/followup promise zoe fri 27 nov")
    said = await dana.presses("Zoe Park", on=asked)
    assert "The next letter to Zoe will name Fri 27 Nov." in said.text
    again = await dana.asks("/followup promise zoe 1/12")
    assert "Tue 1 Dec?" in (await dana.presses("Zoe Park", on=again)).text


async def test_the_real_date_replaces_one_that_was_only_assumed(dana: Person) -> None:
    before = await dana.asks("/followup samuel")
    assert "No date was promised" in before.text
    said = await dana.asks("/followup promise samuel fri 27 nov")
    assert "Noted: Samuel was promised news by Fri 27 Nov." in said.text
    assert "Promised news by Fri 27 Nov." in said.row("Samuel").text


# -- update, feedback, told, snooze --------------------------------------------------------------------------


async def test_update_and_feedback_do_what_the_buttons_do(dana: Person) -> None:
    sent = await dana.asks("/followup update tomasz")
    assert sent.row("Tomasz").text.startswith("Tomasz gets your update in")
    form = form_of(await dana.types("/followup feedback mei"))
    assert form.title == "Feedback for Mei · Data Analyst"
    assert dana.told("About whom? /followup update NAME") in (await dana.asks("/followup update")).text
    nobody = await dana.asks("/followup update rumpelstiltskin")
    assert 'I know nobody called "rumpelstiltskin" who waits for you.' in nobody.text


async def test_a_call_is_told_with_a_date_or_as_the_end(dana: Person) -> None:
    form = form_of(await dana.types("/followup told tomasz"))
    assert form.title == "You called Tomasz"
    assert await dana.errs(form) == {"date": "Choose a day."}
    assert "Thanksgiving Day" in (await dana.errs(form, date="2026-11-26"))["date"]
    told = await dana.submits(form, date="2026-12-02")
    assert told.row("Tomasz").text.startswith("Told Mon 23 Nov 09:3")
    assert "Next date: Wed 2 Dec." in told.text

    form = form_of(await dana.types("/followup told mei"))
    ended = await dana.submits(form, outcome="no")
    assert "Mei was told by phone." in ended.text
    assert "Mei was told by phone." in (await dana.asks("/followup mei")).row("Mei").text
    await dana.moves_clock("+1h")
    assert await dana.mailbox() == []
    assert (await dana.digest()).heading == "2 candidates are waiting past your promised date"


async def test_snooze_keeps_one_morning_quiet_and_moves_no_promise(dana: Person) -> None:
    await dana.moves_clock("2026-11-24T08:00")
    said = await dana.asks("/followup snooze tomasz")
    assert "You hear nothing about Tomasz until Wed 25 Nov 09:30. No date has moved." in said.text
    await dana.moves_clock("2026-11-24T10:00")
    tuesday = await dana.digest()
    assert "Zoë" in tuesday.text
    assert "Tomasz" not in tuesday.text
    await dana.moves_clock("2026-11-25T10:00")
    wednesday = await dana.digest()
    assert "Promised news by Fri 20 Nov: 3 working days late." in wednesday.row("Tomasz").text


# -- hand over -----------------------------------------------------------------------------------------------


async def test_one_candidate_is_handed_over(stage: Stage, dana: Person) -> None:
    sam = await stage.person("sam")
    said = await dana.asks("/followup hand over mei to @sam")
    assert "Sam has Mei from now on, and sees it in the next list." in said.text
    assert "Mei Lin" in (await sam.asks("/followup mei")).text
    assert (await dana.asks("/followup")).heading == "You owe 10 people news, 3 past your promised date."


async def test_what_cannot_be_handed_over_says_why(dana: Person) -> None:
    for typed, why in (
        ("mei", "Whom, and to whom? /followup hand over NAME or ROLE to MEMBER"),
        ("mei to rumpelstiltskin", "I know nobody called rumpelstiltskin. Try the work email."),
        ("mei to dana", "Dana has this one already."),
        ("rumpelstiltskin to sam", 'I know no candidate and no role of yours called "rumpelstiltskin".'),
    ):
        said = await dana.asks(f"/followup hand over {typed}")
        assert dana.told(why) in said.text, typed


async def test_several_match_a_hand_over_and_the_choice_remembers_to_whom(dana: Person) -> None:
    asked = await dana.asks("/followup hand over zoe to sam")
    said = await dana.presses("Zoe Park", on=asked)
    assert "Sam has Zoe from now on" in said.text


async def test_a_whole_role_is_handed_over(stage: Stage, dana: Person) -> None:
    sam = await stage.person("sam")
    form = form_of(await dana.types("/followup hand over data analyst to sam"))
    assert "Sam Okafor answers for Data Analyst from then on instead of Dana Lee" in form.text
    assert "Mei Lin" not in (await sam.asks("/followup")).text, "nothing happens before it is confirmed"
    said = await dana.submits(form)
    assert "Sam answers for Data Analyst from now on, with 2 candidates who wait." in said.text
    assert "Mei Lin" in (await sam.asks("/followup mei")).text
    assert "Aoife" in (await sam.asks("/followup aoife")).text
    assert (await dana.asks("/followup")).heading == "You owe 9 people news, 3 past your promised date."


# -- add -----------------------------------------------------------------------------------------------------


async def test_the_name_that_was_typed_stands_in_the_form(dana: Person) -> None:
    form = form_of(await dana.types("/followup add Nadia Haddad"))
    assert form.fields["name"] == "Nadia Haddad"


async def test_a_candidate_is_added_and_comes_with_the_next_list(dana: Person) -> None:
    form = form_of(await dana.types("/followup add"))
    wrong = await dana.errs(form, email="nadia at example", zone="Warsaw", interviewed="2026-11-24")
    assert set(wrong) == {"name", "email", "role", "zone", "interviewed"}
    assert wrong["email"] == "This is not an email address. It looks like name@example.com."
    good = {"name": "Nadia Haddad", "email": "nadia@example.com", "role": "backend engineer", "zone": ""}
    early = await dana.errs(form, **good, interviewed="2026-11-20", promised="2026-11-19")
    assert early == {"promised": "This is before the interview. Write the date that was said there."}
    assert "nobody of that name" in (await dana.asks("/followup nadia")).text

    added = await dana.submits(form, **good, interviewed="2026-11-20", promised="2026-11-24")
    assert "Nadia is on your list." in added.text
    assert added.row("Nadia").title.endswith("Nadia Haddad · Backend Engineer · interview Fri 20 Nov")
    twice = await dana.errs(form, **good, interviewed="2026-11-20", promised="2026-11-24")
    assert twice == {"email": dana.told("This person is waiting for this role already: /followup list.")}
    await dana.moves_clock("next-0930")
    assert "Promised news by Tue 24 Nov: due today." in (await dana.digest()).row("Nadia").text


async def test_of_two_roles_with_one_title_the_manager_says_which(stage: Stage, ravi: Person) -> None:
    claire = await stage.person("claire")

    def another_welder(store: SqlStore, _: dt.datetime) -> None:
        [welder] = store.roles_titled("Welder")
        manager = store.member(claire.member)
        assert manager is not None
        store.add_role(dataclasses.replace(welder, id=uuid.uuid4(), manager=manager))

    await stage.changes(another_welder)
    form = form_of(await ravi.types("/followup add"))
    assert "Field Service Engineer, Firmware Engineer and 4 more." in form.text, "not all of them stand there"
    both = ("Welder (Claire Tremblay)", "Welder (Dana Lee)")
    filled = {"name": "Nadia Haddad", "email": "nadia@example.net", "interviewed": "2026-11-20"}
    which = (await ravi.errs(form, **filled, role="Welder"))["role"]
    assert which.startswith("Several roles have this title.")
    assert all(one in which for one in both)
    await ravi.submits(form, **filled, role="welder (claire tremblay)")
    assert "Nadia" in (await claire.asks("/followup nadia")).text
    dana = await stage.person("dana")
    assert "nobody of that name waits for you" in (await dana.asks("/followup nadia")).text


async def test_who_adds_a_candidate_chooses_the_language_of_the_letters(dana: Person) -> None:
    form = form_of(await dana.types("/followup add"))
    assert form.fields["language"] == "en", "her own profile says nothing else"
    nadia = {
        "name": "Nadia Haddad", "email": "nadia@example.com", "role": "Data Analyst",
        "interviewed": "2026-11-20",
    }  # fmt: skip
    added = await dana.submits(form, **nadia, language="de")
    await dana.presses("Send update", "Nadia", on=added)
    await dana.moves_clock("+1h")
    [letter] = [it for it in await dana.mailbox() if it.to == "nadia@example.com"]
    assert letter.body.startswith("Guten Tag Nadia Haddad,")


# -- here, settings, help ------------------------------------------------------------------------------------


async def test_here_binds_the_channel_it_is_typed_in(stage: Stage, dana: Person) -> None:
    private = await dana.asks("/followup here")
    assert dana.told("Type /followup here in the team's channel") in private.text

    said = await stage.types_in_channel(dana, "/followup here")
    assert said.startswith("This channel gets the weekly summary for ")
    assert ": counts only, no names. Every Friday at 15:00, New York time" in said
    assert "fewer than 3 hiring managers" in said
    assert "So far it is 1: add the others' roles too." in said
    assert dana.told("/followup here off ends it.") in said
    bound = await stage.changes(
        lambda store, _: {r.title for r in store.roles_of(dana.member) if r.channel == stage.channel}
    )
    assert bound == {"Backend Engineer", "Welder", "Data Analyst", "Analyst"}


async def test_settings_change_nothing_while_one_is_wrong_and_move_the_list_once_right(dana: Person) -> None:
    form = form_of(await dana.types("/followup settings"))
    assert "feedback" not in form.fields, "that is an admin's to decide"
    wrong = await dana.errs(form, zone="New York", country="USA", digest_at="7 am")
    assert wrong == {
        "zone": "I know no such time zone. It looks like Europe/London or America/New_York.",
        "country": "I know no such country. It is two letters, as in GB or US.",
        "digest_at": "Choose a time between 09:00 and 17:29, written as 09:30.",
    }
    assert form_of(await dana.types("/followup settings")).fields == form.fields
    saved = await dana.submits(form, digest_at="11:00", dates="day")
    assert "Saved." in saved.text
    assert "will name Tue 1 Dec." in (await dana.asks("/followup promise tomasz 1/12")).text
    before = await dana.digest()
    await dana.moves_clock("2026-11-24T10:55")
    assert (await dana.digest()).id == before.id
    await dana.moves_clock("2026-11-24T11:01")
    assert (await dana.digest()).id != before.id


async def test_help_shows_every_command(dana: Person) -> None:
    shown = await dana.asks("/followup help")
    everything = " ".join(row.title for row in shown.rows)
    for word in [
        "add",
        "promise",
        "update",
        "feedback",
        "told",
        "snooze",
        "hand",
        "away",
        "back",
        "here",
        "settings",
        "pause",
        "resume",
    ]:
        assert word in everything + shown.text, word


# -- wrong input ---------------------------------------------------------------------------------------------


async def test_a_mistyped_command_is_proposed_and_yes_does_it(dana: Person) -> None:
    asked = await dana.asks("/followup updaet tomasz")
    assert dana.told('I know no "updaet". Did you mean /followup update tomasz ?') in asked.text
    assert list(asked.buttons) == ["Yes"]
    sent = await dana.presses("Yes", on=asked)
    assert sent.row("Tomasz").text.startswith("Tomasz gets your update in")
    for typed, proposed in (
        ("hlep", "/followup help"),
        ("snoze mei", "/followup snooze mei"),
        ("promis mei fri 27 nov", "/followup promise mei fri 27 nov"),
        ("setings", "/followup settings"),
    ):
        assert dana.told(f"Did you mean {proposed} ?") in (await dana.asks(f"/followup {typed}")).text


async def test_a_proposal_asks_at_once_what_is_left_open(dana: Person) -> None:
    which = await dana.asks("/followup updaet zoe")
    assert dana.told("Did you mean /followup update zoe ? 2 people match. Which one?") in which.text
    sent = await dana.presses("Zoe Park", on=which)
    assert sent.row("Zoe").text.startswith("Zoe gets your update in")
    promise = await dana.asks("/followup promisse tomasz 1.12.")
    assert dana.told("Did you mean /followup promise tomasz 1.12. ?") in promise.text
    assert "will name Tue 1 Dec." in (await dana.presses("Yes", on=promise)).text
    tell = await dana.asks("/followup tell tomasz")
    assert dana.told("Did you mean /followup told tomasz ?") in tell.text
    assert (await dana.opens("Yes", on=tell)).title == "You called Tomasz"


async def test_nonsense_is_answered_with_the_way_to_help(dana: Person) -> None:
    said = await dana.asks("/followup xyzzy plugh")
    assert 'I know no command "xyzzy plugh", and nobody of that name waits for you.' in said.text
    assert dana.told("/followup help shows") in said.text


async def test_what_has_no_command_is_done_in_the_row_of_whoever_was_named(dana: Person) -> None:
    for word in ("close", "undo", "withdrew"):
        said = await dana.asks(f"/followup {word} tomasz")
        assert f'I know no "{word}". All that can be done is here.' in said.text
        assert "Close for another reason …" in said.row("Tomasz").menu


async def test_hostile_text_is_only_text(dana: Person) -> None:
    for text in (
        "<script>alert(1)</script>",
        "promise <img src=x onerror=alert(1)> fri 27 nov",
        "🦄🦄🦄",
        "\u202egnp.exe\u202c \u2066x\u2069",
        "'; DROP TABLE loops; --",
        "hand over \0 to \u202e",
        "update " + "ы" * 1900,
    ):
        said = await dana.asks(f"/followup {text}")
        answers = ("/followup help shows", "/followup promise", "/followup hand over", "I know nobody")
        assert any(dana.told(answer) in said.text for answer in answers), text
    assert (await dana.asks("/followup")).heading == "You owe 11 people news, 3 past your promised date."


async def test_five_thousand_characters_are_refused_with_a_sentence(dana: Person) -> None:
    assert await dana.is_refused("/followup " + "x" * 5000) == "That is longer than 2000 characters."
    form = form_of(await dana.types("/followup add"))
    wrong = await dana.errs(form, name="x" * 5000, email="x@example.com", role="y" * 5000)
    assert set(wrong) == {"name", "role"}


async def test_a_hostile_name_stays_a_name(dana: Person) -> None:
    form = form_of(await dana.types("/followup add"))
    name = "<script>alert('Éva')</script> 🦄"
    added = await dana.submits(form, name=name, email="eva@example.com", role="Welder")
    assert added.rows[0].name == name
    assert added.rows[0].title.endswith(f"{name} · Welder · interview Mon 23 Nov")
