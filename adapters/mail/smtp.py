"""Sending by SMTP, stage by stage, so that it is always known whether DATA was reached.

aiosmtplib speaks the protocol; its `send()` is not used, because it raises the same error whether the line
dropped before MAIL or after the final dot. Nor are its timeouts: they rest on asyncio.wait_for, which in
Python 3.11 can swallow a cancellation (python/cpython#86296).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import enum
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import NoReturn, TypeGuard, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import aiosmtplib

from adapters.mail.message import Envelope, compose, envelope
from bot.mail import (
    NO_SUCH_ADDRESS,
    MailboxRefused,
    Mailer,
    MailError,
    MailOutcomeUnknown,
    MailRefused,
    MailTryLater,
    MailWithdrawn,
    OutgoingMail,
    single_line,
)


class BadSmtpUrl(ValueError):
    """The SMTP URL cannot be used. The sentence says why and never repeats the URL: it holds a password."""


class Encryption(enum.Enum):
    STARTTLS = "starttls"
    """Plain until STARTTLS, which the server must offer (RFC 3207)."""
    IMPLICIT = "implicit"
    """TLS from the first byte (RFC 8314 §3.3)."""
    NONE = "none"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SmtpUrl:
    """Where to hand letters over. No `user`: a relay without AUTH."""

    host: str
    port: int
    encryption: Encryption
    user: str = dataclasses.field(default="", repr=False)
    password: str = dataclasses.field(default="", repr=False)


_FORM = "Write smtp://user:password@host:587 or smtps://user:password@host:465."
_ENCODE = "Characters such as / ? # @ : % in a user name or password must be percent-encoded (/ is %2F)."


def parse_smtp_url(url: str) -> SmtpUrl:
    """Read `smtp://user:password@host:587?starttls=required|never` or `smtps://user:password@host:465`.

    STARTTLS is required unless the URL says `starttls=never`. The port is 587, or 465 with smtps, unless
    given; user and password may be percent-encoded, and are left out for a relay without AUTH.

    Raises BadSmtpUrl.
    """
    if re.search(r"[\x00-\x20\x7f]", url):
        raise BadSmtpUrl(f"The SMTP URL contains a space or a control character. {_ENCODE}")
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
        user, password = (
            unquote(parts.username or "", errors="strict"),
            unquote(parts.password or "", errors="strict"),
        )
    except ValueError:  # its text quotes pieces of the URL
        raise BadSmtpUrl(f"The SMTP URL cannot be read. {_FORM} {_ENCODE}") from None
    if scheme not in ("smtp", "smtps"):
        raise BadSmtpUrl(f"The SMTP URL must begin with smtp:// or smtps://. {_FORM}")
    if parts.path not in ("", "/") or parts.fragment:
        raise BadSmtpUrl(f"The SMTP URL has something after the host. {_FORM} {_ENCODE}")
    if not host:
        raise BadSmtpUrl(f"The SMTP URL names no host. {_FORM} {_ENCODE}")
    if bool(user) != bool(password):
        raise BadSmtpUrl(
            "The SMTP URL needs both a user and a password, or neither for a relay without AUTH."
        )
    encryption = _encryption(scheme, parts.query)
    return SmtpUrl(
        host=host,
        port=port or (465 if scheme == "smtps" else 587),
        encryption=encryption,
        user=user,
        password=password,
    )


def _encryption(scheme: str, query: str) -> Encryption:
    options = parse_qsl(query, keep_blank_values=True)
    if any(name != "starttls" for name, _ in options) or len(options) > 1:
        raise BadSmtpUrl(
            f"The only option the SMTP URL may carry is starttls=required or starttls=never. {_ENCODE}"
        )
    if scheme == "smtps":
        if options:
            raise BadSmtpUrl("An smtps:// URL is encrypted from the first byte: leave starttls out.")
        return Encryption.IMPLICIT
    match options:
        case [] | [(_, "required")]:
            return Encryption.STARTTLS
        case [(_, "never")]:
            return Encryption.NONE
        case _:
            raise BadSmtpUrl(
                "starttls in the SMTP URL must be required or never. Never sends letters and password in the "
                "clear, so it belongs to a relay on this computer or a trusted network."
            )


@dataclasses.dataclass(frozen=True, slots=True)
class _Line:
    """A connection. The transport is kept beside the client, which forgets it when it closes."""

    client: aiosmtplib.SMTP
    transport: asyncio.WriteTransport

    def drop(self) -> None:
        """Close at once; what is still unsent is thrown away, so a dead peer holds nothing back."""
        self.transport.abort()
        self.client.close()


class SmtpMailer(Mailer):
    """One kept connection to the server at `url`, one letter at a time on it, RSET between letters.

    clock: the time now, time-zone-aware, for the Date header.
    tls: whom to trust; by default the certificate authorities of this computer (SSL_CERT_FILE adds another).
    local_hostname: what EHLO says; by default this computer's full name.
    connect_timeout, command_timeout, data_timeout, quit_timeout: seconds until the server has greeted, until
        a command before DATA is answered, from DATA to the final reply (RFC 5321 §4.5.3.2.6: ten minutes),
        and for QUIT.
    """

    def __init__(
        self,
        url: SmtpUrl,
        clock: Callable[[], dt.datetime],
        *,
        tls: ssl.SSLContext | None = None,
        local_hostname: str | None = None,
        connect_timeout: float = 30,
        command_timeout: float = 30,
        data_timeout: float = 600,
        quit_timeout: float = 5,
    ) -> None:
        self._url = url
        self._clock = clock
        self._tls = tls
        self._local_hostname = local_hostname
        self._connect_timeout = connect_timeout
        self._command_timeout = command_timeout
        self._data_timeout = data_timeout
        self._quit_timeout = quit_timeout
        self._lock = asyncio.Lock()
        self._line: _Line | None = None

    async def send(self, mail: OutgoingMail, before_data: Callable[[], Awaitable[bool]]) -> str:
        """See `bot.mail.Mailer.send`."""
        async with self._lock:
            addresses = envelope(mail)
            message = compose(mail, self._clock()).as_bytes()
            try:
                line = await self._with_recipient_accepted(addresses)
                if not await before_data():
                    raise MailWithdrawn  # noqa: TRY301 - the server still waits: RSET comes first next time
                return await self._hand_over(line, message, addresses)
            except MailError:
                raise  # the connection is in step, or already dropped
            except BaseException:
                self._drop()  # cancelled half way: nobody knows who speaks next
                raise

    async def close(self) -> None:
        """See `bot.mail.Mailer.close`."""
        async with self._lock:
            if self._line is None:
                return
            try:
                with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                    async with asyncio.timeout(self._quit_timeout):
                        await self._line.client.quit()
            finally:
                self._drop()

    def _drop(self) -> None:
        if self._line is not None:
            self._line.drop()
            self._line = None

    async def _with_recipient_accepted(self, addresses: Envelope) -> _Line:
        """A connection on which MAIL and RCPT were accepted; a kept one found dead is replaced once."""
        if self._line is not None:
            try:
                await self._in_time(self._line.client.rset())
                await self._mail_and_rcpt(self._line.client, addresses)
            except (aiosmtplib.SMTPException, OSError) as error:
                if _answers_the_letter(error):
                    _raise_refusal(error, addresses)
                self._drop()
            else:
                return self._line
        try:
            self._line = await self._connect()
            await self._mail_and_rcpt(self._line.client, addresses)
        except (aiosmtplib.SMTPException, OSError) as error:
            if not _answers_the_letter(error):
                self._drop()
            if isinstance(error, aiosmtplib.SMTPResponseException):
                _raise_refusal(error, addresses)
            if any(isinstance(one, ssl.SSLCertVerificationError) for one in (error, error.__cause__)):
                sentence = "The mail server's certificate is not trusted."
                raise MailboxRefused(sentence, reason=str(error)) from error
            sentence = "The mail server could not be reached; the letter will be tried again."
            raise MailTryLater(sentence, reason=str(error) or type(error).__name__) from error
        return self._line

    async def _connect(self) -> _Line:
        client = aiosmtplib.SMTP(
            hostname=self._url.host,
            port=self._url.port,
            use_tls=self._url.encryption is Encryption.IMPLICIT,
            start_tls=False,
            tls_context=self._tls,
            local_hostname=self._local_hostname,
            timeout=None,
        )
        try:
            async with asyncio.timeout(self._connect_timeout):
                await client.connect()
            await self._prepare(client)
        except BaseException:
            client.close()
            raise
        if client.transport is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        return _Line(client, cast("asyncio.WriteTransport", client.transport))

    async def _prepare(self, client: aiosmtplib.SMTP) -> None:
        await self._in_time(_greet(client))
        if self._url.encryption is Encryption.STARTTLS:
            if not client.supports_extension("starttls"):
                raise MailboxRefused(
                    "The mail server offers no encryption (STARTTLS), so nothing was sent. If it is a relay "
                    "on this computer or a trusted network, say starttls=never in the SMTP URL."
                )
            await self._in_time(client.starttls())
            await self._in_time(_greet(client))
        if self._url.user:
            await self._in_time(_log_in(client, self._url))

    async def _in_time(self, step: Awaitable[object]) -> None:
        async with asyncio.timeout(self._command_timeout):
            await step

    async def _mail_and_rcpt(self, client: aiosmtplib.SMTP, addresses: Envelope) -> None:
        if addresses.smtputf8 and not client.supports_extension("smtputf8"):
            raise MailRefused(
                "The mail server cannot mail an address with letters like é before the @ (it lacks SMTPUTF8)."
            )
        options = ["SMTPUTF8"] if addresses.smtputf8 else []
        await self._in_time(client.mail(addresses.sender, options=options, encoding="utf-8"))
        await self._in_time(client.rcpt(addresses.recipient, encoding="utf-8"))

    async def _hand_over(self, line: _Line, message: bytes, addresses: Envelope) -> str:
        if not line.client.is_connected:
            self._drop()
            raise MailTryLater("The mail server hung up before the letter was handed over.")
        try:
            # Nothing is awaited between the check above and the writing of DATA inside this call.
            async with asyncio.timeout(self._data_timeout):
                reply = await line.client.data(message)
        except aiosmtplib.SMTPResponseException as error:
            self._drop()  # the server may have answered in mid-body and take the rest for commands
            if 400 <= error.code < 600:
                _raise_refusal(error, addresses)
            raise MailOutcomeUnknown(reason=_masked(error.message, addresses)) from None
        except Exception as error:
            self._drop()
            raise MailOutcomeUnknown(reason=str(error) or type(error).__name__) from error
        return single_line(f"{reply.code} {_masked(reply.message, addresses)}")


class MailerPool(Mailer):
    """Several mailers as one: as many letters at a time as there are mailers, the one used last first."""

    def __init__(self, mailers: Iterable[Mailer]) -> None:
        self._mailers = tuple(mailers)
        self._idle: asyncio.LifoQueue[Mailer] = asyncio.LifoQueue()
        for mailer in self._mailers:
            self._idle.put_nowait(mailer)

    async def send(self, mail: OutgoingMail, before_data: Callable[[], Awaitable[bool]]) -> str:
        """See `bot.mail.Mailer.send`. Waits while all mailers are busy."""
        mailer = await self._idle.get()
        try:
            return await mailer.send(mail, before_data)
        finally:
            self._idle.put_nowait(mailer)

    async def close(self) -> None:
        """See `bot.mail.Mailer.close`."""
        for mailer in self._mailers:
            await mailer.close()


async def _greet(client: aiosmtplib.SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in (500, 502, 504) or not client.is_connected:
            raise
        await client.helo()


async def _log_in(client: aiosmtplib.SMTP, url: SmtpUrl) -> None:
    """AUTH by the first method that works; a server that said the password is wrong is not asked again."""
    methods = {
        "plain": client.auth_plain,
        "login": client.auth_login,
        "cram-md5": client.auth_crammd5,
    }
    refused: aiosmtplib.SMTPAuthenticationError | None = None
    for name in (name for name in methods if name in client.server_auth_methods):
        try:
            await methods[name](url.user, url.password)
        except aiosmtplib.SMTPAuthenticationError as error:
            refused = error
            if error.code in (421, 454, 534, 535):
                break
        except aiosmtplib.SMTPServerDisconnected:
            if refused is None:
                raise
            break
        else:
            return
    if refused is None:
        raise MailboxRefused(
            "The mail server offers no way to log in that Followup knows (AUTH PLAIN, LOGIN, CRAM-MD5)."
        )
    raise refused


def _answers_the_letter(
    error: Exception,
) -> TypeGuard[aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused]:
    """A real answer to MAIL or RCPT, after which the connection is in step; not a farewell, not nonsense."""
    if not isinstance(error, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused):
        return False
    return 400 <= error.code < 600 and error.code != 421


_CREDENTIALS = frozenset({530, 534, 535, 538})
_SENDER_NOT_OURS = re.compile(r"\b5\.7\.60\b|SendAsDenied")
"""How Exchange Online says, after the final dot, that this account may not send as this sender."""


def _raise_refusal(error: aiosmtplib.SMTPResponseException, addresses: Envelope) -> NoReturn:
    """Raise what a reply means. Code and text are kept; the error itself is not: it may hold addresses."""
    raise _refusal(error, _masked(error.message, addresses), addresses.smtputf8) from None


def _refusal(error: aiosmtplib.SMTPResponseException, reason: str, smtputf8: bool) -> MailError:
    code = error.code
    if not 500 <= code < 600:
        return MailTryLater(code=code if code > 0 else None, reason=reason)
    if code in _CREDENTIALS or isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return MailboxRefused(
            "The mail server asks for a valid user name and password.", code=code, reason=reason
        )
    match error:
        case aiosmtplib.SMTPRecipientRefused():
            return MailRefused(NO_SUCH_ADDRESS, code=code, reason=reason)
        case aiosmtplib.SMTPSenderRefused() if (
            smtputf8 or code == 552
        ):  # may be the other address, or the space left
            return MailRefused(code=code, reason=reason)
        case aiosmtplib.SMTPSenderRefused():
            return MailboxRefused(
                "The mail server does not let us send from this address.", code=code, reason=reason
            )
        case aiosmtplib.SMTPDataError() if _SENDER_NOT_OURS.search(reason):
            return MailboxRefused(
                "The mail server does not let us send from this address.", code=code, reason=reason
            )
        case aiosmtplib.SMTPDataError():
            return MailRefused(code=code, reason=reason)
        case _:  # the greeting, EHLO or STARTTLS
            return MailboxRefused("The mail server does not talk to us.", code=code, reason=reason)


def _masked(text: str, addresses: Envelope) -> str:
    """`text` without the two addresses, which servers like to repeat."""
    for address, word in ((addresses.recipient, "recipient"), (addresses.sender, "sender")):
        text = re.sub(re.escape(address), word, text, flags=re.IGNORECASE)
    return text
