"""What became of everything: the database's word against the counterparts' own records."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from benchmarks.company import open_database
from bot.loops import LetterState
from bot.nudges import Kind
from storage.tables import deliveries, letters, nudges, surfaces
from tests.chaos.mail import End
from tests.chaos.round import Outcome


@dataclasses.dataclass(slots=True)
class Verdict:
    """Counts, as rows of a table, and what was promised and not kept.

    A letter may be unknown where the mail server cut the line between DATA and its reply, or where the
    process that talked to it was killed: the server knows each by the name it gave itself.
    """

    rows: list[tuple[str, object]] = dataclasses.field(default_factory=list)
    broken: list[str] = dataclasses.field(default_factory=list)

    def count(self, what: str, number: object) -> None:
        self.rows.append((what, number))

    def none(self, what: str, who: list[str]) -> None:
        """This must not have happened to anybody."""
        self.rows.append((what, len(who)))
        if who:
            self.broken.append(f"{what}: {', '.join(sorted(who)[:5])}")


def _lines(log: str) -> Iterator[dict[str, Any]]:
    """What the processes said. One that was killed in the middle of a line leaves half of it."""
    for line in log.replace("}{", "}\n{").splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            if line.startswith("{"):
                yield json.loads(line)


def judge(outcome: Outcome, wanted: int, log: str) -> Verdict:
    """`log`: what the processes said. A letter whose claim a living process has lost is counted apart.

    It stood still for longer than its claim lasts, so that another one had to take the letter for lost.
    """
    stalled = {
        line["subject"] for line in _lines(log) if line["event"] == "claim_lost" and line["kind"] == "letter"
    }
    database = open_database(outcome.url)
    with database.reading() as conn:
        kept = conn.execute(
            sa.select(letters.c.id, letters.c.to_address, letters.c.state, letters.c.problem)
        ).all()
        told = {
            row[0].partition("/")[0]
            for row in conn.execute(sa.select(nudges.c.occasion).where(nudges.c.kind == Kind.DELIVERY))
        }
        live = {
            str(it)
            for it in conn.scalars(sa.select(surfaces.c.id).where(surfaces.c.shown < surfaces.c.revision))
        }
        waiting = [
            f"{row.kind} {row.subject_id}"
            for row in conn.execute(sa.select(deliveries.c.kind, deliveries.c.subject_id))
        ]
    database.close()
    by_state = collections.defaultdict(list)
    for row in kept:
        by_state[row.state].append(row)
    record = outcome.server.letters
    verdict = Verdict()
    blows = outcome.blows
    died = sum(blows.own_deaths.values())
    verdict.count("letters", len(kept))
    verdict.count("processes killed at a random moment", blows.kills)
    for step, count in sorted(blows.own_deaths.items()):
        verdict.count(f"processes killed: {step}", count)
    verdict.count("processes stopped in good order", blows.stops)
    verdict.count("database restarts", blows.restarts)
    for fault, count in sorted(outcome.server.faults.items()):
        verdict.count(f"mail server: {fault}", count)
    for fault, count in sorted(outcome.chat.faults.items()):
        verdict.count(f"chat: {fault}", count)
    for state in (LetterState.SENT, LetterState.UNKNOWN, LetterState.FAILED):
        verdict.count(f"letters {state}", len(by_state[state]))
    went_out = [row for row in by_state[LetterState.UNKNOWN] if record[row.to_address].taken]
    verdict.count("of the unknown, taken by the server", len(went_out))
    verdict.count(
        "of the unknown, lost by a process that stood still for too long",
        sum(str(row.id) in stalled for row in by_state[LetterState.UNKNOWN]),
    )
    verdict.none("still to be delivered when everything had calmed down", waiting)
    verdict.none("processes that ended otherwise than they were asked to", blows.other_ends)
    verdict.none("delivered twice", [to for to, it in record.items() if it.taken > 1])
    verdict.none(
        "said to be sent and not taken",
        [row.to_address for row in by_state[LetterState.SENT] if record[row.to_address].taken != 1],
    )
    verdict.none(
        "lost: neither sent, unknown nor failed",
        [
            row.to_address
            for row in kept
            if row.state not in (LetterState.SENT, LetterState.UNKNOWN, LetterState.FAILED)
        ],
    )
    verdict.none(
        "unknown, though the server's record says what could be known",
        [
            row.to_address
            for row in by_state[LetterState.UNKNOWN]
            if str(row.id) not in stalled
            and not any(
                end is End.CUT or process in blows.dead for end, process in record[row.to_address].ends
            )
        ],
    )
    verdict.none(
        "failed, and taken all the same",
        [row.to_address for row in by_state[LetterState.FAILED] if record[row.to_address].taken],
    )
    verdict.none(
        "failed or unknown without a reason, or without a word to its sender",
        [
            row.to_address
            for state in (LetterState.FAILED, LetterState.UNKNOWN)
            for row in by_state[state]
            if not row.problem or str(row.id) not in told
        ],
    )
    if len(kept) != wanted:
        verdict.broken.append(f"there are {len(kept)} letters, not {wanted}")
    chat = outcome.chat
    repeated = {to: posts - 1 for to, posts in chat.posts.items() if posts > 1}
    verdict.count("chat messages posted", sum(chat.posts.values()))
    verdict.count("chat messages edited", chat.edits)
    verdict.count("chat messages repeated", sum(repeated.values()))
    verdict.count("the same message, at most so often", 1 + max(repeated.values(), default=0))
    verdict.none("chat messages that do not show the newest state", list(live))
    verdict.none(
        "chat messages repeated more than once for each kill or cut line",
        [to for to, times in repeated.items() if times > blows.kills + died + chat.unanswered[to]],
    )
    return verdict
