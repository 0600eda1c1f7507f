"""What a sceptic asks of a bot in Slack: who may do what, what others could read, and names that bite."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import re

import pytest
import sqlalchemy as sa
import structlog
from structlog.testing import capture_logs

from adapters.slack.tokens import decode
from storage.store import SqlStore
from tests.slack_counterpart import SlackPerson
from tests.slack_counterpart.elements import Clickable, parts, values_of
from tests.slack_counterpart.teams import Json
from tests.stories.person import form_of, message_of
from tests.stories.slack_stage import SlackStage, mislay_the_audit

CHATS = ("http",)

FEEDBACK = {
    "decision": "not_going_on",
    "criterion": "0",
    "observation": "Asked what happens when a region fails, you left out the orders still in flight",
    "suggestion": "Follow one failure to its end: what is lost, who notices, and how it comes back",
}


def drawn(stage: SlackStage) -> list[Json]:
    """Everything the bot has ever shown: messages with their metadata, modals, Home tabs."""
    memory = stage.slack.memory
    said = [content for message in memory.messages.values() for content in message.contents]
    messages: list[Json] = [{"blocks": content.blocks, "metadata": content.metadata} for content in said]
    return [*messages, *({**view.content, "was": view.history} for view in memory.views.values())]


def names_and_addresses(stage: SlackStage) -> set[str]:
    """Of all candidates and members: whole names, the longer words of them, and email addresses."""
    with stage.running.transactions.database.reading() as conn:
        people = conn.execute(
            sa.text("SELECT name, email FROM candidates UNION SELECT name, email FROM members")
        )
        found = {text for row in people for text in row}
    return found | {word for name in found for word in name.split() if len(word) > 3}


async def everything(stage: SlackStage, dana: SlackPerson, ravi: SlackPerson) -> None:
    """A bit of each: lists, Home, forms and their errors, a preview, commands, an absence, a refusal."""
    await dana.home()
    preview = form_of(await dana.fills(await dana.opens("Give feedback", "Tomasz"), **FEEDBACK))
    form = form_of(await dana.acts(preview.buttons["Back"]))
    await dana.fills(form, decision="not_going_on", criterion="", observation="", suggestion="")
    await dana.errs(await dana.opens("Hand over", "Mei"), to="nobody at all")
    await dana.asks("/followup away until 4 dec delegate claire")
    await dana.asks("/followup")
    await dana.asks("/followup zoe")
    await dana.asks("/followup updte tomasz")
    await dana.asks("tomasz zielinski")
    await dana.opens("Add a candidate", on=await dana.home())
    await ravi.asks("/followup update tomasz")
    await dana.presses("Why am I asked?")
    await stage.slack.app.shortcut(dana.user, "log_follow_up")
    await dana.moves_clock("+1h")


# -- what others could read -------------------------------------------------------------------------------


async def test_nothing_personal_stands_where_apps_and_admins_could_read_it(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    """Values of buttons, names of blocks and actions, and what a modal remembers hold ids alone."""
    await everything(stage, dana, ravi)
    hidden = ("value", "action_id", "block_id", "callback_id", "external_id", "private_metadata", "metadata")
    found = [(key, part[key]) for part in parts(drawn(stage)) for key in hidden if part.get(key)]
    assert {key for key, _ in found} == {"value", "action_id", "block_id", "callback_id", "private_metadata"}
    people = names_and_addresses(stage)
    assert "tomasz.zielinski@example.com" in people
    assert "Zieliński" in people
    for text in {decode(str(value)) for _, value in found}:
        assert "@" not in text
        assert not [it for it in people if it in text], text


async def test_the_log_names_nobody_whatever_goes_wrong(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with capture_logs([structlog.processors.format_exc_info]) as logged:
        await everything(stage, dana, ravi)
        for method in ("chat.update", "views.open", "response_url", "views.publish"):
            stage.slack.faults.fail(method, status=500)
            stage.slack.faults.fail(method, error="invalid_blocks")
        await dana.presses("Send update", "Zoë")
        await stage.slack.app.command(dana.user, "told mei lin")
        await stage.slack.app.command(ravi.user, "update zoe park")
        await dana.moves_clock("+1h")
        mislay_the_audit(stage)
        failed = message_of(await dana.types("/followup update mei lin"))
        await stage.slack.replay(-1, secret="not ours")
    assert "Something went wrong on our side; nothing was sent." in failed.text
    lines = [json.dumps(line, ensure_ascii=False, default=str) for line in logged] + caplog.messages
    assert any("Traceback" in line for line in lines)
    text = "\n".join([*lines, caplog.text])
    assert not [it for it in names_and_addresses(stage) if it in text]
    assert "@" not in text


# -- names that bite --------------------------------------------------------------------------------------

HOSTILE = {
    "Priya": "<!channel> <!here|here> <!everyone>",
    "Tomasz": "<@U1> <#C1|general> *bold* _it_ ~no~ `code`",
    "Zoë": "<https://evil.example|Your payslip> &amp; &lt;!channel&gt;",
    "Mei": "\u202egnihtoN\u202c\u200b :rocket: \u2066\r\n> quote",
    "Zoe": "A" * 290 + " The End",
    "Łukasz": "🦄" * 150,
}
UNSEEN = "\u202e\u202c\u2066\u200b\r"


async def test_no_name_pings_anybody_and_none_is_lost(
    stage: SlackStage, dana: SlackPerson, ravi: SlackPerson
) -> None:
    def rename(store: SqlStore, _: dt.datetime) -> None:
        for it in store.names(dana.member):
            loop = store.loop(it.loop)
            new = HOSTILE.get(it.candidate.split()[0])
            if loop is not None and new is not None:
                store.save_candidate(dataclasses.replace(loop.candidate, name=new))
        recruiter = store.member(ravi.member)
        assert recruiter is not None
        store.save_member(dataclasses.replace(recruiter, name="<!channel> *Ravi*"))

    before = await dana.asks("/followup")
    await stage.changes(rename)
    sent = await dana.presses("Send update", "Tomasz")
    home, mine = await dana.home(), await dana.asks("/followup")
    for seen in (home, mine):
        assert [row.name for row in seen.rows[:3]] == [HOSTILE[it] for it in ("Priya", "Tomasz", "Zoë")]
        assert seen.row("gnihtoN").name == "gnihtoN :rocket: > quote"
        assert seen.row("A" * 290).name.startswith(HOSTILE["Zoe"])
        assert "🦄" * 100 in seen.text
        assert [len(row.buttons) for row in seen.rows if row.name != HOSTILE["Tomasz"]] == [
            len(row.buttons) for row in before.rows if not row.name.startswith("Tomasz")
        ]
    assert sent.row("<@U1>").text.startswith("<@U1> gets your update in")
    assert "Hand to <!channel>" in mine.row("<!channel>").buttons
    title = (await dana.opens("Call today", "<!channel>", on=mine)).title
    assert title == "Call <!channel> today"
    assert "<!channel> wrote" in (await dana.opens("Candidate wrote", "<!channel>", on=home)).text
    assert HOSTILE["Zoë"] in (await dana.asks("payslip")).text
    assert 'I know no command "<!subteam> <@U2>"' in (await dana.asks("&lt;!subteam&gt; &lt;@U2&gt;")).text
    await stage.slack.app.shortcut(dana.user, "log_follow_up")
    await stage.settled()

    shown = drawn(stage)
    for text in [part["text"] for part in parts(shown) if isinstance(part.get("text"), str)]:
        assert not re.search(r"<([!@#]|\w+:)", text), "Slack would read this as a mention or a link"
        assert not set(text) & set(UNSEEN)
    kinds = {str(part.get("type")) for part in parts(shown) if "text" in part or "elements" in part}
    assert kinds <= {"plain_text", "text", "section", "header", "context", "actions", "button", "rich_text",
                     "rich_text_section", "rich_text_quote", "None"}  # fmt: skip
    for message in stage.slack.seen_by(dana.user):
        assert "<" not in message.text
    for call in stage.slack.called("chat.postMessage"):
        assert (call.arguments["mrkdwn"], call.arguments["parse"], call.arguments["link_names"]) == (
            False, "none", False,
        )  # fmt: skip


# -- who may ----------------------------------------------------------------------------------------------


def rows_of(stage: SlackStage) -> list[object]:
    """All of candidates, promises, letters and drafts that a click could change."""
    with stage.running.transactions.database.reading() as conn:
        return [
            [{key: row[key] for key in set(row.keys()) - {"look_at"}} for row in found]
            for table in ("loops", "promises", "letters", "drafts", "roles")
            for found in [conn.execute(sa.text(f"SELECT * FROM {table} ORDER BY id")).mappings()]  # noqa: S608
        ]


async def clicks_on(stage: SlackStage, person: SlackPerson, value: str) -> None:
    """On the newest thing the bot said to this person, a button as it never stood there."""
    message = stage.slack.seen_by(person.user)[-1]
    element = {"type": "button", "action_id": "do.1", "value": value}
    await stage.slack.app.click(person.user, message, Clickable("do.r1.1", element))


async def test_whoever_is_forwarded_a_button_can_neither_use_it_nor_learn_from_it(
    stage: SlackStage, dana: SlackPerson
) -> None:
    katrin = await stage.person("katrin")
    digest = await dana.digest()
    buttons = [a for row in digest.rows for a in [*row.buttons.values(), *row.menu.values()]]
    before, said = rows_of(stage), {m.ts for m in stage.slack.seen_by(katrin.user)}
    mine = {message.ts: len(message.contents) for message in stage.slack.seen_by(dana.user)}
    for button in buttons:
        await clicks_on(stage, katrin, button)
    await stage.settled()
    assert rows_of(stage) == before
    told = [message for message in await katrin.reads() if message.id not in said]
    assert len(told) == len(buttons) > 60
    assert {message.text for message in told} == {
        "This is not yours to see. Ask the recruiter of the role if you think it should be."
    }
    assert katrin.form() is None
    assert mine == {message.ts: len(message.contents) for message in stage.slack.seen_by(dana.user)}


async def test_a_made_up_button_changes_nothing(stage: SlackStage, dana: SlackPerson) -> None:
    real = decode((await dana.digest()).row("Tomasz").buttons["Send update"])
    before = rows_of(stage)
    for value in (
        "", "send", ".....", "x" * 2000, "\x00", "🦄", "send...one.0.", "send...list.-1.", real.upper(),
        real[:-30], real.replace("send.", "rm -rf."), real.replace("send.", "feedback_ok."),
        real.replace("send.", "close_ok."), real.replace("send.", "undo.") + "<!channel>" * 20,
    ):  # fmt: skip
        mark = stage.slack.changes.mark
        await clicks_on(stage, dana, value)
        await stage.settled()
        assert stage.slack.changes.since(mark), f"A click on {value!r} was not answered."
    assert rows_of(stage) == before


async def test_a_form_is_asked_anew_who_sends_it(stage: SlackStage, dana: SlackPerson) -> None:
    """Katrin sends Dana's form as her own, then forms that nobody made."""
    katrin = await stage.person("katrin")
    form = await dana.opens("Other date", "Tomasz")
    before = rows_of(stage)
    content = stage.slack.memory.stack(dana.user.id)[-1].content
    values = values_of(content["blocks"], {"date": "2026-12-02"})
    stolen = stage.slack.memory.open_view(katrin.user, content)
    await stage.slack.app.submit(stolen, values)
    await stage.settled()
    assert "This is not yours to see." in (await dana.reads())[-1].text, "it answers where it was opened"
    for kept in ("", "oops", "[]", '{"submit": 1, "context": {}}', '{"submit": "x", "context": []}'):
        view = stage.slack.memory.open_view(katrin.user, {**content, "private_metadata": kept})
        await stage.slack.app.submit(view, values)
        assert katrin.form() is None
    await stage.settled()
    assert rows_of(stage) == before
    assert "New date: Wed 2 Dec." in (await dana.submits(form, date="2026-12-02")).row("Tomasz").text


async def test_who_is_asked_for_a_word_or_for_help_sends_nothing(
    stage: SlackStage, dana: SlackPerson
) -> None:
    """Sam's word is missing about Tomasz; Ingrid leads recruiting and sees what is late."""
    send = (await dana.digest()).row("Tomasz").buttons["Send update"]
    await dana.submits(await dana.opens("Waiting for somebody", "Tomasz"), whom="sam.okafor@halden.example")
    before = rows_of(stage)
    for first in ("sam", "ingrid"):
        person = await stage.person(first)
        await person.asks("/followup")
        await clicks_on(stage, person, send)
        await stage.settled()
        refused = (await person.reads())[-1].row("Tomasz")
        assert "Only Dana or the recruiter can do this." in refused.text
        assert set(refused.buttons) - {"See history"} <= {"Hand over", "I have told Dana"}
    assert rows_of(stage) == before
