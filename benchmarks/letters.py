"""Letters through a local mail server by the deliverer, against a bare aiosmtplib loop on the same server."""

from __future__ import annotations

import asyncio
import dataclasses
import multiprocessing
import tempfile
import time
import uuid
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import aiosmtplib
import structlog

from adapters.deliverer import Deliverer
from adapters.mail.message import compose
from adapters.mail.sink import MailSink, ReceivedMail
from adapters.mail.smtp import parse_smtp_url
from adapters.runner import Runner
from adapters.transactions import Transactions
from adapters.wiring import MAIL_CONNECTIONS, make_mailer
from benchmarks.company import NOW, POLICY, Company, copy, open_database, stopped_at
from benchmarks.measure import Options, Result, in_turns
from bot.loops import Letter
from bot.mail import OutgoingMail
from storage.tables import letters

LETTERS = 400
LOOPS_EACH = 10
ROUNDS = 3
SLOW_S = 0.05
"""A mail server on a network; the other one answers as fast as it can."""
SERVED = 24
SERVED_PATIENCE_S = 30.0


def run(_: Options) -> Iterator[Result]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder, _Sink() as sink:
        office = _Office(Path(folder), sink)
        product, bare = _compared(office)
        yield Result(
            what=f"letters a second, deliverer against bare aiosmtplib, {MAIL_CONNECTIONS} lines",
            ratio=bare / product,
            least=0.7,
            of=f"{LETTERS / product:.0f} against {LETTERS / bare:.0f} a second",
            how=f"{LETTERS} letters of the same bytes to one sink in a process of its own; "
            f"medians of {ROUNDS}, in turns; Deliverer.drain, SQLite with synchronous=FULL",
        )
        served = office.served()
        yield Result(
            what="letters a second as `serve` runs, against that drain",
            ratio=served * product / LETTERS,
            of=f"{served:.1f} a second",
            how=f"Runner with its scheduler, until {SERVED} letters are out",
        )
    with tempfile.TemporaryDirectory() as folder, _Sink(SLOW_S) as sink:
        product, bare = _compared(_Office(Path(folder), sink))
        yield Result(
            what=f"letters a second where the server takes {SLOW_S * 1000:.0f} ms for each",
            ratio=bare / product,
            of=f"{LETTERS / product:.0f} against {LETTERS / bare:.0f} a second",
        )


def _compared(office: _Office) -> tuple[float, float]:
    """Seconds of the deliverer and of the bare loop for all letters."""
    office.deliverer()
    return in_turns(office.deliverer, office.bare, ROUNDS)


class _Sink:
    """The mail server, how long it takes for a letter, and how many it has taken."""

    def __init__(self, takes_s: float = 0.0) -> None:
        context = multiprocessing.get_context("spawn")
        self._taken: Synchronized[int] = context.Value("i", 0)
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._taken, takes_s), daemon=True)
        self._process.start()
        self.port: int = ours.recv()

    @property
    def taken(self) -> int:
        return self._taken.value

    def __enter__(self) -> _Sink:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _serve(pipe: Connection, taken: Synchronized[int], takes_s: float) -> None:
    async def received(_: ReceivedMail) -> None:
        await asyncio.sleep(takes_s)
        taken.value += 1

    async def serve() -> None:
        sink = MailSink(received)
        pipe.send(await sink.start())
        await asyncio.Event().wait()

    asyncio.run(serve())


class _Office:
    """A database with letters that may leave now, and the same letters as bytes."""

    def __init__(self, folder: Path, sink: _Sink) -> None:
        self._template, self._work = folder / "letters.db", folder / "work.db"
        self._sink = sink
        company = Company(self._template)
        for _ in range(LETTERS // LOOPS_EACH):
            role, _user = company.manager()
            for _ in range(LOOPS_EACH):
                company.letter(company.loop(role, due=False))
        self._workspace: uuid.UUID = company.save()
        self._mails = self._composed()

    def _composed(self) -> list[tuple[str, str, bytes]]:
        database = open_database(self._template)
        with database.reading() as conn:
            ids = list(conn.scalars(letters.select().with_only_columns(letters.c.id)))
        mails = []
        for letter_id in ids:
            letter = database.read(self._workspace, lambda store, it=letter_id: store.letter(it))  # type: ignore[misc]
            assert letter is not None
            mails.append((POLICY.mail_from, letter.to, compose(_mail(letter), NOW).as_bytes()))
        database.close()
        return mails

    def deliverer(self) -> float:
        """Seconds until the deliverer has nothing left."""
        before = self._sink.taken
        seconds = asyncio.run(self._drain())
        assert self._sink.taken - before == LETTERS, "every letter once"
        return seconds

    async def _drain(self) -> float:
        transactions, deliverer = self._open()
        start = time.perf_counter()
        await deliverer.drain(self._workspace, patience_s=600)
        seconds = time.perf_counter() - start
        await deliverer.stop()
        transactions.close()
        return seconds

    def _open(self) -> tuple[Transactions, Deliverer]:
        clock = stopped_at(NOW)
        transactions = Transactions(open_database(copy(self._template, self._work), clock), clock)
        smtp = parse_smtp_url(f"smtp://127.0.0.1:{self._sink.port}?starttls=never")
        return transactions, Deliverer(transactions, make_mailer(smtp, clock), {})

    def bare(self) -> float:
        """Seconds to hand over the same bytes with nothing around it."""
        before = self._sink.taken
        seconds = asyncio.run(self._send_all())
        assert self._sink.taken - before == LETTERS
        return seconds

    async def _send_all(self) -> float:
        left = iter(self._mails)

        async def line() -> None:
            client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self._sink.port, start_tls=False)
            await client.connect()
            for sender, to, message in left:
                await client.sendmail(sender, [to], message)
            await client.quit()

        start = time.perf_counter()
        await asyncio.gather(*(line() for _ in range(MAIL_CONNECTIONS)))
        return time.perf_counter() - start

    def served(self) -> float:
        """Letters a second when the scheduler starts the deliveries, as in a running bot."""
        return asyncio.run(self._served())

    async def _served(self) -> float:
        transactions, deliverer = self._open()
        runner = Runner(transactions, deliverer)
        before = self._sink.taken
        start = time.perf_counter()
        runner.start()
        end = start + SERVED_PATIENCE_S
        while self._sink.taken - before < SERVED and time.perf_counter() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # the sink is another process
        rate = (self._sink.taken - before) / (time.perf_counter() - start)
        await runner.stop()
        transactions.close()
        return rate


def _mail(letter: Letter) -> OutgoingMail:
    """As the deliverer puts it together."""
    same = {
        field.name: getattr(letter, field.name)
        for field in dataclasses.fields(OutgoingMail)
        if hasattr(letter, field.name)
    }
    return OutgoingMail(**same, to_name="", sender=POLICY.mail_from, reply_to_name=letter.by_name)
