"""What is kept of an installation is encrypted, and keys can be changed."""

from __future__ import annotations

import datetime as dt
import logging

import pytest

from adapters.slack.access import SlackSettingsRefused
from adapters.slack.vault import Kept, Locked, Vault, granted, new_key
from bot.ports import ChatError

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
KEPT = Kept(
    token="xoxe.xoxb-1-secret",
    refresh_token="xoxe-1-refresh",
    expires_at=NOW + dt.timedelta(hours=12),
    scopes=("chat:write", "commands"),
)
OLD, NEW, OTHER = new_key(), new_key(), new_key()


@pytest.mark.parametrize("kept", [KEPT, Kept(token="xoxb-for-ever")])
def test_what_is_locked_is_opened_again(kept: Kept) -> None:
    vault = Vault([OLD])
    assert vault.open(vault.lock(kept)) == kept


def test_nothing_of_it_can_be_read_without_the_key() -> None:
    secret = Vault([OLD]).lock(KEPT)
    assert not any(word in secret for word in ("xoxe", "secret", "chat:write"))
    assert secret != Vault([OLD]).lock(KEPT), "the same content never looks the same"


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    secret = Vault([OLD]).lock(KEPT)
    both = Vault([NEW, OLD])
    assert both.open(secret) == KEPT
    assert Vault([NEW]).open(both.lock(KEPT)) == KEPT


def test_what_is_under_an_old_key_is_put_under_the_first() -> None:
    secret = Vault([OLD]).lock(KEPT)
    both = Vault([NEW, OLD])
    anew = both.under_first_key(secret)
    assert anew is not None
    assert Vault([NEW]).open(anew) == KEPT
    assert both.under_first_key(anew) is None


@pytest.mark.parametrize(
    "change", [lambda secret: secret[:-8] + "AAAAAAA=", lambda _: "", lambda _: "no secret"]
)
def test_what_was_tampered_with_stays_shut(change: object) -> None:
    assert callable(change)
    with pytest.raises(Locked):
        Vault([OLD]).open(change(Vault([OLD]).lock(KEPT)))


def test_without_the_key_a_sentence_says_how_to_mend_it() -> None:
    secret = Vault([OLD]).lock(KEPT)
    wrong = Vault([NEW, OTHER])
    with pytest.raises(Locked, match=r"Put back the key .* /slack/install"):
        wrong.open(secret)
    with pytest.raises(Locked):
        wrong.under_first_key(secret)


@pytest.mark.parametrize("key", ["", "n3Yc", "n3Yc" * 11, "ключ" * 11, "*" * 44])
def test_a_key_that_is_none_is_named_by_its_place_and_not_repeated(key: str) -> None:
    with pytest.raises(SlackSettingsRefused, match=r"number 2 is no key.*`followup key`") as refused:
        Vault([NEW, key])
    assert not key or key not in str(refused.value)


def test_without_any_key_nothing_is_kept_in_plain_text() -> None:
    with pytest.raises(SlackSettingsRefused, match=r"FOLLOWUP_TOKEN_KEYS is not set.*`followup key`"):
        Vault([])


def test_secrets_are_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    vault = Vault([OLD])
    logging.getLogger("test").warning("%s %r %s", KEPT, KEPT, vault)
    assert not any(secret in caplog.text for secret in (KEPT.token, KEPT.refresh_token, OLD))


def test_an_answer_of_slacks_says_when_the_token_ends() -> None:
    answer = {
        "ok": True, "access_token": KEPT.token, "token_type": "bot", "scope": "chat:write,commands",
        "expires_in": 43200, "refresh_token": KEPT.refresh_token,
    }  # fmt: skip
    assert granted(answer, NOW) == KEPT


def test_an_answer_without_an_end_is_a_token_for_ever() -> None:
    answer = {"access_token": "xoxb-1", "token_type": "bot", "scope": ""}
    assert granted(answer, NOW) == Kept(token="xoxb-1")


@pytest.mark.parametrize(
    "answer",
    [{}, {"access_token": "xoxp-1", "token_type": "user"}, {"access_token": "", "token_type": "bot"}],
)
def test_an_answer_without_a_bot_token_is_refused(answer: dict[str, str]) -> None:
    with pytest.raises(ChatError, match="without a bot token"):
        granted(answer, NOW)
