"""The demo's mail sink takes what `SmtpMailer` sends, and hands it over as it was sent.

It speaks SMTPUTF8, so addresses beyond ASCII are tried here too, beside a server that does not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.mail.sink import MailSink, ReceivedMail
from bot.mail import MailRefused, MailTryLater
from tests.outgoing_mail import (
    Gate,
    Mailers,
    alternative,
    letter,
    mailer_to_fixture,  # noqa: F401
)
from tests.smtp_counterpart import Counterpart


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
