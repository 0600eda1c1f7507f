"""From an OutgoingMail to the bytes of a message (RFC 5322, 2045–2047, 6532). Pure.

The top headers are encoded here and handed to the email package as finished source, which it writes back
untouched. Its own folding is not used for what people typed: up to Python 3.11.9 it decodes an encoded line
break inside a value into a real one (CVE-2024-6923), and it drops the quotes around a comma in a long
display name (python/cpython#100884).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.message
import email.policy
import email.utils
import re
from collections.abc import Iterable, Iterator
from email.header import Header

from email_validator import EmailNotValidError, validate_email

from bot.mail import MailboxRefused, MailRefused, OutgoingMail

_CRLF = "\r\n"
_LINE = 76
_LONGEST_WORD = 900
"""RFC 5322 §2.1.1 allows 998 octets a line; an unbroken word longer than this is encoded instead."""
_LONGEST_NAME = 200
_LONGEST_ADDRESS = 254

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
"""Unicode's control characters, surrogates, and separators of lines and paragraphs (Cc, Cs, Zl, Zp)."""
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but tab and line feed, and surrogates."""
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the reading direction: in a name they can make one address look like another."""

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_ASCII_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
)
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the server is told apart from the message. `smtputf8`: it must offer SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    smtputf8: bool


def envelope(mail: OutgoingMail) -> Envelope:
    """The envelope of `mail`, internationalised domains in their ASCII form.

    Raises MailRefused if the recipient's or the reply address cannot be mailed, MailboxRefused if the
    sender's cannot.
    """
    sender, recipient, reply_to = _sender(mail), _recipient(mail), _reply_to(mail)
    return Envelope(
        sender=sender, recipient=recipient, smtputf8=not (sender + recipient + reply_to).isascii()
    )


def compose(mail: OutgoingMail, date: dt.datetime) -> email.message.EmailMessage:
    """The message for `mail`, dated `date` (time-zone-aware): text and HTML as alternatives, nothing added.

    Everything is ASCII unless an address needs SMTPUTF8. Raises as `envelope` does, and ValueError where a
    message id is malformed or `date` is naive.
    """
    if date.tzinfo is None:
        raise ValueError("The date of a mail needs a time zone.")
    policy = email.policy.SMTP.clone(
        cte_type="7bit", utf8=envelope(mail).smtputf8, refold_source="none", max_line_length=_LINE
    )
    head = _CRLF.join(f"{name}: {value}" for name, value in _headers(mail, date))
    message = email.message_from_string(head + _CRLF + _CRLF, policy=policy)
    message.set_content(_body(mail.text), charset="utf-8")
    message.add_alternative(_body(mail.html), subtype="html", charset="utf-8")
    return message


def _headers(mail: OutgoingMail, date: dt.datetime) -> Iterator[tuple[str, str]]:
    yield "Date", email.utils.format_datetime(date)
    yield "From", _mailbox("From", mail.sender_name, _sender(mail))
    yield "To", _mailbox("To", mail.to_name, _recipient(mail))
    if mail.reply_to:
        yield "Reply-To", _mailbox("Reply-To", mail.reply_to_name, _reply_to(mail))
    yield "Subject", _unstructured("Subject", _printable(mail.subject))
    yield "Message-ID", _message_ids("Message-ID", (mail.message_id,))
    if mail.in_reply_to:
        yield "In-Reply-To", _message_ids("In-Reply-To", (mail.in_reply_to,))
    if mail.references:
        yield "References", _message_ids("References", mail.references)
    if mail.automatic:
        yield "Auto-Submitted", "auto-generated"


def _printable(text: str) -> str:
    """A header value: each control character, line separator or lone surrogate becomes a space."""
    return re.sub(" +", " ", _UNPRINTABLE.sub(" ", text)).strip(" ")


def _body(text: str) -> str:
    """Line ends as LF, no control characters but tab, no lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _NO_TEXT.sub("", text)


def _unstructured(name: str, value: str) -> str:
    words = value.split(" ")
    if not value.isascii() or "=?" in value or max(map(len, words)) > _LONGEST_WORD:
        return _encoded(name, value)
    return _folded(name, words)


def _folded(name: str, words: Iterable[str]) -> str:
    """`words` one space apart, a line broken before the word that would not fit."""
    lines, room = [""], _LINE - len(name) - 2
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
            room = _LINE - 1
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return f"{_CRLF} ".join(lines)


def _encoded(name: str, value: str) -> str:
    """Encoded words of at most 75 characters, none splitting a character (RFC 2047 §2, §5)."""
    return Header(value, "utf-8", maxlinelen=_LINE, header_name=name).encode(linesep=_CRLF)


def _mailbox(name: str, display: str, address: str) -> str:
    display = _printable("".join(c for c in display if c not in _BIDI))
    if len(display) > _LONGEST_NAME:
        display = display[: _LONGEST_NAME - 1].rstrip() + "…"
    if not display:
        return address
    if not display.isascii() or "=?" in display:
        phrase = _encoded(name, display)
    elif _ATOMS.fullmatch(display):
        phrase = _folded(name, display.split(" "))
    else:
        phrase = '"' + re.sub(r'([\\"])', r"\\\1", display) + '"'
    last = phrase.rpartition("\n")[2]
    used = len(last) + (len(name) + 2 if last == phrase else 0)
    fits = used + len(address) + 3 <= _LINE
    return f"{phrase}{' ' if fits else _CRLF + ' '}<{address}>"


def _message_ids(name: str, ids: tuple[str, ...]) -> str:
    if not all(_MESSAGE_ID.fullmatch(one) and len(one) <= _LONGEST_WORD for one in ids):
        raise ValueError(f"{name} is not a message id of the form <left@right>.")
    return _folded(name, ids)


def _sender(mail: OutgoingMail) -> str:
    address = _wire_address(mail.sender)
    if address is None:
        raise MailboxRefused("The address this mailbox sends from is not a valid email address.")
    return address


def _recipient(mail: OutgoingMail) -> str:
    address = _wire_address(mail.to)
    if address is None:
        raise MailRefused("The recipient's address is not a valid email address.")
    return address


def _reply_to(mail: OutgoingMail) -> str:
    address = _wire_address(mail.reply_to) if mail.reply_to else ""
    if address is None:
        raise MailRefused("The address for replies is not a valid email address.")
    return address


def _wire_address(address: str) -> str | None:
    """`address` as the wire carries it, or None if it cannot.

    Whether the domain exists is the server's business, so names that only an intranet knows pass.
    """
    if address.isascii():
        valid = _ASCII_ADDRESS.fullmatch(address) and len(address) <= _LONGEST_ADDRESS
        return address if valid else None
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.ascii_email or f"{found.local_part}@{found.ascii_domain}"
