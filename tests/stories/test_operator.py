"""What the person who runs the bot sees and settles with `followup deliveries`."""

from __future__ import annotations

import asyncio
import importlib.metadata
import subprocess
import uuid

import pytest
import sqlalchemy as sa

from storage.figures import figures
from storage.tables import DeliveryKind, audit, letters
from tests.smtp_counterpart import DROP, Do
from tests.smtp_counterpart import Stage as Smtp
from tests.stories.command_line import followup
from tests.stories.conftest import Stage, relayed
from tests.stories.person import Person
from tests.stories.slack_stage import SlackStage, halden, slack_staged


async def deliveries(stage: Stage | SlackStage, *options: str) -> subprocess.CompletedProcess[str]:
    """`followup deliveries` on the database of this stage."""
    running = stage.demo.running if isinstance(stage, Stage) else stage.running
    url = running.transactions.database.engine.url.render_as_string(hide_password=False)
    return await asyncio.to_thread(followup, "deliveries", *options, DATABASE_URL=url)


def letter_id(stage: Stage) -> str:
    with stage.demo.running.transactions.database.reading() as conn:
        found: uuid.UUID = conn.execute(sa.select(letters.c.id)).scalar_one()
    return str(found)


def noted(stage: Stage) -> set[str]:
    """What the audit says happened."""
    with stage.demo.running.transactions.database.reading() as conn:
        return {row.what for row in conn.execute(sa.select(audit)) if row.facts.get("by") == "operator"}


def test_which_version_this_is() -> None:
    said = followup("--version")
    assert (said.returncode, said.stdout) == (0, f"Followup {importlib.metadata.version('followup')}\n")


@pytest.mark.parametrize(
    ("word", "says", "row", "entry"),
    [
        ("sent", "it went out", "Told Mon 23 Nov", "letter_resolved_sent"),
        (
            "not-sent",
            "it did not go out",
            "The person who runs this bot has said",
            "letter_resolved_not_sent",
        ),
    ],
)
async def test_an_unknown_letter_is_settled_from_the_mail_servers_log(
    monday: str, word: str, says: str, row: str, entry: str
) -> None:
    async with relayed(monday, {Smtp.DOT: DROP}) as (stage, server):
        dana = await stage.person("dana")
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("+1h")
        listed = (await deliveries(stage, "--state", "unknown")).stdout
        letter = letter_id(stage)
        assert listed.startswith(f"{letter}  letter   unknown ")
        assert "example.com" not in listed
        assert "Tomasz" not in listed
        never = await deliveries(stage, "--retry", letter)
        assert never.returncode == 1
        assert "never sent again by itself" in never.stderr
        settled = await deliveries(stage, "--resolve", letter, word)
        assert says in settled.stdout
        assert noted(stage) == {entry}
        twice = await deliveries(stage, "--resolve", letter, word)
        assert "nothing to settle. Nothing was changed." in twice.stderr
        await dana.moves_clock("+1h")
        assert row in (await dana.digest()).row("Tomasz").text
        assert len(server.accepted) == 1


async def test_a_letter_that_waits_for_its_next_try_can_have_it_now(monday: str) -> None:
    busy = {Smtp.RCPT: Do("450 4.2.1 busy, try later", drop=True)}
    async with relayed(monday, *[busy] * 3) as (stage, server):
        dana = await stage.person("dana")
        await dana.presses("Send update", "Tomasz")
        await dana.moves_clock("2026-11-23T09:50")
        assert server.accepted == []
        letter = letter_id(stage)
        assert "retry" in (await deliveries(stage, "--kind", "letter", "--problem", "could not take")).stdout
        assert "Nothing here is like that." in (await deliveries(stage, "--state", "held")).stdout
        assert "next try now" in (await deliveries(stage, "--retry", letter)).stdout
        assert noted(stage) == {"letter_retried"}
        await stage.demo.running.runner.settle(stage.demo.running.workspace)
        assert len(server.accepted) == 1


async def test_what_makes_no_sense_is_answered_in_a_sentence(stage: Stage, dana: Person) -> None:
    for options, says in (
        (("--retry", "oops"), '"oops" is no id.'),
        (("--retry", str(uuid.UUID(int=1))), "There is no letter"),
        (("--resolve", str(uuid.UUID(int=1)), "sent"), "There is no letter"),
        (("--resolve", str(uuid.UUID(int=1)), "perhaps"), '"perhaps" says neither'),
        (("--state", "lost"), 'There is no state "lost". There are '),
    ):
        refused = await deliveries(stage, *options)
        assert refused.returncode == 1
        assert says in refused.stderr
    both = await deliveries(
        stage, "--retry", str(uuid.UUID(int=1)), "--resolve", str(uuid.UUID(int=1)), "sent"
    )
    assert both.returncode == 1
    assert "--retry and --resolve do one thing each" in both.stderr
    await dana.presses("Send update", "Tomasz")
    early = await deliveries(stage, "--retry", letter_id(stage))
    assert "it can still be undone" in early.stderr


async def test_a_list_that_is_cut_says_how_much_is_left_out(stage: Stage, dana: Person) -> None:
    for name in ("Tomasz", "Zoë", "Priya"):
        await dana.presses("Send update", name)
    whole = (await deliveries(stage, "--kind", "letter")).stdout.splitlines()
    assert len(whole) == 3
    cut = (await deliveries(stage, "--kind", "letter", "--limit", "1")).stdout.splitlines()
    assert cut == [whole[0], "… and 2 more. --limit 3 shows them all."]
    none = await deliveries(stage, "--limit", "-1")
    assert none.returncode == 2
    assert "--limit" in none.stderr
    assert "Nothing is waiting" not in none.stdout


async def test_a_summary_that_waits_is_listed_and_tried_again(company: str) -> None:
    team = halden()
    [channel] = team.channels.values()
    channel.has_bot = False
    async with slack_staged(company, team=team) as stage:
        ravi = await stage.person("ravi")
        await stage.types_in_channel(ravi, "/followup here")
        await ravi.moves_clock("2026-11-27T15:01")
        [listed] = (await deliveries(stage, "--kind", "summary")).stdout.splitlines()
        summary, kind, state = listed.split()[:3]
        assert (kind, state) == ("summary", "ready")
        assert "Invite me: type /invite @Followup in that channel." in listed
        assert "Nothing here is like that." in (await deliveries(stage, "--kind", "letter")).stdout
        with stage.running.transactions.database.reading() as conn:
            found = figures(conn, stage.running.workspace, stage.running.clock()).waiting
        assert [it.chat for it in found if it.kind is DeliveryKind.SUMMARY] == ["slack"]
        channel.has_bot = True
        again = await deliveries(stage, "--retry", summary)
        assert "The summary is posted as soon as its channel's lane is free." in again.stdout
        await stage.settled()
        assert len(await stage.channel_reads(ravi)) == 1
