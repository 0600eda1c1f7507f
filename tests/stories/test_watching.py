"""Whoever runs the bot watches it: `GET /metrics` as Prometheus reads it, and whether it is ready."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from adapters.doctor.examine import examine
from adapters.doctor.finding import Finding, State
from adapters.http import STALLED_S
from tests.slack_counterpart import SlackPerson
from tests.stories.slack_stage import SlackStage, slack_staged

CHATS = ("http",)

Samples = Mapping[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
async def dana(stage: SlackStage) -> SlackPerson:
    return await stage.person("dana")


async def asked(stage: SlackStage, path: str) -> tuple[int, str]:
    base = stage.slack.app_url.removesuffix("/slack/events")
    async with aiohttp.ClientSession() as session, session.get(base + path) as answer:
        return answer.status, await answer.text()


async def metrics(stage: SlackStage) -> Samples:
    status, text = await asked(stage, "/metrics")
    assert status == 200
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def waiting(found: Samples, **labels: str) -> float:
    return sum(
        value
        for (name, given), value in found.items()
        if name == "followup_deliveries" and labels.items() <= dict(given).items()
    )


async def test_the_metrics_count_a_letter_that_waits_and_the_promise_that_was_broken(
    stage: SlackStage, dana: SlackPerson
) -> None:
    before = await metrics(stage)
    assert waiting(before) == 0
    await dana.clicks("Send update", "Tomasz")
    queued = await metrics(stage)
    assert waiting(queued, kind="letter", state="queued", chat="") == 1
    assert queued["followup_oldest_due_seconds", ()] == 0

    await dana.moves_clock("+1h")
    after = await metrics(stage)
    broken, overdue = (("followup_promises", (("state", state),)) for state in ("broken", "overdue"))
    assert before[overdue] > 3, "three of Dana's, and other managers' candidates"
    assert after[overdue] == before[overdue] - 1
    assert waiting(after) == 0
    assert after[broken] == before[broken] + 1, "Tomasz was told, three days too late"


async def test_what_should_have_gone_out_shows_its_age(stage: SlackStage, dana: SlackPerson) -> None:
    await dana.clicks("Send update", "Tomasz")
    stage.running.clock.offset += dt.timedelta(minutes=5)  # and no look at what is due
    late = (await metrics(stage))["followup_oldest_due_seconds", ()]
    assert 230 < late < 300, "it should have left a minute after the click"


async def test_every_answer_to_slack_is_timed(stage: SlackStage, dana: SlackPerson) -> None:
    count = ("followup_ack_seconds_count", (("route", "/slack/events"), ("status", "200")))
    before = (await metrics(stage)).get(count, 0)
    await dana.clicks("Send update", "Tomasz")
    assert (await metrics(stage))[count] == before + 1


async def test_whom_no_chat_reaches_is_counted_logged_and_named_by_the_doctor(
    stage: SlackStage, dana: SlackPerson
) -> None:
    """Dana becomes a guest, and Claire's account is switched off. Sam moves."""
    url = stage.running.transactions.database.engine.url.render_as_string(hide_password=False)

    async def doctor() -> Finding:
        """What `followup doctor` finds about the members."""
        found = [it async for it in examine({"FOLLOWUP_DATABASE_URL": url}) if it.name == "members"]
        return found[0]

    claire, sam = await stage.person("claire"), await stage.person("sam")
    await stage.settled()
    assert (await metrics(stage))["followup_members_unreachable", ()] == 0
    well = await doctor()
    assert (well.state, well.what.split(",")[0]) == (State.OK, "8 members")

    with capture_logs() as said:
        await stage.slack.events.changes(dana.user, is_restricted=True)
        await stage.slack.events.changes(claire.user, deleted=True)
        await stage.slack.events.changes(sam.user, tz="Asia/Tokyo")
        await stage.slack.events.changes(dana.user, is_restricted=True)
    members = await stage.reads(lambda store, _: {it.email: it for it in store.members()})
    lost = [members[person.user.email] for person in (dana, claire)]
    told = [line for line in said if line["event"] == "member_unreachable"]
    assert [(line["log_level"], line["member"]) for line in told] == [
        ("warning", str(one.id)) for one in lost
    ], "once each, and nobody else"
    assert not any(word in str(told) for word in ("Dana", "Claire", "halden.example"))

    assert (await metrics(stage))["followup_members_unreachable", ()] == 2
    found = await doctor()
    assert found.state is State.WARN
    assert found.what.startswith("2 members of 8 cannot be reached in any chat")
    assert found.what.endswith(f": {', '.join(sorted(one.email for one in lost))}.")
    assert "full account with this work email" in found.mend

    await stage.slack.events.changes(dana.user, is_restricted=False)
    await stage.slack.events.changes(claire.user, deleted=False)
    assert (await doctor()).state is State.OK


async def test_an_answer_in_socket_mode_is_timed_as_well(company: str) -> None:
    count = ("followup_ack_seconds_count", (("route", "slack/socket"), ("status", "200")))
    async with slack_staged(company, "socket") as stage:
        dana = await stage.person("dana")
        before = (await metrics(stage)).get(count, 0)
        await dana.clicks("Send update", "Tomasz")
        assert (await metrics(stage))[count] == before + 1


async def test_no_name_and_no_id_is_in_the_metrics(stage: SlackStage, dana: SlackPerson) -> None:
    await dana.clicks("Send update", "Tomasz")
    _, text = await asked(stage, "/metrics")
    for word in ("Tomasz", "Dana", "example.com", stage.slack.team.id, str(stage.running.workspace)):
        assert word not in text


async def test_a_clock_that_works_through_much_is_no_clock_that_has_stopped(stage: SlackStage) -> None:
    runner = stage.running.runner
    assert await stage.reads(lambda store, now: store.due_members(now)) == ()
    runner.start()
    async with runner._busy:  # the look that is told of here is the only one
        runner._looked_at -= 2 * STALLED_S
        status, why = await asked(stage, "/readyz")
        assert status == 503
        assert why.startswith("The clock has not looked at what is due for 12")
        stage.running.clock.offset += dt.timedelta(days=1)
        assert await stage.reads(lambda store, now: store.due_members(now))
        await runner.tick(stage.running.workspace)
        assert await asked(stage, "/readyz") == (200, "ready\n"), "there are more to come, but it goes on"


async def test_it_is_ready_and_says_why_when_it_is_not(stage: SlackStage, dana: SlackPerson) -> None:
    assert await asked(stage, "/readyz") == (200, "ready\n")
    assert await asked(stage, "/healthz") == (200, "ok\n")
    stage.running.transactions.database.engine.dispose()
    with stage.running.transactions.database.writing() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    status, why = await asked(stage, "/readyz")
    assert status == 503
    assert "newer" in why
    assert (await asked(stage, "/healthz"))[0] == 200, "restarting it would not help"
    await dana.clicks("Send update", "Tomasz")
    row = (await dana.digest()).row("Tomasz").text
    assert row.startswith("Tomasz gets your update in"), "until a newer process takes its place it goes on"
