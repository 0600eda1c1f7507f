"""Over Socket Mode every kind of payload comes down a WebSocket, and what is said to a form goes up it."""

from __future__ import annotations

import json

from tests.slack_counterpart import SlackPerson
from tests.stories.person import form_of, pick
from tests.stories.slack_stage import SlackStage, choices
from tests.stories.test_slack_clicks import ADA, FEEDBACK

CHATS = ("socket",)


def heard(stage: SlackStage) -> list[str]:
    """What came down the line, and what its acknowledgement asked of Slack; each was acknowledged."""
    sockets = stage.slack.sockets
    lines = []
    for envelope, ack in zip(sockets.envelopes, sockets.acks, strict=True):
        payload = envelope["payload"]
        kind = payload.get("event", payload).get("type") or payload["command"]
        said = json.loads(ack.body or "{}")
        does = said.get("response_action") or ("says" if "blocks" in said else "")
        lines.append(f"{kind}: {does}".removesuffix(": "))
    return lines


async def test_a_form_of_two_steps_goes_there_and_back(stage: SlackStage, dana: SlackPerson) -> None:
    form = await dana.opens("Give feedback", "Tomasz")
    assert set(await dana.errs(form, decision="not_going_on")) == {"criterion", "observation", "suggestion"}
    assert dana.form() == form, "it is still open, as it was"
    preview = form_of(await dana.fills(form, **FEEDBACK))
    again = form_of(await dana.acts(preview.buttons["Back"]))
    assert again.fields["observation"] == FEEDBACK["observation"]
    preview = form_of(await dana.fills(again, **FEEDBACK))
    assert len(stage.slack.memory.stack(dana.user.id)) == 2, "the preview lies over the form"
    answer = await dana.submits(preview)
    assert "Tomasz gets your feedback" in answer.row("Tomasz").text
    assert dana.form() is None
    assert heard(stage) == [
        "block_actions",
        "view_submission: errors",
        "view_submission: push",
        "block_actions",
        "view_submission: update",
        "view_submission: clear",
    ]


async def test_a_menu_a_command_and_both_shortcuts(stage: SlackStage, dana: SlackPerson) -> None:
    form = await dana.opens("Other date", "Zoë")
    assert "Thanksgiving" in (await dana.errs(form, date="2026-11-26"))["date"]
    assert "New date: Wed 2 Dec." in (await dana.submits(form, date="2026-12-02")).row("Zoë").text

    assert (await dana.asks("/followup mei")).row("Mei").name == "Mei Lin"
    called = await dana.submits(form_of(await dana.types("/followup told mei")), date="2026-12-04")
    assert "Next date: Fri 4 Dec." in called.row("Mei").text

    added = await dana.submits(await stage.takes_shortcut(dana, "add_candidate"), **ADA)
    assert "Ada is on your list." in added.row("Ada").text

    pasted = stage.pastes(dana, "Tomasz asks when he will hear.")
    log = await stage.takes_shortcut(dana, "log_follow_up", pasted)
    logged = await dana.submits(log, candidate=pick(choices(log, "candidate"), "Tomasz"))
    assert "Tomasz wrote on Mon 23 Nov" in logged.row("Tomasz").text
    assert heard(stage) == [
        "block_actions",
        "view_submission: errors",
        "view_submission: clear",
        "/followup: says",
        "/followup",
        "view_submission: clear",
        "shortcut",
        "view_submission: update",
        "message_action",
        "view_submission: clear",
    ]


async def test_the_home_tab_a_message_and_a_changed_account(stage: SlackStage, dana: SlackPerson) -> None:
    home = await dana.home()
    clicked = await dana.presses("Send update", "Tomasz", on=home)
    assert clicked.id == home.id
    assert clicked.row("Tomasz").text.startswith("Tomasz gets your update in")
    settings = await dana.opens("Settings", on=home)
    assert set(await dana.errs(settings, digest_at="25:99")) == {"digest_at"}
    assert (await dana.submits(settings, digest_at="10:15")).text == "Saved."

    assert (await dana.asks("mei")).row("Mei").name == "Mei Lin"
    assert (await stage.slack.events.changes(dana.user, tz="Europe/London")).attempts == 1
    await stage.settled()
    assert "Your list comes at 10:15, London time" in (await dana.home()).text
    assert heard(stage) == [
        "app_home_opened",
        "block_actions",
        "block_actions",
        "view_submission: errors",
        "view_submission: update",
        "message",
        "user_change",
        "app_home_opened",
    ]
