"""The store's promises about members, identities, roles and the policy."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import threading
import traceback
import uuid
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bot.people import Absence, Member
from bot.policy import FeedbackPolicy
from bot.ports import Store
from storage.columns import NaiveTime
from storage.database import Database
from storage.store import SqlStore
from storage.tables import identities, members
from storage.transaction import WorkspaceUnknown
from tests.contracts.conftest import NOW, Company, candidate, company, minutes


def test_the_store_is_what_the_core_asks_for(acme: Company) -> None:
    def work(store: Store) -> uuid.UUID:
        return store.workspace

    assert acme.read(work) == acme.workspace


def test_a_member_comes_back_as_saved(acme: Company) -> None:
    away = Absence(start=dt.date(2026, 4, 1), until=dt.date(2026, 4, 9), delegate=acme.rita.id, accepted=True)
    saved = dataclasses.replace(
        acme.dana, country="DE", admin=True, active=False, reachable=False, absence=away,
        digest_at=dt.time(8, 15), month_first=False, welcomed=True,
    )  # fmt: skip
    acme.write(lambda store: store.save_member(saved))
    assert acme.read(lambda store: store.member(saved.id)) == saved
    assert acme.write(lambda store: store.lock_member(saved.id)) == saved


def test_nobody_is_found_where_nobody_is(acme: Company) -> None:
    nobody = uuid.uuid4()
    assert acme.read(lambda store: store.member(nobody)) is None
    assert acme.read(lambda store: store.member_by_email("nobody@acme.example")) is None
    assert acme.read(lambda store: store.member_by_email("")) is None
    assert acme.read(lambda store: store.member_by_identity("slack", "T1", "U1")) is None
    assert acme.read(lambda store: store.identity_of(nobody)) is None
    assert acme.read(lambda store: store.role(nobody)) is None


def test_a_member_is_found_by_work_email_whatever_its_case(acme: Company) -> None:
    assert acme.read(lambda store: store.member_by_email(" DANA@Acme.example")) == acme.dana


def test_two_members_cannot_have_one_work_email(acme: Company) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        acme.member("Dana Double", email="Dana@ACME.example")
    acme.member("No Email", email="")
    acme.member("No Email either", email="")


def test_members_are_listed_by_name_without_those_who_left(acme: Company) -> None:
    acme.member("Zoe", active=False)
    acme.member("albert")
    assert [it.name for it in acme.read(lambda store: store.members())] == ["albert", "Dana Ott", "Rita Sand"]


def test_whoever_is_named_is_admin_in_this_workspace_and_nobody_else(
    acme: Company, database: Database
) -> None:
    globex = company(database, "Globex")
    sam = acme.member("Sam", email="Sam@acme.example", admin=True)
    gone = acme.member("Gone", admin=True, active=False)
    named = frozenset({"sam@acme.example", acme.dana.email})
    ended, begun = acme.write(lambda store: store.name_admins(named))
    assert (ended, begun) == ([gone.id], [acme.dana.id])
    assert acme.read(lambda store: store.policy.admins) == named
    assert acme.write(lambda store: store.name_admins(named)) == ([], [])
    assert acme.write(lambda store: store.name_admins(frozenset())) != ([], [])
    found = acme.read(lambda store: [store.member(it.id) for it in (sam, acme.dana, acme.rita)])
    assert [it.admin for it in found if it] == [False, False, False]
    assert acme.read(lambda store: store.policy.admins) == frozenset()
    assert "admins" not in globex.read(lambda store: store._settings or {}), "nobody has spoken of Globex"


def test_who_delegates_to_a_member_is_found_before_they_accepted(acme: Company) -> None:
    away = Absence(start=dt.date(2026, 4, 1), until=dt.date(2026, 4, 9), delegate=acme.rita.id)
    saved = dataclasses.replace(acme.dana, absence=away)
    acme.write(lambda store: store.save_member(saved))
    assert acme.read(lambda store: store.away_delegating_to(acme.rita.id)) == (saved,)
    assert acme.read(lambda store: store.away_delegating_to(acme.dana.id)) == ()


def test_the_chat_used_last_is_where_a_member_is_reached(acme: Company) -> None:
    acme.write(lambda store: store.link_identity(acme.dana.id, "slack", "T1", "U1", {"channel": "D1"}, NOW))
    acme.write(
        lambda store: store.link_identity(acme.dana.id, "teams", "X", "O", {"id": "19:x"}, NOW + minutes(1))
    )
    assert acme.read(lambda store: store.identity_of(acme.dana.id)) == ("teams", {"id": "19:x"})
    acme.write(
        lambda store: store.link_identity(
            acme.dana.id, "slack", "T1", "U1", {"channel": "D2"}, NOW + minutes(2)
        )
    )
    assert acme.read(lambda store: store.identity_of(acme.dana.id)) == ("slack", {"channel": "D2"})
    assert acme.read(lambda store: store.member_by_identity("slack", "T1", "U1")) == acme.dana
    assert acme.count(identities) == 2


def test_the_chat_used_last_follows_who_comes_to_it(acme: Company, statements: list[str]) -> None:
    def link(chat: str, used_at: dt.datetime | None) -> None:
        acme.write(lambda store: store.link_identity(acme.dana.id, chat, "T1", "U1", {"in": chat}, used_at))

    def comes(chat: str, now: dt.datetime) -> None:
        found = acme.write(lambda store: store.member_who_came(chat, "T1", "U1", now))
        assert found == acme.dana

    def reached() -> str:
        found = acme.read(lambda store: store.identity_of(acme.dana.id))
        assert found is not None
        return found[0]

    link("slack", NOW)
    link("teams", None)
    assert reached() == "slack", "that the app was put there by somebody is no use of it"
    comes("teams", NOW + minutes(1))
    assert reached() == "teams"
    link("slack", None)
    assert reached() == "teams", "that a profile has changed is no use of it"
    comes("slack", NOW + minutes(2))
    assert reached() == "slack"

    statements.clear()
    comes("slack", NOW + minutes(3))
    assert not [it for it in statements if "UPDATE" in it], "it was the last one before"
    assert acme.read(lambda store: store.member_who_came("slack", "T1", "nobody", NOW)) is None


def test_roles_come_back_as_saved(acme: Company) -> None:
    cleo = acme.member("Cleo")
    role = acme.add_role("Designer", recruiter=None)
    changed = dataclasses.replace(
        role, title="Senior designer", recruiter=acme.rita, co_managers=(cleo.id,), criteria=("Taste",),
        channel="C1", confidential=True,
    )  # fmt: skip
    acme.write(lambda store: store.save_role(changed))
    assert acme.read(lambda store: store.role(role.id)) == changed
    assert acme.read(lambda store: store.roles_of(cleo.id)) == (changed,)
    assert acme.read(lambda store: store.roles_of(acme.rita.id)) == (acme.role, changed)
    assert acme.read(lambda store: store.roles_of(acme.dana.id)) == (acme.role, changed)


@pytest.mark.parametrize("typed", ["übersetzer straße", "Übersetzer Straße", "ÜBERSETZER STRASSE"])
def test_roles_are_found_by_title_whatever_its_case(acme: Company, typed: str) -> None:
    written = acme.add_role("Übersetzer Straße")
    cried = acme.add_role("ÜBERSETZER STRASSE", manager=acme.rita)
    acme.add_role("Übersetzerin Straße")
    company(acme.database, "Globex").add_role("Übersetzer Straße")
    found = acme.read(lambda store: store.roles_titled(typed))
    assert {role.id for role in found} == {written.id, cried.id}


def test_a_channel_is_bound_to_roles(acme: Company) -> None:
    other = acme.add_role("Designer")
    acme.write(lambda store: store.bind_channel("C7", [other.id]))
    roles = acme.read(lambda store: store.roles_of(acme.dana.id))
    assert [(it.title, it.channel) for it in roles] == [("Data engineer", ""), ("Designer", "C7")]


def test_a_member_who_applied_is_known_to_the_role_whoever_came_first(acme: Company) -> None:
    first = acme.member("Ines")
    acme.loop(candidate=candidate("Ines", email="INES@acme.example"))
    acme.loop(candidate=candidate("Otto", email="otto@acme.example"))
    second = acme.member("Otto")
    role = acme.read(lambda store: store.role(acme.role.id))
    assert role is not None
    assert role.applicants == (first.id, second.id)
    acme.write(lambda store: store.save_role(acme.role))
    assert acme.read(lambda store: store.role(acme.role.id)) == role, "saving a role forgets no applicant"


def test_the_policy_is_the_settings_and_what_the_workspace_has_set(acme: Company) -> None:
    policy = acme.read(lambda store: store.policy)
    assert (policy.company, policy.feedback, policy.letters_paused) == ("Acme", FeedbackPolicy.OFF, False)

    set_ = dataclasses.replace(policy, feedback=FeedbackPolicy.ON, letters_paused=True, nudges_paused=True)
    acme.write(lambda store: store.save_policy(set_))
    assert acme.read(lambda store: store.policy) == set_


def test_two_who_change_different_settings_at_one_moment_both_do(acme: Company) -> None:
    """Both read before either has committed; on SQLite the second waits with its reading."""
    read, committed = threading.Event(), threading.Event()

    def pause_nudges(store: SqlStore) -> None:
        policy = store.policy
        read.set()
        committed.wait(5)
        store.save_policy(dataclasses.replace(policy, nudges_paused=True))

    with ThreadPoolExecutor(1) as other:

        def pause_letters(store: SqlStore) -> Future[None]:
            policy = store.policy
            later = other.submit(acme.write, pause_nudges)
            # Long enough to be read out of turn; who waits in turn reads after this commits.
            read.wait(0.5)
            store.save_policy(dataclasses.replace(policy, letters_paused=True))
            return later

        later = acme.write(pause_letters)
        committed.set()
        later.result()
    policy = acme.read(lambda store: store.policy)
    assert (policy.letters_paused, policy.nudges_paused) == (True, True)


def test_a_workspace_without_a_name_has_that_of_the_settings(database: Database) -> None:
    nameless = database.create_workspace("", NOW)
    assert database.read(nameless, lambda store: store.policy.company) == "Settings Ltd"
    assert database.workspaces() == (nameless,)


def test_an_unknown_workspace_is_named(database: Database) -> None:
    with pytest.raises(WorkspaceUnknown, match="no workspace"):
        database.read(uuid.uuid4(), lambda store: store.policy)


def test_a_time_without_a_zone_is_refused(acme: Company) -> None:
    naive = dataclasses.replace(acme.dana, look_at=NOW.replace(tzinfo=None))
    with pytest.raises(sa.exc.StatementError, match="has no time zone") as caught:
        acme.write(lambda store: store.save_member(naive))
    assert isinstance(caught.value.orig, NaiveTime)


def test_a_time_of_any_zone_comes_back_in_utc(acme: Company) -> None:
    tokyo = NOW.astimezone(dt.timezone(dt.timedelta(hours=9)))
    acme.write(lambda store: store.set_member_look_at(acme.dana.id, tokyo))
    found = acme.read(lambda store: store.member(acme.dana.id))
    assert found is not None
    assert found.look_at == NOW
    assert found.look_at.tzinfo is dt.UTC


def test_an_exception_leaves_nothing(acme: Company) -> None:
    def work(store: Store) -> None:
        store.save_member(dataclasses.replace(acme.dana, name="Somebody else"))
        raise KeyError

    with pytest.raises(KeyError):
        acme.write(work)
    assert acme.read(lambda store: store.member(acme.dana.id)) == acme.dana


def test_what_is_read_cannot_be_kept(acme: Company) -> None:
    def work(store: Store) -> None:
        store.save_member(dataclasses.replace(acme.dana, name="Somebody else"))

    if acme.database.takes_turns:
        acme.read(work)
    else:
        with pytest.raises(sa.exc.InternalError, match="read-only"):
            acme.read(work)
    assert acme.read(lambda store: store.member(acme.dana.id)) == acme.dana


def test_companies_never_see_each_other(acme: Company) -> None:
    other = company(acme.database, "Globex")
    loop = other.loop("Maya Lindqvist")
    digest = other.digest(loop)
    letter = other.send(loop)
    other.write(lambda store: store.link_identity(other.dana.id, "slack", "T", "U", {}, NOW))

    def look(store: Store) -> list[object]:
        return [
            store.member(other.dana.id), store.loop(loop.id), store.loops([loop.id]),
            store.role(other.role.id), store.loops_owned(other.dana.id), store.loops_recruited(other.rita.id,
            9), store.letter(letter.id), store.loops_of_role(other.role.id),
            store.loops_of_candidate(loop.candidate.id), store.surface(digest.id),
            store.loops_on(digest.id)[0], store.names(other.dana.id), store.roles_of(other.dana.id),
            store.promises_made_by(other.dana.id, 9), store.due_members(NOW), store.due_loops(other.dana.id,
            NOW),
        ]  # fmt: skip

    assert [it for it in acme.read(look) if it] == []
    assert all(it for it in other.read(look)[:-2])
    assert acme.read(lambda store: store.member_by_identity("slack", "T", "U")) is None
    assert acme.read(lambda store: store.member_by_email("dana@acme.example")) == acme.dana
    assert acme.claim() == []
    acme.write(lambda store: store.bump([digest.id], NOW))
    acme.write(lambda store: store.save_role(dataclasses.replace(other.role, title="Taken over")))
    assert other.read(lambda store: store.role(other.role.id)) == other.role


def test_a_row_cannot_refer_to_another_company(acme: Company) -> None:
    other = company(acme.database, "Globex")
    with pytest.raises(sa.exc.IntegrityError):
        acme.add_role("Spy", manager=other.dana)


def test_the_clock_of_a_demo_moves(acme: Company) -> None:
    assert acme.read(lambda store: store.clock_offset()) == 0
    acme.write(lambda store: store.set_clock_offset(3600.5))
    assert acme.read(lambda store: store.clock_offset()) == 3600.5


def test_the_version_of_the_data_is_kept(acme: Company) -> None:
    assert acme.read(lambda store: store.data_version()) == ""
    acme.write(lambda store: store.set_data_version("2026a"))
    assert acme.read(lambda store: store.data_version()) == "2026a"


def test_two_newcomers_under_one_address_become_one_member(acme: Company) -> None:
    """Both processes looked before either had written; on SQLite the second waits with its look."""
    looked = threading.Barrier(2)

    def meet(name: str) -> uuid.UUID:
        tries = itertools.count()

        def work(store: SqlStore) -> uuid.UUID:
            known = store.member_by_email("nora@acme.example")
            if next(tries) == 0 and not acme.database.takes_turns:
                looked.wait(30)
            if known is not None:
                return known.id
            new = Member(id=uuid.uuid4(), name=name, email="Nora@acme.example", zone="Europe/Berlin")
            store.save_member(new)
            return new.id

        return acme.write(work)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(meet, ["Nora Berg", "N. Berg"])
    assert first == second
    assert len(acme.read(lambda store: store.members())) == 3


ADDRESS = "nobody.else@mail.example"
"""Among the values of the statement that is refused."""


def test_an_error_carries_no_value_into_a_log(acme: Company) -> None:
    def twice(store: SqlStore) -> None:
        store.conn.execute(
            sa.insert(members).from_select(
                [column.name for column in members.c],
                sa.select(
                    *(
                        {"id": sa.literal(uuid.uuid4(), column.type), "email": sa.literal(ADDRESS)}.get(
                            column.name, column
                        )
                        for column in members.c
                    )
                ),
            )
        )

    with pytest.raises(sa.exc.IntegrityError) as refused:
        acme.write(twice)
    told = "".join(traceback.format_exception(refused.value))
    assert "IntegrityError" in told
    assert ADDRESS not in told
    assert "acme.example" not in told
