"""What `followup doctor` says of the mail relay: asked up to the letter, and no letter is sent."""

from __future__ import annotations

import base64

import pytest

from adapters.doctor.finding import Finding, State
from adapters.doctor.smtp import smtp
from adapters.mail.smtp import parse_smtp_url
from tests.smtp_counterpart import HANG, Counterpart, Do, Script, Stage
from tests.stories import doctor_stage
from tests.stories.doctor_stage import PASSWORD, relay, report, settings

database, no_proxy = doctor_stage.database, doctor_stage.no_proxy


async def asked(url: str, *scripts: Script, patience: float = 10) -> tuple[Finding, Counterpart]:
    """What the check says of a mail server that follows these scripts; its port stands as 0 in `url`."""
    async with Counterpart(*scripts) as server:
        found = await smtp(
            parse_smtp_url(url.replace(":0", f":{server.port}")), "hiring@acme.example", patience=patience
        )
        server.wakes.set()
    return found, server


async def test_a_mail_server_is_asked_up_to_the_letter_and_gets_none() -> None:
    found, server = await asked("smtp://127.0.0.1:0?starttls=never")
    assert found.state is State.OK
    assert server.commands == [["ehlo", "mail", "rcpt", "quit"]]
    assert server.accepted == []


async def test_a_wrong_password_is_said_without_the_password() -> None:
    plain = base64.b64encode(f"\0followup\0{PASSWORD}".encode()).decode()
    ehlo = Do("250-counterpart.test\r\n250 AUTH PLAIN")
    chatty = {Stage.EHLO: ehlo, Stage.AUTH: Do(f"535 5.7.8 bad credentials: AUTH PLAIN {plain}")}
    terse = {Stage.EHLO: ehlo, Stage.AUTH: Do("535 5.7.8 bad credentials")}
    for script, said in ((chatty, "It says: 535."), (terse, "It says: 535 5.7.8 bad credentials.")):
        found, _ = await asked(f"smtp://followup:{PASSWORD}@127.0.0.1:0?starttls=never", script)
        assert found.state is State.WRONG
        assert found.what.endswith(f"does not take this user and password. {said}")
        assert "FOLLOWUP_SMTP_URL" in found.mend


@pytest.mark.parametrize(
    ("script", "state", "said"),
    [
        ({}, State.WRONG, "offers no encryption (STARTTLS)"),
        ({Stage.CONNECT: Do("554 no service", drop=True)}, State.WRONG, "554 no service"),
        ({Stage.CONNECT: Do("421 too busy", drop=True)}, State.WARN, "421 too busy"),
    ],
)
async def test_a_mail_server_that_does_not_want_us(script: Script, state: State, said: str) -> None:
    found, _ = await asked("smtp://127.0.0.1:0", script)
    assert found.state is state
    assert said in found.what


@pytest.mark.parametrize(
    ("script", "state", "said"),
    [
        ({Stage.MAIL: Do("550 5.7.60 not yours")}, State.WRONG, "does not let us send from this address"),
        ({Stage.RCPT: Do("550 5.1.1 who?")}, State.WARN, "takes no mail for hiring@acme.example"),
        ({Stage.RCPT: Do("450 4.2.0 greylisted")}, State.WARN, "450 4.2.0 greylisted"),
    ],
)
async def test_an_address_we_may_not_send_from(script: Script, state: State, said: str) -> None:
    found, server = await asked("smtp://127.0.0.1:0?starttls=never", script)
    assert found.state is state
    assert said in found.what
    assert server.accepted == []


async def test_a_mail_server_that_hangs_is_given_up() -> None:
    found, _ = await asked("smtp://127.0.0.1:0?starttls=never", {Stage.CONNECT: HANG}, patience=0.1)
    assert found.state is State.WRONG
    assert "cannot be reached" in found.what


async def test_a_port_where_nobody_listens(database: str) -> None:
    async with Counterpart() as server:
        port = server.port
    found = await report(
        settings(database_url=database, smtp_url=relay(port), mail_from="hiring@acme.example")
    )
    assert found["smtp"].state is State.WRONG
    assert found["smtp"].what.startswith(f"127.0.0.1:{port} without encryption cannot be reached")
