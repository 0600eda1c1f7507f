"""The promises about who has installed the bot, what was heard, and the end of both."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from bot.nudges import SurfaceKind
from storage.database import Database
from storage.installations import Company as Listed
from storage.installations import Installation, Installations
from storage.store import SqlStore
from storage.tables import deliveries, heard, identities, install_states, lanes
from tests.contracts.conftest import NOW, Company, company, minutes

T = TypeVar("T")
AT_ONCE = 5
"""As many as the database has connections."""


@pytest.fixture
def kept(database: Database) -> Installations:
    return Installations(database)


def install(kept: Installations, tenant: str, **given: str) -> Installation:
    values = {"chat": "slack", "name": f"Team {tenant}", "bot_user": "B1", "secret": "s1"} | given
    return kept.install(tenant=tenant, now=NOW, **values)


def found(kept: Installations, tenant: str) -> Installation:
    installation = kept.find("slack", tenant)
    assert installation is not None
    return installation


def all_at_once(work: Callable[[int], T]) -> list[T]:
    """What comes of the same work in several threads that begin together."""
    together = threading.Barrier(AT_ONCE)

    def begin(number: int) -> T:
        together.wait()
        return work(number)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(begin, range(AT_ONCE)))


# -- which company a tenant belongs to -----------------------------------------------------------------------


def test_an_installation_comes_back_as_made(acme: Company, kept: Installations) -> None:
    made = install(kept, "T1")
    assert kept.find("slack", "T1") == made
    assert kept.find("slack", "T2") is None
    assert kept.find("teams", "T1") is None


def test_a_secret_is_not_shown(acme: Company, kept: Installations) -> None:
    assert "hidden" not in repr(install(kept, "T1", secret="hidden"))


def test_the_first_installation_takes_the_workspace_that_the_operator_has_filled(
    acme: Company, kept: Installations
) -> None:
    assert install(kept, "T1", name="Acme Corp").workspace == acme.workspace
    assert acme.read(lambda store: store.policy.company) == "Acme", "it keeps its name"


def test_every_further_tenant_is_a_company_of_its_own(acme: Company, kept: Installations) -> None:
    install(kept, "T1")
    globex = install(kept, "T2", name="Globex")
    assert globex.workspace != acme.workspace
    assert set(acme.database.workspaces()) == {acme.workspace, globex.workspace}
    assert acme.database.read(globex.workspace, lambda store: store.policy.company) == "Globex"
    assert acme.database.read(globex.workspace, lambda store: store.members()) == ()
    assert acme.count(lanes) == 2, "letters can go out of it"


def test_where_several_companies_are_none_is_taken(acme: Company, kept: Installations) -> None:
    other = company(acme.database, "Globex")
    assert install(kept, "T1").workspace not in (acme.workspace, other.workspace)


def test_a_company_that_is_in_another_chat_is_not_taken(acme: Company, kept: Installations) -> None:
    install(kept, "X1", chat="teams")
    assert install(kept, "T1").workspace != acme.workspace


def test_a_company_whose_chat_has_ended_is_not_taken(acme: Company, kept: Installations) -> None:
    install(kept, "T1")
    acme.write(lambda store: store.end_installation("slack", "T1", NOW))
    assert install(kept, "T2").workspace != acme.workspace


def test_into_an_empty_database_a_company_comes_too(database: Database, kept: Installations) -> None:
    made = install(kept, "T1")
    assert database.workspaces() == (made.workspace,)


def test_installed_again_a_tenant_stays_with_its_company(acme: Company, kept: Installations) -> None:
    first = install(kept, "T1")
    install(kept, "T2")
    kept.may_renew(first, 30)
    again = install(kept, "T1", secret="s2", name="Acme renamed")
    assert again.workspace == first.workspace
    assert kept.find("slack", "T1") == again
    assert len(acme.database.workspaces()) == 2
    assert kept.may_renew(again, 30), "nobody renews the new secret yet"


def test_saved_for_another_company_a_tenant_stays_with_its_own(acme: Company, kept: Installations) -> None:
    made = install(kept, "T1")
    other = company(acme.database, "Globex")
    kept.save(dataclasses.replace(made, workspace=other.workspace, name="Taken over"))
    assert kept.find("slack", "T1") == dataclasses.replace(made, name="Taken over")


def test_two_installations_at_the_same_moment_share_no_company(acme: Company, kept: Installations) -> None:
    made = all_at_once(lambda number: install(kept, f"T{number}"))
    assert len({it.workspace for it in made}) == AT_ONCE
    assert acme.workspace in {it.workspace for it in made}
    assert len(acme.database.workspaces()) == AT_ONCE


def test_one_tenant_installed_twice_at_the_same_moment_is_one_company(
    acme: Company, kept: Installations
) -> None:
    install(kept, "T1")
    made = all_at_once(lambda number: install(kept, "T2", secret=f"s{number}"))
    assert len({it.workspace for it in made}) == 1
    assert len(acme.database.workspaces()) == 2


def test_those_that_have_not_ended_are_listed_oldest_first(acme: Company, kept: Installations) -> None:
    late = dataclasses.replace(install(kept, "T1"), installed_at=NOW + minutes(1))
    kept.save(late)
    early = install(kept, "T2")
    ended = install(kept, "T3")
    install(kept, "X1", chat="teams")
    acme.database.write(ended.workspace, lambda store: store.end_installation("slack", "T3", NOW))
    assert kept.all("slack") == (early, late)
    assert kept.all("slack", early.workspace) == (early,)
    assert kept.all("slack", ended.workspace) == ()


def test_companies_are_listed_by_name_and_tenants(acme: Company, kept: Installations) -> None:
    assert kept.companies() == (Listed(workspace=acme.workspace, name="Acme", tenants=()),)
    install(kept, "T1")
    install(kept, "X1", chat="teams")
    globex = install(kept, "T2", name="Globex")
    acme.database.write(globex.workspace, lambda store: store.end_installation("slack", "T2", NOW))
    listed = {it.name: it.tenants for it in kept.companies()}
    assert listed == {"Acme": ("T1",), "Team X1": ("X1",), "Globex": ("T2",)}


# -- renewing a secret ---------------------------------------------------------------------------------------


def test_one_alone_may_renew(acme: Company, kept: Installations) -> None:
    made = install(kept, "T1")
    assert sorted(all_at_once(lambda _: kept.may_renew(made, 30))) == [False] * (AT_ONCE - 1) + [True]


def test_whoever_does_not_finish_in_time_lets_another_try(acme: Company, kept: Installations) -> None:
    made = install(kept, "T1")
    assert kept.may_renew(made, -1), "a lease that has ended already"
    assert kept.may_renew(made, 30)
    assert not kept.may_renew(made, 30)


def test_what_was_renewed_is_renewed_no_second_time(acme: Company, kept: Installations) -> None:
    made = install(kept, "T1")
    assert kept.may_renew(made, 30)
    assert kept.renewed(made, "s2")
    assert not kept.may_renew(made, 30), "the secret that was read is old"
    assert not kept.renewed(made, "s3")
    assert found(kept, "T1").secret == "s2"
    assert kept.may_renew(found(kept, "T1"), 30)


def test_one_tenant_does_not_wait_for_another(acme: Company, kept: Installations) -> None:
    one, other = install(kept, "T1"), install(kept, "T2")
    assert kept.may_renew(one, 30)
    assert kept.may_renew(other, 30)
    assert kept.renewed(one, "s2")
    assert found(kept, "T2") == other


def test_a_new_installation_is_not_overwritten_by_a_renewal_of_the_old(
    acme: Company, kept: Installations
) -> None:
    made = install(kept, "T1")
    assert kept.may_renew(made, 30)
    install(kept, "T1", secret="anew")
    assert not kept.renewed(made, "s2")
    assert found(kept, "T1").secret == "anew"


def test_an_end_is_not_undone_by_a_renewal(acme: Company, kept: Installations) -> None:
    made = install(kept, "T1")
    assert kept.may_renew(made, 30)
    acme.write(lambda store: store.end_installation("slack", "T1", NOW))
    assert not kept.renewed(made, "s2")
    assert not kept.swap(made, "s2")
    assert found(kept, "T1").secret == ""


def test_a_secret_is_encrypted_anew_while_another_renews_it(acme: Company, kept: Installations) -> None:
    made = install(kept, "T1")
    assert kept.may_renew(made, 30)
    assert kept.swap(made, "s1 under another key")
    now = found(kept, "T1")
    assert now == dataclasses.replace(made, secret="s1 under another key")
    assert not kept.may_renew(now, 30), "the renewal goes on"
    assert kept.renewed(now, "s2")


def test_encrypting_anew_never_brings_back_what_was_renewed(acme: Company, kept: Installations) -> None:
    made = install(kept, "T1")
    assert kept.renewed(made, "s2")
    assert not kept.swap(made, "s1 under another key")
    assert found(kept, "T1").secret == "s2"


# -- on the way to an installation ---------------------------------------------------------------------------


def test_what_has_led_to_an_installation_is_known_as_used(database: Database, kept: Installations) -> None:
    assert not kept.was_used("a")
    kept.use_state("a", NOW + minutes(10), NOW)
    assert kept.was_used("a")
    assert not kept.was_used("b")


def test_what_is_brought_back_at_the_same_moment_is_used_all_the_same(
    acme: Company, kept: Installations
) -> None:
    all_at_once(lambda _: kept.use_state("a", NOW + minutes(10), NOW))
    assert kept.was_used("a")
    assert acme.count(install_states) == 1


def test_what_nobody_can_bring_back_any_more_is_forgotten(acme: Company, kept: Installations) -> None:
    kept.use_state("a", NOW + minutes(10), NOW)
    kept.use_state("b", NOW + minutes(20), NOW + minutes(10))
    assert not kept.was_used("a")
    assert acme.count(install_states) == 1


# -- what was heard ------------------------------------------------------------------------------------------


def test_what_is_heard_twice_is_new_once(acme: Company) -> None:
    assert acme.write(lambda store: store.hear("slack:Ev1", NOW))
    assert not acme.write(lambda store: store.hear("slack:Ev1", NOW))
    assert acme.write(lambda store: store.hear("slack:Ev2", NOW))


def test_what_is_heard_at_the_same_moment_is_new_once(acme: Company) -> None:
    assert sum(all_at_once(lambda _: acme.write(lambda store: store.hear("slack:Ev1", NOW)))) == 1


def test_what_one_company_has_heard_another_has_not(acme: Company) -> None:
    other = company(acme.database, "Globex")
    assert acme.write(lambda store: store.hear("slack:Ev1", NOW))
    assert other.write(lambda store: store.hear("slack:Ev1", NOW))


def test_what_fails_was_not_heard(acme: Company) -> None:
    def work(store: SqlStore) -> None:
        assert store.hear("slack:Ev1", NOW)
        raise KeyError

    with pytest.raises(KeyError):
        acme.write(work)
    assert acme.write(lambda store: store.hear("slack:Ev1", NOW))


def test_what_no_chat_repeats_any_more_is_forgotten(acme: Company) -> None:
    other = company(acme.database, "Globex")
    for one in (acme, other):
        one.write(lambda store: store.hear("slack:Ev1", NOW))
        one.write(lambda store: store.hear("slack:Ev2", NOW + minutes(1)))
    acme.write(lambda store: store.forget_heard(NOW + minutes(1)))
    assert acme.count(heard) == 3
    assert acme.write(lambda store: store.hear("slack:Ev1", NOW))
    assert not acme.write(lambda store: store.hear("slack:Ev2", NOW))


# -- the end -------------------------------------------------------------------------------------------------


def link(one: Company, member: uuid.UUID, tenant: str, chat: str = "slack") -> None:
    one.write(lambda store: store.link_identity(member, chat, tenant, "U1", {"user": "U1"}, NOW))


def test_an_end_takes_the_secret_and_the_identities_and_what_waits_still_waits(
    acme: Company, kept: Installations
) -> None:
    install(kept, "T1")
    link(acme, acme.dana.id, "T1")
    acme.digest(acme.loop())
    assert acme.count(deliveries) == 1
    acme.write(lambda store: store.end_installation("slack", "T1", NOW + minutes(1)))
    ended = found(kept, "T1")
    assert (ended.secret, ended.ended_at) == ("", NOW + minutes(1))
    assert (acme.count(identities), acme.count(deliveries)) == (0, 1)
    assert acme.read(lambda store: store.member(acme.dana.id)) == acme.dana


def test_a_letter_goes_out_all_the_same(acme: Company, kept: Installations) -> None:
    install(kept, "T1")
    link(acme, acme.dana.id, "T1")
    acme.send(acme.loop())
    acme.write(lambda store: store.end_installation("slack", "T1", NOW))
    assert acme.count(deliveries) == 1


def test_what_waits_for_a_member_in_another_chat_still_waits(acme: Company, kept: Installations) -> None:
    install(kept, "T1")
    link(acme, acme.dana.id, "T1")
    link(acme, acme.dana.id, "X1", "teams")
    acme.digest(acme.loop())
    acme.write(lambda store: store.end_installation("slack", "T1", NOW))
    assert (acme.count(identities), acme.count(deliveries)) == (1, 1)


def test_one_end_is_no_other_company_s(acme: Company, kept: Installations) -> None:
    install(kept, "T1")
    globex = company(acme.database, "Globex")
    theirs = install(kept, "T2")
    for one, tenant in ((acme, "T1"), (globex, "T2")):
        link(one, one.dana.id, tenant)
        one.digest(one.loop())
    acme.write(lambda store: store.end_installation("slack", "T1", NOW))
    acme.write(lambda store: store.end_installation("slack", "T2", NOW))
    assert kept.find("slack", "T2") == theirs
    assert (acme.count(identities), acme.count(deliveries)) == (1, 2)


def test_the_end_is_told_twice_and_its_time_is_the_first(acme: Company, kept: Installations) -> None:
    install(kept, "T1")
    acme.write(lambda store: store.end_installation("slack", "T1", NOW + minutes(1)))
    acme.write(lambda store: store.end_installation("slack", "T1", NOW + minutes(2)))
    assert found(kept, "T1").ended_at == NOW + minutes(1)


def test_after_the_end_it_begins_anew_with_everything_that_was_there(
    acme: Company, kept: Installations
) -> None:
    install(kept, "T1")
    link(acme, acme.dana.id, "T1")
    loop = acme.loop()
    acme.write(lambda store: store.end_installation("slack", "T1", NOW))
    again = install(kept, "T1", secret="s2")
    assert (again.workspace, again.ended_at, again.secret) == (acme.workspace, None, "s2")
    assert kept.find("slack", "T1") == again
    assert acme.now(loop) == loop
    link(acme, acme.dana.id, "T1")
    surface, _ = acme.write(
        lambda store: store.open_surface(SurfaceKind.DIGEST, acme.dana.id, str(dt.date(2026, 3, 4)), NOW)
    )
    acme.write(lambda store: store.put_on(surface.id, [loop.id], [], NOW))
    assert acme.count(deliveries) == 1, "messages are queued again"
