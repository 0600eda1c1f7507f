"""Many companies in one bot: each installs it by itself, and none sees anything of another."""

from __future__ import annotations

import base64
import csv
import dataclasses
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from adapters.admins import keep
from adapters.cli import main
from adapters.demo import LEAD, prepare
from adapters.importing import import_file
from adapters.slack.tenants import NotInstalled
from adapters.slack.vault import Kept, Vault
from storage.database import Database
from storage.installations import Installation, Installations
from storage.tables import workspaces
from tests.slack_counterpart import Team, User
from tests.stories.slack_house import (
    DANA,
    HALF_PAST_NINE,
    HOUR,
    MINUTE,
    RAVI,
    Browser,
    House,
    halden,
    housed,
    process,
    token_of,
)

# -- one company and another ------------------------------------------------------------------------------


GLOBEX_CSV = {
    "candidate_name": "Gus Gorman",
    "candidate_email": "gus@mail.example",
    "role": "Reactor hand",
    "manager_email": DANA,
    "manager_name": "Dana Lee",
    "manager_timezone": "America/New_York",
    "stage": "onsite",
    "interviewed_at": "2026-11-12T10:00",
    "promised_by": "2026-11-20",
}


async def test_an_admin_of_one_company_is_none_in_another_unless_named_for_it(
    house: House, teams: tuple[Team, Team]
) -> None:
    ours, theirs = teams
    with house.database.writing() as conn:
        # The demo's clock is ahead of the time at which others install it.
        conn.execute(sa.update(workspaces).values(created_at=HALF_PAST_NINE - 10_000 * HOUR))
    for team in teams:
        team.hire(LEAD)
        await house.installed(team)
    here, there = house.dana(ours, LEAD), house.dana(theirs, LEAD)
    assert "Letters are paused." in (await here.asks("/followup pause letters")).text
    assert "Only an admin can pause" in (await there.asks("/followup pause letters")).text

    keep(house.database, {LEAD, f"{theirs.id}/{DANA}"})
    assert "Only an admin can pause" in (await there.asks("/followup pause letters")).text
    dana = house.dana(theirs)
    assert "Letters are paused." in (await dana.asks("/followup pause letters")).text
    assert "Only an admin can pause" in (await house.dana(ours).asks("/followup pause letters")).text
    keep(house.database, {LEAD})
    assert "Only an admin can pause" in (await dana.asks("/followup resume letters")).text


@pytest.fixture
def spreadsheet(tmp_path: Path) -> Path:
    path = tmp_path / "new.csv"
    with path.open("w", newline="") as lines:
        writer = csv.DictWriter(lines, GLOBEX_CSV)
        writer.writeheader()
        writer.writerow(GLOBEX_CSV)
    return path


async def test_two_companies_never_see_each_other(company: str, spreadsheet: Path) -> None:
    """The same person works for both: one work email, and even one user id in both teams."""
    ours, theirs = halden(), Team("T0GLOBEX", "Globex")
    theirs.hire(DANA, "Dana Lee", id=next(it.id for it in ours.users.values() if it.email == DANA))
    async with housed(company, ours, theirs) as house:
        first, second = await house.installed(ours), await house.installed(theirs)
        assert second.workspace != first.workspace
        import_file(
            house.running.transactions, second.workspace, spreadsheet, reviewed=True,
            default_zone="UTC", default_country="", admins=frozenset(),
        )  # fmt: skip
        await house.moves_on(first.workspace, HALF_PAST_NINE)
        await house.moves_on(second.workspace, HALF_PAST_NINE + MINUTE)
        for team, own, other in ((ours, "Priya", "Gus"), (theirs, "Gus", "Priya")):
            dana = house.dana(team)
            digest = await dana.digest()
            assert own in digest.text
            assert other not in " ".join(message.text for message in await dana.reads())
            asked = await dana.asks(f"/followup find {other}")
            assert not asked.rows
            posted = [call for call in house.slack.calls if call.team == team.id]
            assert posted
            assert other not in repr([call.arguments for call in posted])
        members = [
            house.database.read(one.workspace, lambda store: {it.id for it in store.members()})
            for one in (first, second)
        ]
        assert not members[0] & members[1]


class OfTheGrid(User):
    """Slack tells of which organisation somebody is, and of which of its teams."""

    def json(self, *, email: bool = True, locale: bool = False) -> dict[str, object]:
        grid = {"enterprise_id": "E0UMBRELLA", "enterprise_name": "Umbrella", "teams": [self.team]}
        return super().json(email=email, locale=locale) | {"enterprise_user": grid}


async def test_an_organisation_installs_it_for_all_of_its_workspaces(company: str) -> None:
    north, south = (
        Team(f"T0{name.upper()}", name, enterprise="E0UMBRELLA", enterprise_name="Umbrella", org_wide=True)
        for name in ("North", "South")
    )
    for team, email in ((north, DANA), (south, RAVI)):
        about = dataclasses.asdict(team.hire(email))
        team.users[about["id"]] = OfTheGrid(**about)
    async with housed(company, north, south) as house:
        answer = await Browser(house).installs(north)
        assert answer.title == "Followup is installed in Umbrella"
        (installed,) = house.kept.all("slack")
        assert (installed.tenant, installed.name) == ("E0UMBRELLA", "Umbrella")
        assert "Priya" in (await house.dana(north).asks("/followup")).text
        assert "Priya" in (await house.dana(south, RAVI).asks("/followup find Priya")).text
        assert house.database.workspaces() == (installed.workspace,)


# -- one token before, many afterwards --------------------------------------------------------------------


async def test_who_began_with_a_token_of_the_environment_installs_once_and_keeps_everything(
    house: House, teams: tuple[Team, Team]
) -> None:
    ours = house.database.workspaces()[0]
    house.kept.save(
        Installation(
            chat="slack", tenant=teams[0].id, workspace=ours, name="Halden", bot_user="", secret="",
            installed_at=HALF_PAST_NINE,
        )
    )  # fmt: skip
    async with process(house) as one:
        await one.stored.under_first_key()
        with pytest.raises(NotInstalled, match="/slack/install"):
            await one.tenants.token(teams[0].id)
        assert (await house.installed(teams[0])).workspace == ours
        assert await one.tenants.token(teams[0].id) == token_of(house, teams[0])


# -- the command line -------------------------------------------------------------------------------------


@pytest.fixture
def several(company: str) -> Iterator[tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]]]:
    """Halden, Globex and another Globex."""
    database, _, _ = prepare(company)
    kept = Installations(database)
    names = {"T1": "Halden", "T2": "Globex", "T3": "Globex\x1b[2J"}
    made = tuple(
        kept.install(
            chat="slack", tenant=tenant, name=name, bot_user="", secret="", now=HALF_PAST_NINE + hour * HOUR
        )
        for hour, (tenant, name) in enumerate(names.items())
    )
    yield database, {"FOLLOWUP_DATABASE_URL": company}, tuple(it.workspace for it in made)
    database.close()


def test_an_import_goes_to_the_company_that_is_named(
    several: tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]], spreadsheet: Path
) -> None:
    database, environment, workspaces = several
    said = CliRunner().invoke(main, ["import", str(spreadsheet), "--workspace", "T2"], env=environment)
    assert said.exit_code == 0, said.output
    have = [
        database.read(one, lambda store: store.candidate_by_email("gus@mail.example")) for one in workspaces
    ]
    assert [it is not None for it in have] == [False, True, False]


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ([], "There are several companies here. Say which is meant with --workspace and a name or tenant: "),
        (["--workspace", "Initech"], "No company here has this name or tenant. Say which is meant"),
        (["--workspace", "globex"], None),
    ],
)
def test_where_several_companies_are_one_must_be_named(
    several: tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]],
    spreadsheet: Path,
    option: list[str],
    sentence: str | None,
) -> None:
    said = CliRunner().invoke(main, ["import", str(spreadsheet), *option], env=several[1])
    if sentence is None:
        assert said.exit_code == 0, said.output
        return
    assert said.exit_code == 1
    assert sentence in said.output
    for name in ("(T1)", "Globex (T2)", "(T3)"):
        assert name in said.output
    assert "\x1b" not in said.output


def test_two_of_one_name_are_told_apart_by_their_tenant(
    several: tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]], spreadsheet: Path
) -> None:
    database, environment, _ = several
    Installations(database).install(
        chat="slack", tenant="T4", name="Globex", bot_user="", secret="", now=HALF_PAST_NINE + 9 * HOUR
    )
    said = CliRunner().invoke(main, ["import", str(spreadsheet), "--workspace", "Globex"], env=environment)
    assert said.exit_code == 1
    assert (
        "2 companies here have this name. Say --workspace with the tenant of one: Globex (T2); Globex (T4)."
        in said.output
    )


def test_the_brake_is_pulled_for_all_and_released_for_one(
    several: tuple[Database, Mapping[str, str], tuple[uuid.UUID, ...]],
) -> None:
    database, environment, workspaces = several

    def paused() -> list[bool]:
        return [database.read(one, lambda store: store.policy.letters_paused) for one in workspaces]

    run = CliRunner().invoke
    assert run(main, ["pause", "letters"], env=environment).exit_code == 0
    assert paused() == [True, True, True]
    assert run(main, ["resume", "letters"], env=environment).exit_code == 1
    assert run(main, ["resume", "letters", "--workspace", "T2"], env=environment).exit_code == 0
    assert paused() == [True, False, True]
    assert run(main, ["pause", "letters", "--workspace", "T2"], env=environment).exit_code == 0
    assert run(main, ["deliveries", "--workspace", "T2"], env=environment).exit_code == 0
    assert run(main, ["tick"], env=environment).exit_code == 0


def test_a_key_is_printed_that_the_vault_takes() -> None:
    said = CliRunner().invoke(main, ["key"])
    key = said.output.strip()
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert Vault([key]).open(Vault([key]).lock(Kept(token="xoxb-1"))).token == "xoxb-1"
    assert key != CliRunner().invoke(main, ["key"]).output.strip()
