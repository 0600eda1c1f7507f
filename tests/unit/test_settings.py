"""Settings: a wrong one is named in a sentence, and the docs know each of them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from adapters.every_setting import explained
from adapters.settings import PREFIX, SettingRefused, Settings, read_settings


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_settings({}) == Settings()


def test_the_examples_of_the_reference_are_understood_and_none_is_the_default() -> None:
    examples = {field.name: explained(field).example for field in dataclasses.fields(Settings)}
    settings = read_settings({PREFIX + name.upper(): example for name, example in examples.items()})
    plain = Settings()
    assert [name for name in examples if getattr(settings, name) == getattr(plain, name)] == []
    assert settings.admins == {"kim@acme.example", "T0GLOBEX/lee@globex.example"}
    assert settings.policy().admins == {"kim@acme.example"}
    assert settings.policy().undo == dt.timedelta(seconds=120)
    assert settings.smtp_url is not None
    assert settings.smtp_url.host == "mail.acme.example"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIMEZONE", "Europe/Nowhere"),
        ("COUNTRY", "XX"),
        ("LOG_FORMAT", "xml"),
        ("UNDO_SECONDS", "0"),
        ("UNDO_SECONDS", "soon"),
        ("UNDO_SECONDS", "\u00b2"),
        ("LETTERS_AN_HOUR", "\u00b2"),
        ("LETTERS_AN_HOUR", "9" * 5000),
        ("COMPANY", "Acme\r\nBcc: all@acme.example"),
        ("SLACK_API_URL", "http://"),
        ("SLACK_API_URL", "https://[::1"),
        ("SLACK_API_URL", "https://slack.com:443@evil.example/api/"),
        ("TEAMS_LOGIN_URL", "https://login.microsoftonline.com:port/"),
        ("TEAMS_SERVICE_URL_ALLOW", "*"),
        ("TEAMS_SERVICE_URL_ALLOW", "*."),
        ("TEAMS_SERVICE_URL_ALLOW", "smba.trafficmanager.net,*.com"),
        ("ADMINS", "kim"),
        ("ADMINS", "T0GLOBEX/kim"),
        ("PILOT", "dana@acme.example, everybody"),
        ("MAIL_FROM", "hiring"),
        ("SMTP_URL", "mail.acme.example"),
    ],
)
def test_a_wrong_setting_is_named_in_a_sentence(name: str, value: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        read_settings({PREFIX + name: value})
    assert PREFIX + name in str(refused.value)


def test_a_setting_can_be_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "smtp_url"
    secret.write_text("smtp://followup:s3cret@mail.acme.example\n")
    settings = read_settings({"FOLLOWUP_SMTP_URL_FILE": str(secret), "FOLLOWUP_COUNTRY": "GB"})
    assert settings.smtp_url is not None
    assert settings.smtp_url.password == "s3cret"
    assert settings.country == "GB"


def test_a_file_from_an_editor_on_windows(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"\xef\xbb\xbfxoxb-1\r\n")
    assert read_settings({"FOLLOWUP_SLACK_BOT_TOKEN_FILE": str(file)}).slack_bot_token == "xoxb-1"


def test_a_secret_of_two_lines_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-s3cret\nxapp-s3cret\n")
    with pytest.raises(SettingRefused, match="FOLLOWUP_SLACK_BOT_TOKEN has a line break") as refused:
        read_settings({"FOLLOWUP_SLACK_BOT_TOKEN_FILE": str(file)})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["is not there", "is no text"])
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingRefused, match=r"FOLLOWUP_TOKEN_KEYS_FILE names .* cannot be read: .+\. "):
        read_settings({"FOLLOWUP_TOKEN_KEYS_FILE": str(file)})


@pytest.mark.parametrize("name", ["DATABASE_URL", "TOKEN_KEYS"])
def test_an_empty_file_is_no_setting_that_was_left_out(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("\n")
    with pytest.raises(SettingRefused) as refused:
        read_settings({f"FOLLOWUP_{name}_FILE": str(file)})
    assert f'FOLLOWUP_{name}_FILE names "{file}", which is empty. ' in str(refused.value)


def test_a_setting_in_two_places_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingRefused, match="FOLLOWUP_COUNTRY_FILE and FOLLOWUP_COUNTRY are both set"):
        read_settings({"FOLLOWUP_COUNTRY_FILE": str(tmp_path / "country"), "FOLLOWUP_COUNTRY": "GB"})


def test_a_password_in_a_wrong_mail_url_is_not_repeated() -> None:
    with pytest.raises(SettingRefused) as refused:
        read_settings({"FOLLOWUP_SMTP_URL": "http://user:s3cret@mail.acme.example"})
    assert "s3cret" not in str(refused.value)
    settings = read_settings({"FOLLOWUP_SMTP_URL": "smtp://user:s3cret@mail.acme.example"})
    assert "s3cret" not in repr(settings)


def test_sending_without_a_relay_or_a_sender_is_refused_by_name() -> None:
    with pytest.raises(SettingRefused, match="FOLLOWUP_SMTP_URL"):
        read_settings({}).needs_mail()
    with pytest.raises(SettingRefused, match="FOLLOWUP_MAIL_FROM"):
        read_settings({"FOLLOWUP_SMTP_URL": "smtp://localhost:25?starttls=never"}).needs_mail()


def test_the_pilot_is_nobody_somebody_or_everybody() -> None:
    nobody = read_settings({}).policy()
    some = read_settings({"FOLLOWUP_PILOT": "Dana@acme.example"}).policy()
    everybody = read_settings({"FOLLOWUP_PILOT": "*"}).policy()
    assert not nobody.addresses("dana@acme.example")
    assert some.addresses("dana@Acme.example")
    assert not some.addresses("kim@acme.example")
    assert everybody.addresses("kim@acme.example")
