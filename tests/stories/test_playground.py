"""A newcomer opens the playground, is Dana, and clicks; all of it over real HTTP."""

from __future__ import annotations

import asyncio
import csv
import dataclasses
import datetime as dt
import html
import json
import pathlib
import re
import tempfile
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from adapters.importing import import_file
from adapters.mail.sink import MailSink, ReceivedMail
from adapters.mail.smtp import parse_smtp_url
from adapters.playground import tables
from adapters.playground.chat import PlaygroundChat
from adapters.playground.pages import mount
from adapters.playground.playground import Playground
from adapters.runner import ClockMover
from adapters.settings import Settings
from adapters.transactions import Clock, Transactions
from adapters.wiring import open_workspace, wire
from bot.policy import EVERYONE, FeedbackPolicy
from storage import schema
from storage.database import Database
from storage.store import SqlStore
from tests.databases import Databases, Known
from tests.stories.conftest import Stage
from tests.stories.person import Person

BEGINS = dt.datetime(2026, 11, 23, 14, 25, tzinfo=dt.UTC)
"""Monday 23 November 2026, 09:25 in New York."""
HOSTILE = "<img src=x onerror=alert(1)>"
DANA = "dana.lee@acme.example"
RAVI = "ravi.menon@acme.example"
SETTINGS = Settings(
    company="Acme",
    pilot=frozenset({EVERYONE}),
    mail_from="hiring@acme.example",
    timezone="America/New_York",
)
CANDIDATES = (
    ("Tomasz Zieliński", "tomasz@mail.example", "2026-11-12T10:00", "2026-11-20"),
    (f"{HOSTILE} Zoe", "zoe@mail.example", "2026-11-13T13:00", "2026-11-20"),
)


def _fill(url: str) -> None:
    database = Database(url, SETTINGS.policy())
    schema.upgrade(database)
    clock = Clock(BEGINS - dt.datetime.now(dt.UTC))
    workspace = open_workspace(database, SETTINGS, clock)
    transactions = Transactions(database, clock)
    columns = ("candidate_name", "candidate_email", "interviewed_at", "promised_by")
    everywhere = {
        "role": "Welder", "stage": "onsite", "criteria": "TIG welding|Reading weld drawings",
        "manager_email": DANA, "manager_name": "Dana Lee", "manager_timezone": "America/New_York",
        "recruiter_email": RAVI, "recruiter_name": "Ravi Menon", "recruiter_timezone": "Europe/London",
        "candidate_timezone": "Europe/Warsaw",
    }  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*columns, *everywhere])
        writer.writeheader()
        writer.writerows(dict(zip(columns, one, strict=True)) | everywhere for one in CANDIDATES)
        file.flush()
        report = import_file(
            transactions,
            workspace,
            pathlib.Path(file.name),
            reviewed=True,
            default_zone=SETTINGS.timezone,
            default_country="US",
            admins=SETTINGS.admins,
        )
    assert report.added == len(CANDIDATES)

    def feedback_on(store: SqlStore, _: dt.datetime) -> None:
        store.save_policy(dataclasses.replace(store.policy, feedback=FeedbackPolicy.ON))

    transactions.write_here(workspace, feedback_on)
    transactions.close()


FILLED = Known("filled", _fill)
"""Dana's two candidates, both promised news by last Friday."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def html(self) -> str:
        return str(self.body["html"])


@dataclasses.dataclass(slots=True)
class Browser:
    """What a newcomer does on the page, as the page's own script sends it."""

    base: str
    session: ClientSession
    transactions: Transactions
    workspace: uuid.UUID
    members: Mapping[str, str]

    async def post(self, path: str, body: object, **headers: str) -> Answer:
        sent = {"Origin": self.base, **headers}
        async with self.session.post(self.base + path, json=body, headers=sent) as response:
            return Answer(response.status, await response.json())

    async def get(self, path: str, **headers: str) -> tuple[int, str, Mapping[str, str]]:
        async with self.session.get(self.base + path, headers=headers) as response:
            return response.status, await response.text(), response.headers

    async def live(self, who: str = DANA) -> dict[str, Any]:
        """The first thing that the page's line of events says."""
        async with self.session.get(f"{self.base}/live/{self.members[who]}") as line:
            assert line.content_type == "text/event-stream"
            assert await line.content.readline() == b"event: state\n"
            state: dict[str, Any] = json.loads((await line.content.readline()).removeprefix(b"data: "))
            return state

    async def conversation(self, who: str = DANA) -> str:
        _, text, _ = await self.get(f"/conversation/{self.members[who]}")
        return text

    async def press(self, label: str, within: str, fields: Mapping[str, str] | None = None) -> Answer:
        """Press the first button of this label in a piece of the page."""
        message = re.search(r'data-message="([^"]+)"', within)
        body = {
            "member": self.members[DANA],
            "action": action(label, within),
            "message": message and message[1],
            "fields": fields or {},
        }
        return await self.post("/act", body)

    async def submit(self, form: str, fields: Mapping[str, str]) -> Answer:
        submit = re.search(r'data-submit="([^"]+)"', form)
        assert submit
        token = html.unescape(submit[1])
        return await self.post(
            "/act", {"member": self.members[DANA], "action": token, "message": None, "fields": dict(fields)}
        )

    async def say(self, text: str) -> Answer:
        return await self.post("/say", {"member": self.members[DANA], "text": text})

    async def clock(self, to: str) -> Answer:
        return await self.post("/clock", {"member": self.members[DANA], "to": to})

    async def digest(self) -> str:
        """The morning's list, once it is 09:30."""
        assert (await self.clock("next-0930")).status == 200
        return await self.last()

    async def letter_to(self, whom: str) -> str:
        """The id of the newest letter to an address that begins like this."""
        _, mailbox, _ = await self.get("/mailbox")
        found = re.search(rf'id="mail-([^"]+)"(?:(?!</summary>).)*class="to">{whom}', mailbox, re.DOTALL)
        assert found, mailbox
        return found[1]

    async def last(self) -> str:
        return (await self.conversation()).rpartition("<article")[2]


def action(label: str, within: str) -> str:
    for token, shown in re.findall(r'data-action="([^"]*)">([^<]*)</button>', within):
        if html.unescape(shown) == label:
            return html.unescape(token)
    raise AssertionError(f"There is no button {label!r}.")


def row(name: str, within: str) -> str:
    """The row of one candidate, and the message it is in."""
    message = re.search(r'data-message="[^"]+"', within)
    (found,) = (one for one in within.split("<section")[1:] if name in one)
    return f"{message[0] if message else ''}{found}"


@pytest.fixture
async def browser(databases: Databases) -> AsyncIterator[Browser]:
    url = await asyncio.to_thread(databases.copy, FILLED)
    clock = Clock(BEGINS - dt.datetime.now(dt.UTC))
    database = Database(url, SETTINGS.policy())
    chat = PlaygroundChat(database, clock)
    arrived: list[Playground] = []

    async def received(mail: ReceivedMail) -> None:
        await arrived[0].received(mail)

    sink = MailSink(received)
    smtp = parse_smtp_url(f"smtp://127.0.0.1:{await sink.start()}?starttls=never")
    running = wire(SETTINGS, database, clock, {chat.name: chat}, smtp)
    mover = ClockMover(running.transactions, running.runner, clock)
    playground = Playground(transactions=running.transactions, mover=mover, workspace=running.workspace)
    arrived.append(playground)
    await playground.start()
    app = web.Application()
    mount(app, playground, {"Plain": lambda view: {"said": view.notification}})
    everybody = await running.transactions.read(running.workspace, lambda store, _: store.members())
    async with TestServer(app, host="127.0.0.1") as server, ClientSession() as session:
        yield Browser(
            f"http://127.0.0.1:{server.port}",
            session,
            running.transactions,
            running.workspace,
            {one.email: str(one.id) for one in everybody},
        )
    await running.runner.stop()
    await sink.stop()
    running.transactions.close()


# -- the story ----------------------------------------------------------------------------------------------


async def test_the_first_line_says_who_i_am_and_what_to_press(browser: Browser) -> None:
    status, page, _ = await browser.get("/")
    assert status == 200
    assert "You are Dana Lee, hiring manager. Press “Next 09:30” to see the morning’s list." in page
    assert "Monday 23 November 2026" in page
    assert "09:25" in page


async def test_one_click_sends_a_letter_and_the_promise_moves(browser: Browser) -> None:
    digest = await browser.digest()
    assert "2 candidates are waiting past your promised date" in digest
    assert "Promised news by Fri 20 Nov: 1 working day late." in row("Tomasz", digest)

    answer = await browser.press("Send update", row("Tomasz", digest))
    assert answer.body["kind"] == "message"
    assert "Tomasz gets your update in 60 s." in row("Tomasz", answer.html)
    assert "1 candidate is waiting past your promised date" in answer.html
    assert "1 working day late" in row("zoe", answer.html.lower())
    assert (await browser.last()).count("Tomasz gets your update in 60 s.") == 1
    _, waits, _ = await browser.get("/mailbox")
    assert "<h3>To Tomasz Zieliński</h3>" in waits
    assert 'class="mail"' not in waits

    assert (await browser.clock("+1h")).status == 200
    assert "Told Mon 23 Nov 09:31. Next date: " in row("Tomasz", await browser.last())
    _, mailbox, _ = await browser.get("/mailbox")
    assert "tomasz@mail.example" in mailbox
    assert "Dear Tomasz" in mailbox


async def test_what_a_click_has_shown_is_not_delivered_again(browser: Browser) -> None:
    answer = await browser.press("Send update", row("Tomasz", await browser.digest()))

    def waiting(store: SqlStore, _: dt.datetime) -> list[str]:
        surfaces = (store.surface(one.subject_id) for one in store.deliveries.waiting(10))
        return [str(surface.member) for surface in surfaces if surface is not None]

    assert await browser.transactions.read(browser.workspace, waiting) == [browser.members[RAVI]]
    assert answer.body["id"] in await browser.last()


async def test_undo_sends_nothing(browser: Browser) -> None:
    sent = await browser.press("Send update", row("Tomasz", await browser.digest()))
    undone = await browser.press("Undo", row("Tomasz", sent.html))
    assert "Undone. Nothing was sent." in undone.html
    await browser.clock("+1h")
    assert "No letter has arrived yet." in (await browser.get("/mailbox"))[1]


async def test_a_form_says_at_each_field_what_is_missing_then_shows_the_letter(browser: Browser) -> None:
    opened = await browser.press("Give feedback", row("Tomasz", await browser.digest()))
    assert opened.body["kind"] == "form"
    assert "step 1 of 2" in opened.html

    wrong = await browser.submit(opened.html, {"decision": "not_going_on"})
    assert wrong.body["kind"] == "errors"
    assert {"criterion", "observation"} <= wrong.body["errors"].keys()
    assert 'data-field="observation"' in wrong.html

    fields = {
        "decision": "not_going_on",
        "criterion": "0",
        "observation": "The third weld was undercut & the <b>second</b> was not.",
        "suggestion": "Prepare the edge before you strike the arc.",
        "thanks": "Bringing your own helmet.",
    }
    preview = await browser.submit(opened.html, fields)
    assert preview.body["kind"] == "form"
    assert "undercut &amp; the &lt;b&gt;second&lt;/b&gt;" in preview.html

    back = await browser.press("Back", preview.html)
    assert "The third weld was undercut" in back.html
    sent = await browser.submit(preview.html, {})
    assert "Tomasz" in sent.html
    assert sent.body["kind"] == "message"


async def test_the_candidate_answers_and_whoever_must_know_is_told(browser: Browser) -> None:
    await browser.press("Send update", row("Tomasz", await browser.digest()))
    await browser.clock("+1h")
    mail = await browser.letter_to("tomasz")
    sent = {"mail": mail, "kind": "other_offer", "until": "2026-11-25", "text": f"{HOSTILE} I must decide."}
    assert (await browser.post("/reply", sent)).body == {"kind": "replied"}
    await browser.clock("+1h")
    told = await browser.last()
    assert "A candidate of yours must answer another offer" in told
    assert "to be answered by Wed 25 Nov 17:00 in Warsaw" in told
    _, mailbox, _ = await browser.get("/mailbox")
    assert "has another offer" in mailbox
    assert HOSTILE not in mailbox
    assert "I must decide." in mailbox


async def test_a_thank_you_asks_nothing_and_a_question_waits_for_an_answer(browser: Browser) -> None:
    await browser.press("Send update", row("Tomasz", await browser.digest()))
    await browser.clock("+1h")
    mail = await browser.letter_to("tomasz")
    await browser.post("/reply", {"mail": mail, "kind": "thanks", "text": "Thank you."})
    assert "has no answer yet" not in (await browser.say("/followup tomasz")).html
    await browser.post("/reply", {"mail": mail, "kind": "question", "text": "Am I still in?"})
    assert "Tomasz wrote on Mon 23 Nov and has no answer yet." in (await browser.say("/followup tomasz")).html


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"kind": "other_offer", "until": ""}, "Choose the day by which the other offer must be answered."),
        ({"kind": "other_offer", "until": "Tuesday"}, "Choose a day."),
        ({"kind": "other_offer", "until": "2026-11-20"}, "That deadline has passed."),
        ({"kind": "insult"}, "Choose what kind of answer it is."),
        ({"kind": "question", "mail": str(uuid.UUID(int=7))}, "This letter belongs to no candidate."),
    ],
)
async def test_an_answer_that_makes_no_sense_gets_a_sentence(
    browser: Browser, sent: dict[str, str], says: str
) -> None:
    await browser.press("Send update", row("Tomasz", await browser.digest()))
    await browser.clock("+1h")
    answer = await browser.post("/reply", {"mail": await browser.letter_to("tomasz")} | sent)
    assert answer.status in (400, 404)
    assert says in answer.body["text"]


async def test_nobody_elsewhere_listens_in(browser: Browser) -> None:
    path = f"/live/{browser.members[DANA]}"
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    assert (await browser.get(path, **elsewhere))[0] == 403
    assert (await browser.get(f"/live/{uuid.uuid4()}"))[0] == 404
    assert (await browser.get(f"{path}?channel={uuid.uuid4()}"))[0] == 404


async def test_home_stands_beside_the_messages_and_follows(browser: Browser) -> None:
    await browser.digest()
    path = f"/home/{browser.members[DANA]}"
    _, home, first = await browser.get(f"{path}?opened=yes")
    assert "You owe 2 people news, 2 past your promised date." in home
    assert "Your list comes at 09:30" in home
    assert (await browser.live())["home"] == first["ETag"].strip('"')
    sent = await browser.press("Send update", row("Tomasz", home))
    assert sent.body["kind"] == "home"
    assert "Tomasz gets your update in 60 s." in sent.html
    assert sent.html == (await browser.get(path))[1]
    await browser.clock("+1h")
    assert "Told Mon 23 Nov" in row("Tomasz", await browser.last()), "the list beside it follows"


async def test_what_happened_while_the_clock_ran_is_told_in_order(browser: Browser) -> None:
    await browser.press("Send update", row("Tomasz", await browser.digest()))
    await browser.clock("friday")
    state = await browser.live()
    told = re.findall(r"<(?:a|strong)[^>]*>([^<]+)</(?:a|strong)>\s*<span>([^<]+)</span>", state["journal"])
    assert told[0] == ("Tomasz Zieliński", "gets a letter")
    assert ("Ravi Menon", "gets a list: 1 candidate is waiting past the date they were promised") in told
    asked = [html.unescape(what) for who, what in told if who == "Ravi Menon" and "was asked" in what]
    assert asked == [f"was asked to step in for {HOSTILE} Zoe: the promise is 2 working days late"], "once"
    assert "was asked" not in " ".join(what for who, what in told if who == "Dana Lee"), (
        "it is hers to answer"
    )
    assert "Friday 27 November 2026" in state["clock"]
    assert ">15:30<" in state["clock"]
    await browser.post("/journal", {})
    assert (await browser.live())["journal"] == ""


async def test_any_message_can_be_seen_as_another_chat_would_get_it(browser: Browser) -> None:
    said = re.search(r'data-message="([^"]+)"', await browser.digest())
    assert said
    status, text, headers = await browser.get(f"/said/{said[1]}/as/Plain")
    assert (status, headers["Content-Type"].split(";")[0]) == (200, "application/json")
    assert json.loads(text) == {"said": "2 candidates are waiting past your promised date"}
    assert (await browser.get(f"/said/{said[1]}/as/Telegram"))[0] == 404
    assert (await browser.get(f"/said/{uuid.uuid4()}/as/Plain"))[0] == 404


async def test_whom_i_can_name_is_offered_while_i_type(browser: Browser) -> None:
    _, text, _ = await browser.get(f"/completions/{browser.members[DANA]}")
    given = json.loads(text)
    assert {"name": "Tomasz Zieliński", "role": "Welder"} in given["names"]
    assert "/followup update NAME" in [one["form"] for one in given["commands"]]


async def test_what_i_typed_stands_there_as_mine_and_is_never_markup(browser: Browser) -> None:
    answer = await browser.say(f"/followup {HOSTILE} nobody")
    text = await browser.conversation()
    assert 'class="said me"' in text
    assert HOSTILE not in text + answer.html
    assert html.escape(HOSTILE) in text


async def test_a_private_answer_replaces_the_message_it_was_asked_for_in(browser: Browser) -> None:
    listed = await browser.say("/followup")
    assert "You owe 2 people news, 2 past your promised date." in listed.html
    clicked = await browser.press("Send update", row("Tomasz", listed.html))
    assert clicked.body["id"] == listed.body["id"]
    assert "You owe 1 person news, past your promised date." in await browser.last()

    digest = await browser.digest()
    asked = await browser.press("Why am I asked?", digest)
    assert asked.body["id"] not in digest
    text = await browser.conversation()
    assert text.index("waiting past your promised date") < text.index(asked.body["id"])


async def test_hostile_names_are_text(browser: Browser) -> None:
    await browser.digest()
    everything = await browser.conversation() + (await browser.get("/"))[1]
    assert HOSTILE not in everything
    assert html.escape(HOSTILE) in everything


# -- who reads what -----------------------------------------------------------------------------------------


async def test_a_mark_shows_where_something_waits_until_it_is_read(browser: Browser) -> None:
    await browser.clock("next-0930")
    people = (await browser.live(RAVI))["people"]
    assert "2 unread" in people, "the greeting, and the list"
    assert "Mon 14:30 London" in people

    await browser.get(f"/?as={DANA}")
    assert "unread" not in (await browser.live(RAVI))["people"]


async def test_asking_again_costs_nothing_while_nothing_has_changed(browser: Browser) -> None:
    await browser.digest()
    path = f"/conversation/{browser.members[DANA]}"
    _, _, headers = await browser.get(path)
    assert (await browser.get(path, **{"If-None-Match": headers["ETag"]}))[0] == 304
    await browser.say("/followup help")
    assert (await browser.get(path, **{"If-None-Match": headers["ETag"]}))[0] == 200


async def test_the_page_opens_as_anybody_there_is(browser: Browser) -> None:
    assert "You are Ravi Menon, recruiter." in (await browser.get(f"/?as={RAVI.upper()}"))[1]
    status, page, _ = await browser.get("/?as=nobody@acme.example")
    assert status == 404
    assert "There is nobody like that in this demo." in page


async def test_the_html_of_a_letter_can_neither_load_nor_run_anything(browser: Browser) -> None:
    await browser.press("Send update", row("Tomasz", await browser.digest()))
    await browser.clock("+1h")
    found = re.search(
        r'sandbox="" loading="lazy" title="[^"]+" src="([^"]+)"', (await browser.get("/mailbox"))[1]
    )
    assert found
    status, letter, headers = await browser.get(found[1])
    assert status == 200
    assert "Dear Tomasz" in letter
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox;" in policy
    assert "script" not in policy
    status, _, _ = await browser.get(f"/mailbox/{uuid.uuid4()}/html")
    assert status == 404


async def test_a_second_letter_of_the_mailbox_is_a_change_of_it(browser: Browser) -> None:
    path = f"/mailbox?part=list&as={DANA}"
    _, text, headers = await browser.get(path)
    assert "<html" not in text
    assert (await browser.get(path, **{"If-None-Match": headers["ETag"]}))[0] == 304
    await browser.press("Send update", row("Tomasz", await browser.digest()))
    await browser.clock("+1h")
    assert (await browser.get(path, **{"If-None-Match": headers["ETag"]}))[0] == 200


# -- the clock ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("2026-11-22T09:30-05:00", "The clock moves forward only."),
        ("2026-11-23T09:00", "The clock moves forward only."),
        ("2031-01-01T00:00Z", "At most 92 days at a time"),
        ("yesterday", "to next-0930 or friday, or to an instant"),
    ],
)
async def test_the_clock_refuses_what_it_cannot_do(browser: Browser, to: str, says: str) -> None:
    answer = await browser.clock(to)
    assert (answer.status, answer.body["kind"]) == (400, "error")
    assert says in answer.body["text"]


async def test_the_clock_goes_to_a_day_later_or_an_instant_of_mine(browser: Browser) -> None:
    await browser.clock("2026-11-23T10:00")
    await browser.clock("+1d")
    clock = (await browser.live())["clock"]
    assert "Tuesday 24 November 2026" in clock
    assert ">10:00<" in clock


async def test_the_clock_goes_one_way_at_a_time(browser: Browser) -> None:
    answers = await asyncio.gather(browser.clock("2026-11-27T12:00"), browser.clock("2026-11-26T12:00"))
    assert sorted(answer.status for answer in answers) == [200, 400]
    (refused,) = (answer for answer in answers if answer.status == 400)
    assert "The clock is moving already." in refused.body["text"]


async def test_the_ladder_climbs_while_the_clock_moves(browser: Browser) -> None:
    await browser.clock("2026-11-27T12:00")
    text = await browser.conversation()
    assert "The list of Mon 23 Nov has been replaced by a newer one." in text
    assert "2 candidates are waiting past your promised date" in text
    assert "waiting past the date they were promised" in await browser.conversation(RAVI)


async def test_the_clock_goes_forward_only(stage: Stage, dana: Person) -> None:
    async with stage.http.post(
        f"{stage.base}/clock",
        json={"member": dana._member, "to": "2026-11-01T09:00:00+00:00"},
        headers={"Origin": stage.base},
    ) as answer:
        assert answer.status == 400
        assert "forward" in await answer.text()


# -- who may ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "elsewhere.example"},
        {"Host": "127.0.0.1.elsewhere.example:80"},
    ],
)
async def test_a_page_elsewhere_cannot_click_here(browser: Browser, headers: dict[str, str]) -> None:
    digest = await browser.digest()
    token = action("Send update", row("Tomasz", digest))
    body = {"member": browser.members[DANA], "action": token, "message": None}
    answer = await browser.post("/act", body, **headers)
    assert (answer.status, answer.body["kind"]) == (403, "error")
    assert "Tomasz gets your update" not in await browser.conversation()


async def test_a_name_that_was_made_to_point_here_reads_nothing(browser: Browser) -> None:
    status, text, _ = await browser.get("/", Host="elsewhere.example")
    assert status == 403
    assert "Dana" not in text
    status, _, _ = await browser.get(
        "/mailbox", **{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    )
    assert status == 403


async def test_the_page_runs_no_script_but_its_own(browser: Browser) -> None:
    _, page, headers = await browser.get("/")
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["Content-Security-Policy"]
    assert not re.search(r"<script(?! src=\"/static/playground/)|\son\w+=|\sstyle=|<style", page)
    for path in ("/static/playground/page.js", "/static/playground/base.css"):
        assert path in page
        assert (await browser.get(path))[0] == 200


# -- wrong input and faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/act", {"member": "nobody", "action": "x"}, 404, "nobody and nothing with this id"),
        ("/act", {"member": str(uuid.UUID(int=7)), "action": "x"}, 404, "nobody like that"),
        ("/act", {"action": 7}, 404, "nobody and nothing with this id"),
        ("/say", ["no object"], 400, "no JSON object"),
        ("/say", {"member": "DANA", "text": "  "}, 400, "Type something first"),
        ("/say", {"member": "DANA", "text": "x" * 3000}, 400, "longer than 2000 characters"),
        ("/say", {"member": "DANA", "text": None}, 400, "text is not a text"),
        ("/act", {"member": "DANA", "action": "x", "fields": [1]}, 400, "not an object of names"),
    ],
)
async def test_wrong_input_gets_a_sentence(
    browser: Browser, path: str, body: Any, status: int, says: str
) -> None:
    if isinstance(body, dict) and body.get("member") == "DANA":
        body = body | {"member": browser.members[DANA]}
    answer = await browser.post(path, body)
    assert (answer.status, answer.body["kind"]) == (status, "error")
    assert says in answer.body["text"]


async def test_a_button_of_another_version_gets_an_answer(browser: Browser) -> None:
    body = {"member": browser.members[DANA], "action": "nonsense", "message": str(uuid.uuid4())}
    answer = await browser.post("/act", body)
    assert "This button is from an older version." in answer.html


async def test_half_a_character_is_no_reason_to_fail(browser: Browser) -> None:
    answer = await browser.say("/followup \ud83d\0x")
    assert answer.status == 200
    assert "/followup ?x" in await browser.conversation()


async def test_an_unexpected_error_is_a_sentence_with_a_number_that_the_log_knows(browser: Browser) -> None:
    def break_it(store: SqlStore, _: dt.datetime) -> None:
        store.conn.execute(sa.text("DROP TABLE playground_messages"))

    await browser.transactions.write(browser.workspace, break_it)
    with capture_logs() as logs:
        answer = await browser.say("/followup")
    assert answer.status == 500
    assert "Traceback" not in answer.body["text"]
    (event,) = (one for one in logs if one["event"] == "playground_failed")
    assert event["id"] in answer.body["text"]


# -- its tables --------------------------------------------------------------------------------------------


async def test_the_tables_are_made_once_and_kept(browser: Browser) -> None:
    await browser.say("/followup help")

    def again(store: SqlStore, _: dt.datetime) -> None:
        tables.metadata.create_all(store.conn)

    await browser.transactions.write(browser.workspace, again)
    assert "What you can type" in await browser.conversation()
