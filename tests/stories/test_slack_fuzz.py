"""Whatever comes to `POST /slack/events` is answered without an error of ours; unsigned, it changes nothing.

FUZZ_REQUESTS says how many requests are made; without it they are some 2,000.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import hashlib
import hmac
import io
import json
import os
import sqlite3
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from tests.databases import SqliteFiles
from tests.slack_counterpart import Team
from tests.slack_counterpart.memory import said_by_hand
from tests.slack_counterpart.teams import Json
from tests.stories.conftest import COMPANY
from tests.stories.slack_stage import SlackStage, slack_staged

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "2000"))
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PAYLOAD = "a form with one field, payload, which is JSON"
ANSWERED = frozenset({200, 400, 404, 413})
"""Heard; no payload of Slack's; one that nobody asked Slack for; too long."""
PATIENCE_S = 30


def fuzzed(share: float) -> settings:
    """So much of all the requests, each time others."""
    return settings(
        max_examples=max(1, int(REQUESTS * share)),
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


class Door:
    """The bot behind its real server, in a thread with a loop of its own, and who knocks there."""

    stage: SlackStage
    _http: aiohttp.ClientSession

    def __init__(self, company: str) -> None:
        self.recorded: Sequence[tuple[str, Json]] = ()
        self._log: list[Any] = []
        self._company = company
        self._loop = asyncio.new_event_loop()
        self._opened = threading.Event()
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))

    def __enter__(self) -> Door:
        self._thread.start()
        assert self._opened.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    async def _run(self) -> None:
        staged, client = slack_staged(self._company), aiohttp.ClientSession()
        async with staged as self.stage, client as self._http:
            await _everything(self.stage)
            self.recorded = [_read(it.headers["Content-Type"], it.body) for it in self.stage.slack.requests]
            with capture_logs() as self._log:
                self._opened.set()
                await self._closing.wait()

    def knocks(self, sent: Sent, signature: Mapping[str, str]) -> tuple[int, list[object]]:
        """The status of the answer, and what went wrong, once all that came of the request is done."""
        del self._log[:]
        knocking = self._knocks(sent.body, {"Content-Type": sent.content_type, **signature})
        status = asyncio.run_coroutine_threadsafe(knocking, self._loop).result(PATIENCE_S)
        return status, [line for line in self._log if line["log_level"] in ("error", "critical")]

    async def _knocks(self, body: bytes, headers: Mapping[str, str]) -> int:
        url = self.stage.slack.app_url
        async with self._http.post(url, data=io.BytesIO(body), headers=headers) as answer:
            await answer.read()
        await self.stage.background.finish()
        memory = self.stage.slack.memory
        for remembered in (self.stage.slack.calls, memory.messages, memory.views, memory.homes):
            remembered.clear()  # a hundred thousand answers are too many to keep
        return answer.status

    def is_answered(self, sent: Sent) -> None:
        """Signed, whatever is in it is answered, and nothing goes wrong on our side."""
        status, wrong = self.knocks(sent, self.signed(sent.body))
        assert wrong == []
        assert status in ANSWERED

    def signed(self, body: bytes, *, age: float = 0, secret: str = "") -> dict[str, str]:
        at = str(int(time.time() - age))
        key = (secret or self.stage.slack.signing_secret).encode()
        digest = hmac.new(key, b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}


async def _everything(stage: SlackStage) -> None:
    """One of each that Slack tells us; the end of the app happens in another workspace."""
    dana, tell = await stage.person("dana"), stage.slack.events.tell
    await dana.errs(await dana.opens("Other date", "Tomasz"), date="2026-11-26")
    await dana.presses("Send update", "Tomasz")
    await dana.home()
    await dana.asks("/followup")
    await dana.asks("tomasz")
    await stage.slack.app.shortcut(dana.user, "add_candidate")
    [channel] = [one for one in stage.slack.team.channels.values() if not one.is_im]
    pasted = stage.slack.memory.post(channel, dana.user.id, said_by_hand("When will I hear?"))
    await stage.slack.app.message_action(dana.user, pasted, "log_follow_up")
    await stage.slack.events.changes(dana.user, tz="Europe/Berlin")
    await stage.slack.events.joins(dana.user)
    await tell(Team("T0OTHER"), {"type": "app_uninstalled"})
    await tell(Team("T0OTHER"), {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["UBOT"]}})
    assert await stage.slack.events.verifies()
    await stage.settled()


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """On SQLite alone, for a file tells by itself whether anything has been written to it."""
    folder = tmp_path_factory.mktemp("door")
    with Door(SqliteFiles(folder, folder).copy(COMPANY)) as one:
        yield one


# -- what is sent -----------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Sent:
    """The body of a request: `text` so many times, then `end` as often."""

    text: bytes
    content_type: str
    times: int = 1
    end: bytes = b""

    @property
    def body(self) -> bytes:
        return self.text * self.times + self.end * self.times


def _read(content_type: str, body: bytes) -> tuple[str, Json]:
    if content_type == JSON:
        return JSON, json.loads(body)
    form = dict(urllib.parse.parse_qsl(body.decode()))
    return (PAYLOAD, json.loads(form["payload"])) if "payload" in form else (FORM, form)


def _written(kind: str, payload: Json) -> Sent:
    if kind == JSON:
        return Sent(json.dumps(payload).encode(), JSON)
    return _form({"payload": json.dumps(payload)} if kind == PAYLOAD else payload)


def _form(fields: Json) -> Sent:
    return Sent(urllib.parse.urlencode(fields, errors="replace").encode(), FORM)


def _deep(depth: int) -> Any:
    return json.loads('{"a":' * depth + "1" + "}" * depth)


strange = st.one_of(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    st.sampled_from(["\x00", "\ud800", "🦄" * 4000, "T0HALDEN", "do.1", "form", "<!channel>", 10**30]),
    st.sampled_from([[], {}, [[]], [None], {"id": None}, {"value": 1}, {"id": ["T0HALDEN"]}]),
    st.integers(2, 400).map(_deep),
)
change = st.tuples(
    st.sampled_from(["remove", "replace", "wrap", "repeat", "quote"]), st.integers(0, 10**6), strange
)


def _places(value: object, holder: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything inside, from the outside in."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*holder, key)
        if len(holder) < 8:
            yield from _places(part, (*holder, key))


def _changed(payload: Json, changes: Sequence[tuple[str, int, Any]]) -> Json:
    new = copy.deepcopy(payload)
    for how, where, value in changes:
        if places := list(_places(new)):
            *way, last = places[where % len(places)]
            holder: Any = new
            for key in way:
                holder = holder[key]
            match how:
                case "remove":
                    del holder[last]
                case "replace":
                    holder[last] = copy.deepcopy(value)
                case "wrap":
                    holder[last] = [holder[last]]
                case "repeat":
                    holder[last] = [holder[last], copy.deepcopy(holder[last])]
                case _:
                    holder[last] = json.dumps(holder[last])
    return new


often = st.integers(1, 100) | st.integers(3_000, 100_000)
"""Few enough to be read, or too many; how deep Python reads in between depends on who asks it to."""
noise = st.one_of(
    st.builds(Sent, st.binary(max_size=200), st.sampled_from([JSON, "text/plain", "multipart/x", "é"])),
    strange.map(lambda value: Sent(json.dumps(value).encode(), JSON)),
    st.builds(Sent, st.sampled_from([b"[", b"9", b'{"a":', b"\xff"]), st.just(JSON), often),
    st.builds(Sent, st.just(b'{"a":['), st.just(JSON), often, st.just(b"]}")),
    st.dictionaries(st.text(max_size=3), st.text(max_size=20)).map(_form),
    st.builds(Sent, st.sampled_from([b"a=%ff", b"=&=", b"&", b"a=1&", b""]), st.just(FORM), often),
    st.builds(Sent, st.just(b"a"), st.sampled_from([JSON, FORM]), st.just(1_100_000)),
)
FORGED: Mapping[str, Callable[[Door, bytes, str], Mapping[str, str]]] = {
    "nothing": lambda _door, _body, _text: {},
    "no signature": lambda door, body, text: {**door.signed(body), "X-Slack-Signature": text},
    "no time": lambda door, body, text: {**door.signed(body), "X-Slack-Request-Timestamp": text},
    "old": lambda door, body, _: door.signed(body, age=301),
    "to come": lambda door, body, _: door.signed(body, age=-310),
    "another secret": lambda door, body, text: door.signed(body, secret=text or "x"),
    "another body": lambda door, body, text: door.signed(body + text.encode() + b"."),
}
header = st.text(st.characters(min_codepoint=33, max_codepoint=300, exclude_characters="\x7f"), max_size=80)


@fuzzed(0.7)
@given(
    which=st.integers(0, 10**6), changes=st.lists(change, max_size=2), forged=st.sampled_from(list(FORGED)),
    text=header, other=st.none() | noise,
)  # fmt: skip
def test_what_slack_did_not_sign_is_refused_and_changes_nothing(
    door: Door,
    which: int,
    changes: Sequence[tuple[str, int, Any]],
    forged: str,
    text: str,
    other: Sent | None,
) -> None:
    kind, payload = door.recorded[which % len(door.recorded)]
    sent = other or _written(kind, _changed(payload, changes))
    file = door.stage.running.transactions.database.engine.url.database
    with sqlite3.connect(str(file)) as database:
        before = database.execute("PRAGMA data_version").fetchone()
        status, wrong = door.knocks(sent, FORGED[forged](door, sent.body, text))
        assert (status, wrong) == (413 if len(sent.body) > 1024**2 else 401, [])
        assert database.execute("PRAGMA data_version").fetchone() == before


@fuzzed(0.3)
@given(noise)
def test_what_is_signed_and_no_payload_of_slacks_is_answered_without_an_error(door: Door, sent: Sent) -> None:
    door.is_answered(sent)


@fuzzed(0.5)
@given(which=st.integers(0, 10**6), changes=st.lists(change, min_size=1, max_size=4))
def test_what_slack_tells_us_with_something_missing_or_otherwise_is_answered(
    door: Door, which: int, changes: Sequence[tuple[str, int, Any]]
) -> None:
    kind, payload = door.recorded[which % len(door.recorded)]
    door.is_answered(_written(kind, _changed(payload, changes)))


@pytest.mark.parametrize("text", [b'{"a":', b'{"a":['], ids=str)
def test_however_deep_it_is_nested_it_is_answered(door: Door, text: bytes) -> None:
    """Where Python gives up depends on where it is asked to read."""
    for depth in (*range(400, 1000, 7), 5_000, 100_000):
        door.is_answered(Sent(text, JSON, depth, b"}" if text.endswith(b":") else b"]}"))


@pytest.mark.parametrize(
    "sent",
    [
        Sent(b"payload=", FORM),
        Sent(b"payload=%7B%7D&payload=oops", FORM),
        Sent(b"payload=%7B%7D&payload=%5B%5D", FORM),
        Sent(b'{"a=1', FORM),
        Sent(b'{"type":"event_callback","team_id":"T0HALDEN","event":{"type":["message"]}}', JSON),
        Sent(b'{"type":"event_callback","team_id":"T0HALDEN","event":"message"}', JSON),
        Sent(b'{"type":"event_callback","event":null}', JSON),
        Sent(b'{"type":"event_callback","team_id":"\\ud800","event":{"type":"app_home_opened"}}', JSON),
        Sent(
            b'{"type":"event_callback","event":{"type":"message","a":' + b"[" * 63 + b"]" * 63 + b"}}", JSON
        ),
        Sent(b'{"type":"block_actions","team":{"id":"T0HALDEN"},"actions":[]}', JSON),
        Sent(b'{"type":"view_submission","team":{"id":"T0HALDEN"},"view":{"callback_id":"form"}}', JSON),
    ],
)
def test_what_can_be_read_in_two_ways_or_has_another_shape_is_no_payload(door: Door, sent: Sent) -> None:
    assert door.knocks(sent, door.signed(sent.body)) == (400, [])


def test_a_name_that_is_no_text_is_nobodys(door: Door) -> None:
    sent = Sent(
        b'{"type":"event_callback","team_id":["T0HALDEN"],"event_id":"Ev1",'
        b'"event":{"type":"app_home_opened","tab":"home","user":"U1"}}',
        JSON,
    )
    assert door.knocks(sent, door.signed(sent.body)) == (200, [])
