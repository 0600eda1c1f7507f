"""What `bot.mail.Mailer` promises, kept against real SMTP: aiosmtpd, and a server that fails on cue."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.message
import email.policy
import email.utils
import re
import shutil
import ssl
import subprocess
import traceback
import unicodedata
import warnings
from collections.abc import AsyncIterator, Callable
from email.header import decode_header, make_header
from pathlib import Path
from typing import Protocol

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.mail.message import compose
from adapters.mail.sink import MailSink, ReceivedMail
from adapters.mail.smtp import BadSmtpUrl, Encryption, MailerPool, SmtpMailer, SmtpUrl, parse_smtp_url
from bot.mail import (
    MailboxRefused,
    MailError,
    MailOutcomeUnknown,
    MailRefused,
    MailTryLater,
    MailWithdrawn,
    OutgoingMail,
    single_line,
)
from tests.smtp_counterpart import DROP, HANG, RESET, Counterpart, Do, Stage

NOW = dt.datetime(2026, 3, 4, 14, 5, tzinfo=dt.UTC)
PATIENT, IMPATIENT = 10.0, 0.2
"""Seconds to wait for a reply: from a server that will answer, and from one that will not."""


def letter(
    *,
    to: str = "kai@candidates.example",
    to_name: str = "Kai Doe",
    sender: str = "hiring@acme.example",
    sender_name: str = "Dana Lee (Acme)",
    reply_to: str = "dana@acme.example",
    reply_to_name: str = "",
    subject: str = "News about your interview",
    text: str = "Hello Kai,\n\nwe will tell you more by Friday.\n",
    html: str = "<p>Hello Kai,</p><p>we will tell you more by Friday.</p>\n",
    in_reply_to: str = "",
    references: tuple[str, ...] = (),
    automatic: bool = False,
) -> OutgoingMail:
    return OutgoingMail(
        message_id="<0b9d6a52-4a8f-4c1e-9d3f-7f1d4f0f7f11@acme.example>",
        to=to,
        to_name=to_name,
        sender=sender,
        sender_name=sender_name,
        reply_to=reply_to,
        reply_to_name=reply_to_name,
        subject=subject,
        text=text,
        html=html,
        in_reply_to=in_reply_to,
        references=references,
        automatic=automatic,
    )


class Gate:
    """A `before_data` that counts how often it was asked, and may do something before it answers."""

    def __init__(self, answer: bool = True, then: Callable[[], object] | None = None) -> None:
        self.asked = 0
        self._answer = answer
        self._then = then

    async def __call__(self) -> bool:
        self.asked += 1
        if self._then is not None:
            self._then()
        return self._answer


class Mailers(Protocol):
    def __call__(self, port: int, patience: float = PATIENT) -> SmtpMailer: ...


def patience(do: Do) -> float:
    return IMPATIENT if do.hang else PATIENT


@pytest.fixture
async def mailer_to() -> AsyncIterator[Mailers]:
    """Makes mailers for a plain server on a local port, and closes them."""
    made: list[SmtpMailer] = []

    def make(port: int, patience: float = PATIENT) -> SmtpMailer:
        mailer = SmtpMailer(
            SmtpUrl(host="127.0.0.1", port=port, encryption=Encryption.NONE),
            lambda: NOW,
            local_hostname="followup.test",
            connect_timeout=patience,
            command_timeout=patience,
            data_timeout=patience,
            quit_timeout=patience,
        )
        made.append(mailer)
        return mailer

    yield make
    for mailer in made:
        await mailer.close()


# --- Where it fails decides what it means ------------------------------------------------------------------

BEFORE_DATA: list[tuple[Stage, Do, type[MailError], int | None]] = [
    (Stage.CONNECT, DROP, MailTryLater, None),
    (Stage.CONNECT, RESET, MailTryLater, None),
    (Stage.CONNECT, HANG, MailTryLater, None),
    (Stage.CONNECT, Do("421 too busy", drop=True), MailTryLater, 421),
    (Stage.CONNECT, Do("554 not from there", drop=True), MailboxRefused, 554),
    (Stage.CONNECT, Do("who is there?"), MailTryLater, None),
    (Stage.EHLO, DROP, MailTryLater, None),
    (Stage.EHLO, HANG, MailTryLater, None),
    (Stage.EHLO, Do("421 closing", drop=True), MailTryLater, 421),
    (Stage.EHLO, Do("550 not a name I like"), MailboxRefused, 550),
    (Stage.MAIL, DROP, MailTryLater, None),
    (Stage.MAIL, RESET, MailTryLater, None),
    (Stage.MAIL, HANG, MailTryLater, None),
    (Stage.MAIL, Do("421 closing", drop=True), MailTryLater, 421),
    (Stage.MAIL, Do("451 busy"), MailTryLater, 451),
    (Stage.MAIL, Do("452 4.3.1 disk full"), MailTryLater, 452),
    (Stage.MAIL, Do("552 5.2.3 too large"), MailRefused, 552),
    (Stage.MAIL, Do("530 5.7.0 authentication required"), MailboxRefused, 530),
    (Stage.MAIL, Do("550 5.7.1 not your address"), MailboxRefused, 550),
    (Stage.MAIL, Do("553 5.7.1 sender not owned by user"), MailboxRefused, 553),
    (Stage.RCPT, DROP, MailTryLater, None),
    (Stage.RCPT, RESET, MailTryLater, None),
    (Stage.RCPT, HANG, MailTryLater, None),
    (Stage.RCPT, Do("421 closing", drop=True), MailTryLater, 421),
    (Stage.RCPT, Do("450 4.2.0 greylisted"), MailTryLater, 450),
    (Stage.RCPT, Do("451 try again"), MailTryLater, 451),
    (Stage.RCPT, Do("452 too many"), MailTryLater, 452),
    (Stage.RCPT, Do("550 5.1.1 no such user"), MailRefused, 550),
    (Stage.RCPT, Do("552 mailbox full"), MailRefused, 552),
    (Stage.RCPT, Do("554 5.7.1 relay access denied"), MailRefused, 554),
    (Stage.RCPT, Do("what?"), MailTryLater, None),
]

FROM_DATA_ON: list[tuple[Stage, Do, type[MailError], int | None, int]] = [
    (Stage.DATA, DROP, MailOutcomeUnknown, None, 0),
    (Stage.DATA, RESET, MailOutcomeUnknown, None, 0),
    (Stage.DATA, HANG, MailOutcomeUnknown, None, 0),
    (Stage.DATA, Do("421 closing", drop=True), MailTryLater, 421, 0),
    (Stage.DATA, Do("451 busy"), MailTryLater, 451, 0),
    (Stage.DATA, Do("554 no valid recipients"), MailRefused, 554, 0),
    (Stage.DATA, Do("250 what?"), MailOutcomeUnknown, None, 0),
    (Stage.BODY, DROP, MailOutcomeUnknown, None, 0),
    (Stage.BODY, RESET, MailOutcomeUnknown, None, 0),
    (Stage.BODY, HANG, MailOutcomeUnknown, None, 0),
    (Stage.BODY, Do("552 too large", drop=True), MailRefused, 552, 0),
    (Stage.DOT, DROP, MailOutcomeUnknown, None, 1),
    (Stage.DOT, RESET, MailOutcomeUnknown, None, 1),
    (Stage.DOT, HANG, MailOutcomeUnknown, None, 1),
    (Stage.DOT, Do("okay then"), MailOutcomeUnknown, None, 0),
    (Stage.DOT, Do("421 closing", drop=True), MailTryLater, 421, 0),
    (Stage.DOT, Do("450 later"), MailTryLater, 450, 0),
    (Stage.DOT, Do("451 4.3.0 scanner is down"), MailTryLater, 451, 0),
    (Stage.DOT, Do("452 disk full"), MailTryLater, 452, 0),
    (Stage.DOT, Do("550 5.7.1 spam"), MailRefused, 550, 0),
    (Stage.DOT, Do("552 too large"), MailRefused, 552, 0),
    (Stage.DOT, Do("554 no"), MailRefused, 554, 0),
    (Stage.DOT, Do("554 5.2.252 SendAsDenied; not yours"), MailboxRefused, 554, 0),
]


def _name(value: object) -> str:
    if isinstance(value, Do):
        what = [word for word in ("drop", "reset", "hang") if getattr(value, word)]
        return " ".join([value.reply, *what]).strip()
    return value.__name__ if isinstance(value, type) else str(value)


@pytest.mark.parametrize(("stage", "do", "expected", "code"), BEFORE_DATA, ids=_name)
async def test_before_data_nothing_was_handed_over(
    mailer_to: Mailers, stage: Stage, do: Do, expected: type[MailError], code: int | None
) -> None:
    async with Counterpart({stage: do}) as server:
        gate = Gate()
        with pytest.raises(MailError) as caught:
            await mailer_to(server.port, patience(do)).send(letter(), gate)

        assert type(caught.value) is expected
        assert caught.value.code == code
        assert gate.asked == 0
        assert server.accepted == []
        assert len(server.commands) == 1, "a fresh connection that fails is not tried again"
        assert "data" not in server.commands[0]


@pytest.mark.parametrize(("stage", "do", "expected", "code", "taken"), FROM_DATA_ON, ids=_name)
async def test_from_data_on_only_a_reply_tells(
    mailer_to: Mailers, stage: Stage, do: Do, expected: type[MailError], code: int | None, taken: int
) -> None:
    async with Counterpart({stage: do}) as server:
        gate = Gate()
        mailer = mailer_to(server.port, patience(do))
        with pytest.raises(MailError) as caught:
            await mailer.send(letter(), gate)

        assert type(caught.value) is expected
        assert caught.value.code == code
        assert gate.asked == 1
        assert len(server.accepted) == taken
        assert len(server.commands) == 1, "never a second attempt from DATA on"

        await mailer.send(letter(), Gate())
        assert len(server.commands) == 2, "the next letter takes a new connection"
        assert len(server.accepted) == taken + 1


@pytest.mark.parametrize("kept_at", [Stage.MAIL, Stage.RCPT])
async def test_a_refused_letter_does_not_cost_the_connection(mailer_to: Mailers, kept_at: Stage) -> None:
    async with Counterpart({kept_at: Do("450 later")}) as server:
        mailer = mailer_to(server.port)
        for _ in range(2):
            with pytest.raises(MailTryLater):
                await mailer.send(letter(), Gate())
        assert [command for command in server.commands[0] if command in ("ehlo", "rset")] == ["ehlo", "rset"]


async def test_a_long_letter_to_a_server_that_stops_reading_is_unknown_and_lets_go(
    mailer_to: Mailers,
) -> None:
    async with Counterpart({Stage.BODY: HANG}) as server:
        mailer = mailer_to(server.port, IMPATIENT)
        with pytest.raises(MailOutcomeUnknown):
            await mailer.send(letter(text="A long line of text.\n" * 150_000), Gate())
        assert await mailer.send(letter(), Gate()) == "250 2.0.0 queued as 1"
        assert len(server.accepted) == 1


async def test_nobody_listens(mailer_to: Mailers) -> None:
    async with Counterpart() as server:
        port = server.port
    gate = Gate()
    with pytest.raises(MailTryLater) as caught:
        await mailer_to(port).send(letter(), gate)
    assert (caught.value.code, gate.asked) == (None, 0)


# --- What goes well ----------------------------------------------------------------------------------------


async def test_the_reply_comes_back_and_the_connection_is_kept(mailer_to: Mailers) -> None:
    async with Counterpart({Stage.DOT: Do("250-2.0.0\r\n250 queued for kai@candidates.example")}) as server:
        mailer = mailer_to(server.port)
        assert await mailer.send(letter(), Gate()) == "250 2.0.0 queued for recipient"
        await mailer.send(letter(), Gate())
        await mailer.close()

        assert len(server.accepted) == 2
        assert server.commands == [["ehlo", "mail", "rcpt", "data", "rset", "mail", "rcpt", "data", "quit"]]


@pytest.mark.parametrize(
    "script",
    [
        {Stage.ACCEPTED: DROP},
        {Stage.ACCEPTED: RESET},
        {Stage.ACCEPTED: Do("421 idle too long", drop=True)},
        {Stage.RSET: DROP},
        {Stage.RSET: HANG},
        {Stage.RSET: Do("421 idle too long", drop=True)},
        {Stage.RSET: Do("500 what?")},
    ],
    ids=lambda script: " ".join(f"{stage} {_name(do)}" for stage, do in script.items()),
)
async def test_a_kept_connection_found_dead_is_replaced_at_once(
    mailer_to: Mailers, script: dict[Stage, Do]
) -> None:
    async with Counterpart(script) as server:
        mailer = mailer_to(server.port, min(map(patience, script.values())))
        await mailer.send(letter(), Gate())
        second = Gate()
        await mailer.send(letter(), second)

        assert second.asked == 1
        assert len(server.accepted) == 2
        assert len(server.commands) == 2


async def test_it_is_replaced_once_not_for_ever(mailer_to: Mailers) -> None:
    async with Counterpart({Stage.ACCEPTED: DROP}, {Stage.CONNECT: DROP}) as server:
        mailer = mailer_to(server.port)
        await mailer.send(letter(), Gate())
        second = Gate()
        with pytest.raises(MailTryLater):
            await mailer.send(letter(), second)
        assert second.asked == 0
        assert len(server.commands) == 2


async def test_a_lost_quit_stays_sent(mailer_to: Mailers) -> None:
    for do in (DROP, RESET, HANG, Do("421 no"), Do("nonsense")):
        async with Counterpart({Stage.QUIT: do}) as server:
            mailer = mailer_to(server.port, patience(do))
            await mailer.send(letter(), Gate())
            await mailer.close()
            assert len(server.accepted) == 1


async def test_old_servers_are_greeted_with_helo(mailer_to: Mailers) -> None:
    async with Counterpart({Stage.EHLO: Do("502 unknown command")}) as server:
        await mailer_to(server.port).send(letter(), Gate())
        assert server.commands[0][:2] == ["ehlo", "helo"]


async def test_one_letter_at_a_time_on_one_connection(mailer_to: Mailers) -> None:
    async with Counterpart() as server:
        mailer = mailer_to(server.port)
        await asyncio.gather(*(mailer.send(letter(), Gate()) for _ in range(10)))
        assert len(server.commands) == 1
        assert len(server.accepted) == 10


async def test_a_pool_uses_as_many_connections_as_it_needs_and_no_more(mailer_to: Mailers) -> None:
    async with Counterpart() as server:
        pool = MailerPool(mailer_to(server.port) for _ in range(3))
        await pool.send(letter(), Gate())
        await pool.send(letter(), Gate())
        assert len(server.commands) == 1
        await asyncio.gather(*(pool.send(letter(), Gate()) for _ in range(9)))
        await pool.close()
        assert len(server.commands) == 3
        assert len(server.accepted) == 11


# --- The point of no return --------------------------------------------------------------------------------


async def test_before_data_says_no(mailer_to: Mailers) -> None:
    async with Counterpart() as server:
        mailer = mailer_to(server.port)
        gate = Gate(answer=False)
        with pytest.raises(MailWithdrawn):
            await mailer.send(letter(), gate)
        assert gate.asked == 1
        assert server.accepted == []

        await mailer.send(letter(), Gate())
        assert server.commands == [["ehlo", "mail", "rcpt", "rset", "mail", "rcpt", "data"]]


async def test_before_data_is_asked_when_the_recipient_is_accepted_and_data_not_yet_said(
    mailer_to: Mailers,
) -> None:
    async with Counterpart() as server:
        seen: list[str] = []
        await mailer_to(server.port).send(letter(), Gate(then=lambda: seen.extend(server.commands[0])))
        assert seen == ["ehlo", "mail", "rcpt"]


async def test_what_before_data_raises_comes_through_and_nothing_is_sent(mailer_to: Mailers) -> None:
    def database_is_down() -> None:
        raise LookupError("database is down")

    async with Counterpart() as server:
        mailer = mailer_to(server.port)
        with pytest.raises(LookupError):
            await mailer.send(letter(), Gate(then=database_is_down))
        await mailer.send(letter(), Gate())
        assert len(server.accepted) == 1


async def test_a_line_lost_while_before_data_thinks_is_tried_later(mailer_to: Mailers) -> None:
    async with Counterpart({Stage.RCPT: Do("250 ok", drop=True)}) as server:

        async def slow() -> bool:
            await server.until_all_left()
            await asyncio.sleep(0.02)  # the end of the line reaches this side
            return True

        with pytest.raises(MailTryLater):
            await mailer_to(server.port).send(letter(), slow)
        assert len(server.commands) == 1


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.RCPT, Stage.DATA, Stage.BODY, Stage.DOT])
async def test_cancelled_half_way_the_connection_is_never_used_again(
    mailer_to: Mailers, stage: Stage
) -> None:
    async with Counterpart({stage: HANG}) as server:
        mailer = mailer_to(server.port)
        gate = Gate()
        sending = asyncio.create_task(mailer.send(letter(), gate))
        await server.hanging.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

        assert gate.asked == (stage in (Stage.DATA, Stage.BODY, Stage.DOT))
        server.wakes.set()
        await mailer.send(letter(), Gate())
        assert len(server.commands) == 2
        # The server may have taken the cancelled letter too: that is why its outcome is unknown.
        assert 1 <= len(server.accepted) <= 1 + gate.asked


# --- Errors can be read and shown --------------------------------------------------------------------------


async def test_errors_hold_the_servers_words_in_one_line_and_no_address(mailer_to: Mailers) -> None:
    reply = "550-5.1.1 <Kai@candidates.example> is\r\n550 unknown\u2028here " + "x" * 300
    async with Counterpart({Stage.RCPT: Do(reply)}) as server:
        with pytest.raises(MailRefused) as caught:
            await mailer_to(server.port).send(letter(), Gate())

    assert str(caught.value) == "The mail server knows no such address."
    assert caught.value.reason.startswith("5.1.1 <recipient> is unknown here xxx")
    assert len(caught.value.reason) == 200
    assert "kai@" not in "".join(traceback.format_exception(caught.value)).lower()


def test_each_error_has_a_sentence_of_its_own() -> None:
    for error in (MailTryLater, MailRefused, MailboxRefused, MailOutcomeUnknown, MailWithdrawn):
        sentence = str(error())
        assert sentence.endswith((".", ";"))
        assert "\n" not in sentence
    assert str(MailRefused("In other words.", code=550, reason="a\r\nb")) == "In other words."
    assert single_line(" a\x00\r\n b\u2028c\ud800 ") == "a b c"


# --- Encryption and credentials ----------------------------------------------------------------------------


class Relay:
    """aiosmtpd as a company's relay: STARTTLS or TLS, a user and a password."""

    def __init__(self) -> None:
        self.taken: list[tuple[Envelope, Session]] = []

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append((envelope, session))
        return "250 2.0.0 taken"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        right = data == LoginPassword(b"dana@acme.example", b"p@ss/w\xc3\xb6rd")
        return AuthResult(success=right, handled=False, auth_data=data)


USER = "dana%40acme.example:p%40ss%2Fw%C3%B6rd"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    openssl = shutil.which("openssl")
    assert openssl, "these tests need the openssl command"
    subprocess.run(  # noqa: S603
        f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem "
        "-out cert.pem -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1".split(),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def client_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate[0])


@pytest.fixture
def relay() -> Relay:
    return Relay()


async def listen(
    relay: Relay, *, starttls: ssl.SSLContext | None, tls: ssl.SSLContext | None
) -> asyncio.Server:
    loop = asyncio.get_running_loop()

    def connection() -> SMTP:
        with warnings.catch_warnings():
            # aiosmtpd does not see the TLS that began before it.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return SMTP(
                relay,
                hostname="relay.test",
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=relay.authenticate,
                auth_required=True,
                auth_require_tls=starttls is not None,
            )

    return await loop.create_server(connection, "127.0.0.1", 0, ssl=tls)


@pytest.fixture
async def starttls_port(relay: Relay, server_tls: ssl.SSLContext) -> AsyncIterator[int]:
    async with await listen(relay, starttls=server_tls, tls=None) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
async def tls_port(relay: Relay, server_tls: ssl.SSLContext) -> AsyncIterator[int]:
    async with await listen(relay, starttls=None, tls=server_tls) as server:
        yield server.sockets[0].getsockname()[1]


async def test_starttls_and_a_password(relay: Relay, starttls_port: int, client_tls: ssl.SSLContext) -> None:
    url = parse_smtp_url(f"smtp://{USER}@127.0.0.1:{starttls_port}")
    mailer = SmtpMailer(url, lambda: NOW, tls=client_tls)
    assert await mailer.send(letter(), Gate()) == "250 2.0.0 taken"
    await mailer.send(letter(), Gate())
    await mailer.close()

    for envelope, session in relay.taken:
        assert (envelope.mail_from, envelope.rcpt_tos) == ("hiring@acme.example", ["kai@candidates.example"])
        assert session.ssl
        assert session.authenticated


async def test_tls_from_the_first_byte(relay: Relay, tls_port: int, client_tls: ssl.SSLContext) -> None:
    mailer = SmtpMailer(parse_smtp_url(f"smtps://{USER}@127.0.0.1:{tls_port}"), lambda: NOW, tls=client_tls)
    await mailer.send(letter(), Gate())
    await mailer.close()
    assert len(relay.taken) == 1


async def test_a_wrong_password_pauses_the_mailbox_and_is_not_repeated(
    relay: Relay, starttls_port: int, client_tls: ssl.SSLContext
) -> None:
    url = parse_smtp_url(f"smtp://dana:s3cret-word@127.0.0.1:{starttls_port}")
    gate = Gate()
    with pytest.raises(MailboxRefused) as caught:
        await SmtpMailer(url, lambda: NOW, tls=client_tls).send(letter(), gate)
    assert caught.value.code == 535
    assert gate.asked == 0
    assert relay.taken == []
    assert "s3cret" not in repr(url) + "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_nobody_vouches_for(
    relay: Relay, starttls_port: int, tls_port: int, scheme: str
) -> None:
    port = tls_port if scheme == "smtps" else starttls_port
    with pytest.raises(MailboxRefused, match="certificate is not trusted"):
        await SmtpMailer(parse_smtp_url(f"{scheme}://{USER}@127.0.0.1:{port}"), lambda: NOW).send(
            letter(), Gate()
        )
    assert relay.taken == []


async def test_no_starttls_no_letter_and_no_password() -> None:
    async with Counterpart() as server:
        mailer = SmtpMailer(parse_smtp_url(f"smtp://{USER}@127.0.0.1:{server.port}"), lambda: NOW)
        with pytest.raises(MailboxRefused, match="starttls=never"):
            await mailer.send(letter(), Gate())
        assert server.commands == [["ehlo"]]


@pytest.mark.parametrize(
    ("do", "expected", "code"),
    [
        (Do("454 4.7.0 TLS not available"), MailTryLater, 454),
        (Do("502 not implemented"), MailboxRefused, 502),
        (DROP, MailTryLater, None),
        (Do("220 go ahead", drop=True), MailTryLater, None),
    ],
    ids=_name,
)
async def test_starttls_fails(do: Do, expected: type[MailError], code: int | None) -> None:
    script = {Stage.EHLO: Do("250-counterpart.test\r\n250 STARTTLS"), Stage.STARTTLS: do}
    async with Counterpart(script) as server:
        mailer = SmtpMailer(parse_smtp_url(f"smtp://127.0.0.1:{server.port}"), lambda: NOW)
        with pytest.raises(MailError) as caught:
            await mailer.send(letter(), Gate())
        assert (type(caught.value), caught.value.code) == (expected, code)


@pytest.mark.parametrize(
    ("methods", "do", "expected", "code", "attempts"),
    [
        ("PLAIN LOGIN", Do("535 5.7.8 bad credentials"), MailboxRefused, 535, 1),
        (
            "PLAIN LOGIN",
            Do("535 5.7.139 basic authentication is disabled", drop=True),
            MailboxRefused,
            535,
            1,
        ),
        ("PLAIN LOGIN", Do("504 unrecognised method"), MailboxRefused, 504, 2),
        ("PLAIN LOGIN", Do("504 unrecognised method", drop=True), MailboxRefused, 504, 1),
        ("PLAIN", Do("454 4.7.0 temporary authentication failure"), MailTryLater, 454, 1),
        ("PLAIN", Do("421 too many attempts", drop=True), MailTryLater, 421, 1),
        ("PLAIN", DROP, MailTryLater, None, 1),
        ("GSSAPI", Do("504 no"), MailboxRefused, None, 0),
    ],
    ids=_name,
)
async def test_auth_fails(
    methods: str, do: Do, expected: type[MailError], code: int | None, attempts: int
) -> None:
    script = {Stage.EHLO: Do(f"250-counterpart.test\r\n250 AUTH {methods}"), Stage.AUTH: do}
    async with Counterpart(script) as server:
        url = parse_smtp_url(f"smtp://{USER}@127.0.0.1:{server.port}?starttls=never")
        gate = Gate()
        with pytest.raises(MailError) as caught:
            await SmtpMailer(url, lambda: NOW).send(letter(), gate)
        assert (type(caught.value), caught.value.code, gate.asked) == (expected, code, 0)
        assert server.commands[0].count("auth") == attempts


# --- The URL -----------------------------------------------------------------------------------------------


def test_the_url_in_its_forms() -> None:
    assert parse_smtp_url("smtp://mail.acme.example") == SmtpUrl(
        host="mail.acme.example", port=587, encryption=Encryption.STARTTLS
    )
    assert parse_smtp_url("smtps://u:p@mail.acme.example/") == SmtpUrl(
        host="mail.acme.example", port=465, encryption=Encryption.IMPLICIT, user="u", password="p"
    )
    assert parse_smtp_url("smtp://a%40b:p%3A%2F@[::1]:2525?starttls=required") == SmtpUrl(
        host="::1", port=2525, encryption=Encryption.STARTTLS, user="a@b", password="p:/"
    )
    assert parse_smtp_url("smtp://localhost:25?starttls=never").encryption is Encryption.NONE


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mail.acme.example:587", "must begin with smtp://"),
        ("http://u:s3cret@mail.acme.example", "must begin with smtp://"),
        ("smtp://u:s3cret@", "names no host"),
        ("smtp://u:s3cret@host:smtp", "cannot be read"),
        ("smtp://u:s3cret/x@host", "percent-encoded"),
        ("smtp://u:s3cret#x@host", "percent-encoded"),
        ("smtp://u:s3cret?x@host", "percent-encoded"),
        ("smtp://u:s3cret%ff@host", "cannot be read"),
        ("smtp://u:s3cret x@host", "space or a control character"),
        ("smtp://u@host", "both a user and a password"),
        ("smtp://:s3cret@host", "both a user and a password"),
        ("smtp://u:s3cret@host/inbox", "after the host"),
        ("smtp://u:s3cret@host?starttls=maybe", "required or never"),
        ("smtp://u:s3cret@host?starttls", "required or never"),
        ("smtp://u:s3cret@host?starttls=never&starttls=required", "only option"),
        ("smtp://u:s3cret@host?tls=off", "only option"),
        ("smtps://u:s3cret@host?starttls=never", "leave starttls out"),
    ],
)
def test_a_wrong_url_is_explained_without_repeating_it(url: str, says: str) -> None:
    with pytest.raises(BadSmtpUrl) as caught:
        parse_smtp_url(url)
    assert says in str(caught.value)
    assert "s3cret" not in "".join(traceback.format_exception(caught.value)).replace(url, "")


# --- The message -------------------------------------------------------------------------------------------


def parsed(raw: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def header(raw: bytes, name: str) -> str:
    """A header as a mail program reads it, by the older parser, which decodes encoded words to the letter."""
    source = email.message_from_bytes(raw)[name]
    return str(make_header(decode_header(re.sub(r"\r\n", "", source))))


def alternative(raw: bytes, kind: str) -> str:
    part = parsed(raw).get_body((kind,))
    assert isinstance(part, email.message.EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_letter_as_it_leaves() -> None:
    raw = compose(
        letter(
            to_name="Jürgen O'Neill, Jr.",
            in_reply_to="<1@acme.example>",
            references=tuple(f"<{n}-{'x' * 36}@acme.example>" for n in range(5)),
        ),
        NOW,
    ).as_bytes()
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    assert head.split("\r\n")[:5] == [
        "Date: Wed, 04 Mar 2026 14:05:00 +0000",
        'From: "Dana Lee (Acme)" <hiring@acme.example>',
        "To: =?utf-8?b?SsO8cmdlbiBPJ05laWxsLCBKci4=?= <kai@candidates.example>",
        "Reply-To: dana@acme.example",
        "Subject: News about your interview",
    ]
    message = parsed(raw)
    assert message["References"].split() == [f"<{n}-{'x' * 36}@acme.example>" for n in range(5)]
    assert message["In-Reply-To"] == "<1@acme.example>"
    assert message["Message-ID"] == letter().message_id
    assert message["Auto-Submitted"] is None
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert alternative(raw, "html") == letter().html
    assert max(map(len, head.split("\r\n"))) <= 78


def test_system_mail_says_so() -> None:
    assert compose(letter(automatic=True), NOW)["Auto-Submitted"] == "auto-generated"


def test_a_naive_date_or_a_malformed_id_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="time zone"):
        compose(letter(), NOW.replace(tzinfo=None))
    for wrong in ("no-brackets@acme.example", "<a@b>\r\nBcc: x@y.example", "<a b@c>", "<é@c>"):
        with pytest.raises(ValueError, match="message id"):
            compose(letter(references=("<fine@acme.example>", wrong)), NOW)


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.text(
        "ab,;:<>()[]@\"\\ '=?_.\t\r\n\x00\x0b\x1c\x7f\x85\u2028\u2029\u202e\u2066\u200f\u200déß漢😀",
        max_size=300,
    ),
    st.sampled_from(
        [
            "Kai\r\nBcc: all@evil.example",
            "Kai\nBcc: all@evil.example\n\nbody",
            "=?utf-8?q?Kai=0D=0ABcc:_all@evil.example?=",
            "=?utf-8?b?S2FpDQpCY2M6IGFsbEBldmlsLmV4YW1wbGU=?= " * 8,
            '"Kai" <all@evil.example>, x',
            "Kai\u2028Bcc: all@evil.example",
            "Kai\x85Bcc: all@evil.example",
            "\u202eelpmaxe.live@lla\u202c",
            "é, <all@evil.example>, " * 12,
            "x" * 300,
            "😀" * 300,
            "👩🏽\u200d🚀 " * 60,
            "a " * 150,
            "\ud83d lone",
            "",
            " ",
            ".",
        ]
    ),
)
KEPT_TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n\t"), max_size=400)
NAMES = ["Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Content-Type"]


def clean(value: str, *, drop: str = "") -> str:
    spaced = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in value if c not in drop
    )
    return re.sub(" +", " ", spaced).strip(" ")


BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@given(name=HOSTILE, subject=HOSTILE, text=KEPT_TEXT)
@example(name="=?utf-8?q?=0ABcc:x?=", subject="x" * 2000, text=".\n..\nFrom x\n" + "y" * 2000 + "\n\n")
@settings(max_examples=120, deadline=None)
def test_nothing_a_person_types_makes_a_header(name: str, subject: str, text: str) -> None:
    mail = letter(to_name=name, sender_name=name, reply_to_name=name, subject=subject, text=text)
    raw = compose(mail, NOW).as_bytes()

    assert raw.isascii()
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert [line.partition(":")[0] for line in head if not line.startswith(" ")] == NAMES
    assert all(line.strip() for line in head), "a line of blanks would end the headers for some readers"

    message = parsed(raw)
    assert message.keys() == NAMES
    assert not message.defects
    expected = clean(name, drop=BIDI)
    for field, address in (("To", mail.to), ("From", mail.sender), ("Reply-To", mail.reply_to)):
        assert [one.addr_spec for one in message[field].addresses] == [address]
        ((shown, found),) = email.utils.getaddresses(
            [re.sub("\r\n", "", email.message_from_bytes(raw)[field])]
        )
        assert found == address
        shown = str(make_header(decode_header(shown)))
        if len(expected) <= 200:
            assert shown == expected
        else:
            assert shown == expected[:199].rstrip() + "…"
    assert header(raw, "Subject") == clean(subject)
    assert alternative(raw, "plain").removesuffix("\n") == text.removesuffix("\n")


def test_control_characters_in_a_body_are_left_out() -> None:
    raw = compose(letter(text="a\x00b\x0bc\rd\r\ne\x85f\ud800\n"), NOW).as_bytes()
    assert alternative(raw, "plain") == "abc\nd\nef\n"


# --- Addresses beyond ASCII, and the sink ------------------------------------------------------------------


@pytest.fixture
async def sink() -> AsyncIterator[tuple[int, list[ReceivedMail]]]:
    received: list[ReceivedMail] = []
    server = MailSink(received.append)
    yield await server.start(), received
    await server.stop()


Sink = tuple[int, list[ReceivedMail]]


async def test_the_sink_hands_over_what_was_sent(mailer_to: Mailers, sink: Sink) -> None:
    port, received = sink
    mailer = mailer_to(port)
    texts = ["Hello.\n", ".\n..\n.leading dots\n", "Ünïcödé 😀\u2028line\n", "x" * 5000 + "\n", "a\n\n\n"]
    for text in texts:
        assert await mailer.send(letter(text=text, subject=text[:40]), Gate()) == "250 2.0.0 accepted"

    assert [alternative(mail.raw, "plain") for mail in received] == texts
    assert {mail.sender for mail in received} == {"hiring@acme.example"}
    assert {mail.recipients for mail in received} == {("kai@candidates.example",)}
    assert received[0].raw.startswith(b"Date: Wed, 04 Mar 2026 14:05:00 +0000\r\n")


async def test_a_sink_that_cannot_keep_a_message_does_not_accept_it(mailer_to: Mailers) -> None:
    def full(_: ReceivedMail) -> None:
        raise OSError("no space left")

    server = MailSink(full)
    port = await server.start()
    with pytest.raises(RuntimeError):
        await server.start()
    with pytest.raises(MailTryLater) as caught:
        await mailer_to(port).send(letter(), Gate())
    assert caught.value.code == 451
    await server.stop()
    await server.stop()


async def test_an_internationalised_domain_travels_in_ascii(mailer_to: Mailers, sink: Sink) -> None:
    port, received = sink
    await mailer_to(port).send(letter(to="kai@bücher.example"), Gate())
    assert received[0].recipients == ("kai@xn--bcher-kva.example",)
    assert b"<kai@xn--bcher-kva.example>" in received[0].raw


async def test_an_address_beyond_ascii_needs_smtputf8(mailer_to: Mailers, sink: Sink) -> None:
    port, received = sink
    mail = letter(to="jürgen@bücher.example", to_name="Jürgen", subject="Grüße")
    await mailer_to(port).send(mail, Gate())
    assert received[0].recipients == ("jürgen@xn--bcher-kva.example",)
    assert "<jürgen@xn--bcher-kva.example>".encode() in received[0].raw

    async with Counterpart() as server:
        mailer, gate = mailer_to(server.port), Gate()
        for _ in range(2):
            with pytest.raises(MailRefused, match="SMTPUTF8"):
                await mailer.send(mail, gate)
        assert gate.asked == 0
        assert server.commands == [["ehlo", "rset"]]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kai",
        "kai@",
        "@candidates.example",
        "a b@candidates.example",
        "kai@candidates.example>\r\nRCPT TO:<all@evil.example",
        "kai@candidates.example, all@evil.example",
        '"kai"@candidates.example',
        "käi@",
        "kai@bü cher.example",
        "kai\u202e@bücher.example",
        "k" * 65 + "@candidates.example",
    ],
)
async def test_what_is_no_address_never_reaches_the_server(mailer_to: Mailers, address: str) -> None:
    async with Counterpart() as server:
        mailer, gate = mailer_to(server.port), Gate()
        with pytest.raises(MailRefused, match="recipient"):
            await mailer.send(letter(to=address), gate)
        with pytest.raises(MailboxRefused):
            await mailer.send(letter(sender=address), gate)
        if address:
            with pytest.raises(MailRefused, match="replies"):
                await mailer.send(letter(reply_to=address), gate)
        assert gate.asked == 0
        assert server.commands == []


def test_an_intranet_address_is_the_servers_business() -> None:
    assert compose(letter(to="kai@mail_1.corp.local", reply_to=""), NOW)["Reply-To"] is None
