"""Installing the bot in Slack through its pages, taking it out, and installing it again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from adapters.slack.manifest import SCOPES
from adapters.slack.vault import Vault
from bot.people import Member
from storage.store import SqlStore
from storage.tables import identities, install_states, installations
from tests.databases import Kind
from tests.slack_counterpart import Drop, Team
from tests.stories.slack_house import (
    HALF_PAST_NINE,
    HOUR,
    KEY,
    MINUTE,
    Browser,
    House,
    halden,
    housed,
)

KATRIN = "katrin.vogel@halden.example"


# -- installing -------------------------------------------------------------------------------------------


async def test_an_admin_installs_it_and_the_imported_managers_are_asked(
    house: House, teams: tuple[Team, Team]
) -> None:
    browser, ours = Browser(house), house.database.workspaces()[0]
    asked = await browser.begins()
    assert asked.keys() == {"client_id", "scope", "state"}, "Slack takes the app's own redirect address"
    assert asked["client_id"] == house.slack.installs.client_id
    assert set(asked["scope"].split(",")) == set(SCOPES)

    answer = await browser.comes_back(state=asked["state"], code=house.allows(teams[0]))
    assert (answer.status, answer.title) == (200, "Followup is installed in Halden Instruments")
    assert browser.cookie == "", "it is good once"

    installed = house.found(teams[0])
    assert installed.workspace == ours, "the first takes what the operator has imported"
    assert installed.bot_user == teams[0].bot_user
    await house.moves_on(ours, HALF_PAST_NINE)
    assert "Priya" in (await house.dana(teams[0]).digest()).text


async def test_no_token_rests_in_plain_text(
    house: House, teams: tuple[Team, Team], company: str, kept_in: Kind
) -> None:
    await house.installed(teams[0])
    with house.database.reading() as conn:
        everything = repr(conn.execute(sa.select(installations)).all())
    assert "xox" not in everything
    if kept_in == "sqlite":
        file = Path(company.removeprefix("sqlite:///"))
        for one in (file, file.with_name(f"{file.name}-wal")):
            assert b"xoxe" not in await asyncio.to_thread(one.read_bytes)
    opened = Vault([KEY]).open(house.found(teams[0]).secret)
    assert house.slack.installs.check(opened.token).teams == (teams[0],)
    assert opened.refresh_token in house.slack.installs.refresh_tokens


async def test_to_look_at_the_page_changes_nothing(house: House) -> None:
    """Strangers may do so as often as they like."""
    for _ in range(3):
        await Browser(house).begins()
    async with house.http.head(f"{house.base}/slack/install") as only_looked:
        assert only_looked.status == 405
    with house.database.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(install_states)) == 0
        assert conn.scalar(sa.select(sa.func.count()).select_from(installations)) == 0
    assert house.slack.calls == []


async def test_whoever_says_no_in_slack_has_changed_nothing(house: House) -> None:
    browser = Browser(house)
    asked = await browser.begins()
    answer = await browser.comes_back(state=asked["state"], error="access_denied")
    assert (answer.status, answer.title, answer.links) == (200, "Nothing was installed", ("/slack/install",))
    assert house.slack.called("oauth.v2.access") == []
    again = await browser.comes_back(state=asked["state"], error="access_denied")
    assert again.status == 400


async def test_a_forged_state_is_refused(house: House, teams: tuple[Team, Team]) -> None:
    code = house.allows(teams[0])
    browser = Browser(house)
    await browser.begins()
    for query in ({"state": "made-up"}, {"state": ""}, {}):
        answer = await browser.comes_back(code=code, **query)
        assert (answer.status, answer.title) == (400, "This was not begun in this browser")
    browser.cookie = "made-up"
    forged = await browser.comes_back(code=code, state="made-up")
    assert (forged.status, forged.title) == (400, "This page was used before, or waited too long")
    assert house.slack.called("oauth.v2.access") == []


async def test_nobody_can_push_their_installation_on_another_browser(
    house: House, teams: tuple[Team, Team]
) -> None:
    mallory, victim = Browser(house), Browser(house)
    theirs = await mallory.begins()
    link = {"state": theirs["state"], "code": house.allows(teams[1])}
    for cookie in (False, True):
        if cookie:
            await victim.begins()
        before = victim.cookie
        answer = await victim.comes_back(**link)
        assert (answer.status, answer.title) == (400, "This was not begun in this browser")
        assert victim.cookie == before, "what they have begun themselves goes on"
    assert house.kept.all("slack") == ()
    assert (await mallory.comes_back(**link)).status == 200, "in the browser where it began it is good"


async def test_a_way_back_is_good_once(house: House, teams: tuple[Team, Team]) -> None:
    browser = Browser(house)
    state, cookie = (await browser.begins())["state"], browser.cookie
    assert (await browser.comes_back(state=state, code=house.allows(teams[0]))).status == 200
    browser.cookie = cookie
    again = await browser.comes_back(state=state, code=house.allows(teams[1]))
    assert (again.status, again.title) == (400, "This page was used before, or waited too long")
    assert [it.tenant for it in house.kept.all("slack")] == [teams[0].id]


async def test_who_is_not_expected_gets_nothing_installed(company: str) -> None:
    expected, stranger = halden(), halden("T0GLOBEX", "Globex")
    async with housed(company, expected, stranger, tenants=frozenset({expected.id})) as house:
        browser = Browser(house)
        state = (await browser.begins())["state"]
        answer = await browser.comes_back(state=state, code=house.allows(stranger))
        assert (answer.status, answer.title) == (403, "This Slack workspace is not expected here")
        assert "add T0GLOBEX to FOLLOWUP_SLACK_TENANTS" in answer.text
        assert house.kept.all("slack") == ()
        assert [call.ok for call in house.slack.called("auth.revoke")] == [True], "Slack lets it go, too"
        await house.installed(expected)


async def test_a_code_that_slack_knows_no_more_is_said_in_plain_words(
    house: House, teams: tuple[Team, Team]
) -> None:
    used = house.allows(teams[0])
    browser = Browser(house)
    assert (await browser.comes_back(state=(await browser.begins())["state"], code=used)).status == 200
    for code, said in ((used, "code_already_used"), ("made-up", "invalid_code")):
        answer = await browser.comes_back(state=(await browser.begins())["state"], code=code)
        assert (answer.status, answer.title) == (400, "Slack does not accept this any more")
        assert f"Slack says: {said}." in answer.text


@pytest.mark.parametrize("query", [{"error": "invalid_scope"}, {"error": "<b>"}, {}])
async def test_what_slack_says_instead_of_a_code_is_shown_if_it_is_a_word(
    house: House, query: dict[str, str]
) -> None:
    browser = Browser(house)
    answer = await browser.comes_back(state=(await browser.begins())["state"], **query)
    assert (answer.status, answer.title) == (400, "Slack did not allow it")
    assert ("Slack says: invalid_scope." in answer.text) == (query.get("error") == "invalid_scope")


async def test_a_wrong_client_secret_is_a_sentence_for_the_operator(
    house: House, teams: tuple[Team, Team]
) -> None:
    house.slack.installs.client_secret = "another"
    answer = await Browser(house).installs(teams[0])
    assert (answer.status, answer.title) == (502, "Slack and this bot do not agree")
    assert "FOLLOWUP_SLACK_CLIENT_SECRET" in answer.text
    assert "Slack says: bad_client_secret." in answer.text


@pytest.mark.parametrize("fault", ["500", "429", "dropped"])
async def test_where_slack_fails_the_page_says_so(house: House, teams: tuple[Team, Team], fault: str) -> None:
    if fault == "dropped":
        house.slack.faults.drop("oauth.v2.access", Drop.BEFORE)
    else:
        house.slack.faults.fail("oauth.v2.access", status=int(fault))
    with structlog.testing.capture_logs() as logged:
        answer = await Browser(house).installs(teams[0])
    assert (answer.status, answer.title) == (502, "Slack did not answer as it should")
    assert [it["event"] for it in logged] == ["slack_install_failed"]
    assert house.kept.all("slack") == ()


async def test_the_page_tells_its_address_to_nobody_and_runs_nothing(company: str) -> None:
    name = "<script>alert('1')</script> & {title}"
    async with housed(company, halden(name=name)) as house:
        answer = await Browser(house).installs(house.slack.team)
    assert answer.title == f"Followup is installed in {name}"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_with_socket_mode_it_is_installed_the_same_way(company: str) -> None:
    async with housed(company, halden(), socket=True) as house:
        await house.installed(house.slack.team)
        assert "Priya" in (await house.dana(house.slack.team).asks("/followup")).text
        async with house.http.post(f"{house.base}/slack/events") as closed:
            assert closed.status == 404


# -- taken out, and back ----------------------------------------------------------------------------------


async def test_taken_out_it_is_silent_and_installed_again_everything_is_there(
    house: House, teams: tuple[Team, Team]
) -> None:
    team, dana = teams[0], house.dana(teams[0])
    first = await house.installed(team)
    await house.moves_on(first.workspace, HALF_PAST_NINE)
    said = len(await dana.reads())
    assert said

    told = await house.slack.events.uninstalls(team)
    assert all(it.heard for it in told)
    ended = house.found(team)
    assert (ended.secret, ended.ended_at is None) == ("", False)
    calls = len(house.slack.calls)
    await house.moves_on(first.workspace, HALF_PAST_NINE + HOUR)
    assert len(await dana.reads()) == said
    assert len(house.slack.calls) == calls, "Slack is not even asked"

    again = await house.installed(team)
    assert (again.workspace, again.ended_at) == (first.workspace, None)
    await house.moves_on(first.workspace, HALF_PAST_NINE + 24 * HOUR)
    assert len(await dana.reads()) > said, "members are met again by their work email"
    assert "Priya" in (await dana.asks("/followup find Priya")).text
    with house.database.reading() as conn:
        assert dana.user.id in conn.scalars(sa.select(identities.c.user_id)).all()


async def test_what_waited_when_it_was_taken_out_comes_once_it_is_back(
    house: House, teams: tuple[Team, Team]
) -> None:
    """Slack was slow that morning; then an admin took the app out, and put it in again half an hour later."""
    team, dana = teams[0], house.dana(teams[0])
    first = await house.installed(team)
    house.slack.faults.fail("chat.postMessage", status=503, times=10_000)
    await house.moves_on(first.workspace, HALF_PAST_NINE)
    house.slack.faults.mend()
    await house.slack.events.uninstalls(team)
    await house.moves_on(first.workspace, HALF_PAST_NINE + 30 * MINUTE)
    assert await dana.reads() == []

    await house.installed(team)
    await house.moves_on(first.workspace, HALF_PAST_NINE + 40 * MINUTE)
    assert "Priya" in (await dana.digest()).text
    assert sum("must answer another offer" in said.text for said in await dana.reads()) == 1


async def test_who_was_found_nowhere_is_looked_for_anew_when_it_is_installed_again(
    house: House, teams: tuple[Team, Team]
) -> None:
    """Katrin's account comes later, and Slack tells nobody."""
    first = await house.installed(teams[0])
    await house.moves_on(first.workspace, HALF_PAST_NINE)

    def katrin(store: SqlStore) -> Member:
        found = store.member_by_email(KATRIN)
        assert found is not None
        return found

    assert not house.database.read(first.workspace, katrin).reachable
    teams[0].hire(KATRIN, tz="Europe/Berlin")
    await house.moves_on(first.workspace, HALF_PAST_NINE + 10 * HOUR)
    assert not house.database.read(first.workspace, katrin).reachable, "nobody looks for her"

    await house.installed(teams[0])
    assert house.database.read(first.workspace, katrin).reachable
    await house.settled()
    person = house.dana(teams[0], KATRIN)
    assert await person.reads() == [], "it is half past one in the night in Berlin"
    await house.moves_on(first.workspace, HALF_PAST_NINE + 18 * HOUR)
    assert "Matthias" in (await person.digest()).text
    with house.database.reading() as conn:
        assert person.user.id in conn.scalars(sa.select(identities.c.user_id)).all()


async def test_whom_nobody_has_installed_it_for_yet_is_not_given_up(
    house: House, teams: tuple[Team, Team]
) -> None:
    """Whoever was due before is asked then."""
    ours = house.database.workspaces()[0]
    await house.wakes_up(HALF_PAST_NINE)
    members = house.database.read(ours, lambda store: store.members())
    assert all(member.reachable for member in members)
    await house.installed(teams[0])
    await house.wakes_up(HALF_PAST_NINE + 10 * MINUTE)
    assert "Priya" in (await house.dana(teams[0]).digest()).text
