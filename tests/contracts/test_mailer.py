"""What `bot.mail.Mailer` promises, kept over real SMTP with a server that fails on cue.

Stage by stage: where a conversation breaks off decides whether the letter may be sent again, was refused, or
nobody can know. Encryption and credentials are in test_mailer_tls.py.
"""

from __future__ import annotations

import asyncio
import traceback

import pytest

from adapters.mail.smtp import MailerPool
from bot.mail import (
    MailboxRefused,
    MailError,
    MailOutcomeUnknown,
    MailRefused,
    MailTryLater,
    MailWithdrawn,
    single_line,
)
from tests.outgoing_mail import (
    IMPATIENT,
    Gate,
    Mailers,
    in_words,
    letter,
    mailer_to_fixture,  # noqa: F401
    patience,
)
from tests.smtp_counterpart import DROP, HANG, RESET, Counterpart, Do, Stage

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


@pytest.mark.parametrize(("stage", "do", "expected", "code"), BEFORE_DATA, ids=in_words)
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


@pytest.mark.parametrize(("stage", "do", "expected", "code", "taken"), FROM_DATA_ON, ids=in_words)
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
    ids=lambda script: " ".join(f"{stage} {in_words(do)}" for stage, do in script.items()),
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
