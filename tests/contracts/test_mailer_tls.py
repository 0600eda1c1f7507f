"""`SmtpMailer` hands a letter and a password only to a server that it can trust.

Against aiosmtpd as a company's relay, with a certificate made for the run, and against a server that fails
at STARTTLS or AUTH on cue.
"""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import traceback
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from adapters.mail.smtp import SmtpMailer, parse_smtp_url
from bot.mail import MailboxRefused, MailError, MailTryLater
from tests.outgoing_mail import NOW, Gate, in_words, letter
from tests.smtp_counterpart import DROP, Counterpart, Do, Stage


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
    ids=in_words,
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
    ids=in_words,
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
