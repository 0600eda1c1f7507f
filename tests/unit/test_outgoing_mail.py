"""A letter as it leaves: its headers and parts, and nothing in them that somebody typed as a header.

What was written is read back by Python's two parsers, the older of which decodes encoded words to the letter.
"""

from __future__ import annotations

import email
import email.utils
import re
import unicodedata
from email.header import decode_header, make_header

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.mail.message import compose
from tests.outgoing_mail import NOW, alternative, letter, parsed


def header(raw: bytes, name: str) -> str:
    """A header as a mail program reads it, by the older parser, which decodes encoded words to the letter."""
    source = email.message_from_bytes(raw)[name]
    return str(make_header(decode_header(re.sub(r"\r\n", "", source))))


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


def test_an_intranet_address_is_the_servers_business() -> None:
    assert compose(letter(to="kai@mail_1.corp.local", reply_to=""), NOW)["Reply-To"] is None
