"""`GET /metrics`: what to watch, as Prometheus reads it. Counts and seconds; no name, no id.

The exposition format is Prometheus' own: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sqlalchemy as sa
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.answering import TIMING, Timing
from adapters.transactions import Transactions
from storage.figures import Figures, figures
from storage.trouble import named

log = structlog.get_logger()

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ACK_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0)
"""Slack waits 3 seconds for an answer, Teams 5."""
ANSWERS_WITHIN_S = 5.0
"""Prometheus waits ten seconds by default."""
TICK_BUCKETS = (0.005, 0.025, 0.1, 0.5, 2.0, 10.0, 60.0)

LABELS: Mapping[str, tuple[str, ...]] = {
    "followup_ack_seconds": ("route", "status"),
    "followup_deliveries": ("kind", "state", "chat"),
    "followup_promises": ("state",),
}


class Metrics:
    """The metrics of one process."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self._reading: asyncio.Task[list[Figures]] | None = None
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)
        self.tick = Histogram(
            "followup_tick_seconds",
            "How long one look at everything that is due took.",
            registry=self._process,
            buckets=TICK_BUCKETS,
        )
        self.ack = Histogram(
            "followup_ack_seconds",
            "How long a request was answered after, by route and status.",
            LABELS["followup_ack_seconds"],
            registry=self._process,
            buckets=ACK_BUCKETS,
        )

    def measured(self) -> Iterable[Metric]:
        """What this process has measured since it started."""
        return self._process.collect()

    def mount(self, app: web.Application) -> None:
        """Measure every request, and show the figures."""
        timing = app[TIMING] = Timing(self.ack)
        app.middlewares.append(_timed(timing))
        app.router.add_get("/metrics", self._shown)

    async def _shown(self, _: web.Request) -> web.Response:
        """What to watch, for Prometheus: counts and seconds. Keep it inside your network."""
        now = CollectorRegistry()
        now.register(_Given(await self._now()))
        body = generate_latest(self._process) + generate_latest(now)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _now(self) -> list[Metric]:
        """What the database tells."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                found: list[Figures] | None = await self._figures()
        except (sa.exc.SQLAlchemyError, TimeoutError) as error:
            log.warning("figures_not_read", error=named(error))
            found = None
        return list(families(found))

    async def _figures(self) -> list[Figures]:
        """One reading at a time: whoever asks meanwhile is shown the same."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._transactions.look(self._read))
        return await asyncio.shield(self._reading)

    def _read(self) -> list[Figures]:
        database = self._transactions.database
        # Before the connection below: a reading never holds two of the few that there are.
        workspaces = database.workspaces()
        with database.reading() as conn:
            return [figures(conn, it, self._transactions.clock()) for it in workspaces]


def _timed(timing: Timing) -> Middleware:
    @web.middleware
    async def timed(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        with timing.of(resource.canonical if resource else "none") as answer:
            try:
                response = await handler(request)
            except web.HTTPException as refused:
                answer.status = refused.status
                raise
            answer.status = response.status
            return response

    return timed


class _Given(Collector):
    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        return self._found


def families(found: Sequence[Figures] | None) -> Iterator[Metric]:
    """The figures of all workspaces together; None: the database did not answer, and that is all."""
    yield GaugeMetricFamily(
        "followup_database_up",
        "1 where the database answered this reading; else 0, and its other figures are left out.",
        value=float(found is not None),
    )
    if found is None:
        return
    waiting = GaugeMetricFamily(
        "followup_deliveries",
        "What has not gone out yet, by kind, state and the chat it stands in or will go to. A letter has its "
        "own state: `queued`, `sending`, `retry`, and `held`, `unknown` and `failed` (in the last 28 days), "
        "for which somebody is needed.",
        labels=LABELS["followup_deliveries"],
    )
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in found:
        for some in one.waiting:
            counts[some.kind.value, some.state, some.chat] += some.count
    for labels, count in sorted(counts.items()):
        waiting.add_metric(labels, count)
    yield waiting
    yield GaugeMetricFamily(
        "followup_oldest_due_seconds",
        "How long ago the oldest delivery should have gone out.",
        value=max((one.overdue.total_seconds() for one in found), default=0.0),
    )
    yield GaugeMetricFamily(
        "followup_letters_unknown",
        "Letters of which nobody knows whether they went out: whoever sent them is asked.",
        value=sum(one.unknown for one in found),
    )
    yield GaugeMetricFamily(
        "followup_members_unreachable",
        "Members to whom no chat can write: the recruiter is asked instead.",
        value=sum(one.unreachable for one in found),
    )
    promises = GaugeMetricFamily(
        "followup_promises",
        "Promises that were settled in the last 28 days, `kept` or `broken`, and those `overdue`: their time "
        "has passed and the candidate still waits, since whenever.",
        labels=LABELS["followup_promises"],
    )
    promises.add_metric(("kept",), sum(one.kept for one in found))
    promises.add_metric(("broken",), sum(one.broken for one in found))
    promises.add_metric(("overdue",), sum(one.promises_overdue for one in found))
    yield promises
