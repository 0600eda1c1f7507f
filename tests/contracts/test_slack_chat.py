"""What Slack at the other end of a line does, and what the port says of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from bot.ports import (
    ChannelRefused,
    ChatError,
    ChatMessageGone,
    ChatNotInstalled,
    ChatTryLater,
    ChatUnreachable,
)
from tests.contracts import chat_rooms
from tests.contracts.chat_rooms import CHART, PNG, SUMMARY, Address, SlackRoom, saying
from tests.contracts.conftest import Company
from tests.slack_counterpart import Drop

slack = chat_rooms.slack


async def test_somebody_is_found_by_email_whatever_its_case(slack: SlackRoom, acme: Company) -> None:
    for email in ("dana@acme.example", "DANA@acme.EXAMPLE"):
        met = await slack.chat.find(acme.workspace, email)
        assert met is not None
        assert met.address == slack.dana
        assert (met.profile.zone, met.profile.away_until) == ("Europe/Berlin", None)


@pytest.mark.parametrize("about", [{"deleted": True}, {"is_restricted": True}, {"email": "d@x.example"}])
async def test_guests_strangers_and_deactivated_accounts_are_nobody(
    slack: SlackRoom, acme: Company, about: Mapping[str, object]
) -> None:
    dana = slack.slack.user("dana@acme.example")
    for name, value in about.items():
        setattr(dana, name, value)
    assert await slack.chat.find(acme.workspace, "dana@acme.example") is None
    with pytest.raises(ChatError):
        await slack.chat.find(uuid.uuid4(), "dana@acme.example")


CALLS: Mapping[str, str] = {
    "chat.postMessage": "post",
    "chat.update": "edit",
    "users.lookupByEmail": "find",
    "views.publish": "show_home",
}


async def attempt(slack: SlackRoom, acme: Company, what: str, posted: Address) -> None:
    match what:
        case "post":
            await slack.chat.post(slack.dana, saying("Three wait."))
        case "edit":
            await slack.chat.edit(posted, saying("Two wait."))
        case "find":
            await slack.chat.find(acme.workspace, "dana@acme.example")
        case _:
            await slack.chat.show_home(slack.dana, saying("Three wait."))


async def test_too_often_is_later_and_says_how_much_later(slack: SlackRoom, acme: Company) -> None:
    posted = await slack.chat.post(slack.dana, saying("Three wait."))
    for method, what in CALLS.items():
        slack.slack.faults.fail(method, status=429, retry_after=7)
        with pytest.raises(ChatTryLater) as later:
            await attempt(slack, acme, what, posted)
        assert later.value.after == 7, method
        await attempt(slack, acme, what, posted)


async def test_trouble_on_the_line_is_later(slack: SlackRoom, acme: Company) -> None:
    """Nothing is tried again by itself: what was done although the line dropped would be done twice."""
    posted = await slack.chat.post(slack.dana, saying("Three wait."))
    for method, what in CALLS.items():
        faults = slack.slack.faults
        faults.drop(method, Drop.BEFORE)
        faults.drop(method, Drop.AFTER)
        faults.fail(method, status=500)
        faults.fail(method, status=503)
        faults.fail(method, error="internal_error")
        faults.fail(method, error="service_unavailable")
        before = len(slack.slack.called(method))
        for _ in range(6):
            with pytest.raises(ChatTryLater) as later:
                await attempt(slack, acme, what, posted)
            assert later.value.after is None
        assert len(slack.slack.called(method)) == before + 6
        await attempt(slack, acme, what, posted)


async def test_slacks_refusals_are_the_ports(slack: SlackRoom, acme: Company) -> None:
    posted = await slack.chat.post(slack.dana, saying("Three wait."))
    gone = ("message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found")
    unreachable = ("channel_not_found", "user_not_found", "user_disabled", "is_archived", "cannot_dm_bot")
    expected: list[tuple[str, str, type[ChatError]]] = [
        *(("chat.update", code, ChatMessageGone) for code in gone),
        *(("chat.postMessage", code, ChatUnreachable) for code in unreachable),
        *((method, "not_authed", ChatError) for method in CALLS),
        *((method, "missing_scope", ChatError) for method in CALLS),
    ]
    for method, code, kind in expected:
        slack.slack.faults.fail(method, error=code)
        with pytest.raises(ChatError) as refused:
            await attempt(slack, acme, CALLS[method], posted)
        assert type(refused.value) is kind or kind is ChatError, (method, code)
        assert not isinstance(refused.value, ChatTryLater), (method, code)
        assert code in str(refused.value), "the operator reads Slack's own word"


# -- Slack's channels -------------------------------------------------------------------------------------


async def post_summary(slack: SlackRoom, acme: Company) -> None:
    await slack.chat.post_channel(acme.workspace, slack.channel, SUMMARY, {CHART: PNG})


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.getUploadURLExternal", {"error": "missing_scope"}),
        ("files.getUploadURLExternal", {"status": 429, "retry_after": 9}),
        ("files.completeUploadExternal", {"error": "storage_limit_reached"}),
        ("files.completeUploadExternal", {"status": 500}),
    ],
)
async def test_a_picture_that_slack_does_not_take_is_said_in_words(
    slack: SlackRoom, acme: Company, method: str, fault: Mapping[str, Any]
) -> None:
    slack.slack.faults.fail(method, **fault)
    await post_summary(slack, acme)
    [read] = slack.channel_reads()
    assert CHART.alt in read
    assert slack.pictures() == []


async def test_a_picture_that_slack_still_works_at_is_waited_for(slack: SlackRoom, acme: Company) -> None:
    slack.slack.memory.processing_s = 0.5
    await post_summary(slack, acme)
    assert slack.pictures() == [PNG]
    assert len(slack.channel_reads()) == 1


async def test_a_picture_that_slack_never_shows_is_said_in_words(slack: SlackRoom, acme: Company) -> None:
    slack.slack.memory.processing_s = 999.0
    await post_summary(slack, acme)
    [read] = slack.channel_reads()
    assert CHART.alt in read


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"has_bot": False}, "/invite @Followup"),
        ({"has_bot": False, "is_private": True}, "/invite @Followup"),
        ({"is_archived": True}, "archived"),
        ({"is_ext_shared": True}, "another company"),
    ],
)
async def test_why_a_channel_does_not_take_it_is_said_so_that_it_can_be_mended(
    slack: SlackRoom, acme: Company, about: Mapping[str, bool], why: str
) -> None:
    for name, value in about.items():
        setattr(slack.room, name, value)
    with pytest.raises(ChannelRefused, match=why):
        await post_summary(slack, acme)
    assert slack.channel_reads() == []


async def test_where_it_cannot_be_asked_who_reads_a_channel_nothing_is_posted(
    slack: SlackRoom, acme: Company
) -> None:
    slack.slack.faults.fail("conversations.info", error="missing_scope")
    with pytest.raises(ChannelRefused, match="install it again"):
        await post_summary(slack, acme)
    slack.slack.faults.fail("conversations.info", status=429, retry_after=7)
    with pytest.raises(ChatTryLater) as later:
        await post_summary(slack, acme)
    assert later.value.after == 7
    assert slack.channel_reads() == []


async def test_another_companys_channel_is_never_posted_in(slack: SlackRoom) -> None:
    with pytest.raises(ChatNotInstalled):
        await slack.chat.post_channel(uuid.uuid4(), slack.channel, SUMMARY, {})
    assert slack.channel_reads() == []


async def test_whoever_took_the_bot_out_unheard_is_believed(slack: SlackRoom, acme: Company) -> None:
    """The bot was down when Slack told of it: what it sends next is answered so."""
    posted = await slack.chat.post(slack.dana, saying("Three wait."))
    slack.slack.faults.fail("chat.postMessage", error="token_revoked")
    for method in ("chat.postMessage", "chat.update"):
        with pytest.raises(ChatNotInstalled, match="not installed"):
            await attempt(slack, acme, CALLS[method], posted)
    assert slack.slack.called("chat.update") == [], "nothing is sent there any more"
