"""The playground's routes, added to an application by `mount`. Only the demo does."""

from __future__ import annotations

import hashlib
import json
import pathlib
import uuid
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar, assert_never

from aiohttp import web

from adapters.playground import render
from adapters.playground.conversation import Said
from adapters.playground.guard import LETTER_POLICY, Wrong, guarded
from adapters.playground.people import People
from adapters.playground.playground import Answer, ClockRefused, NotHere, Playground
from bot.changes import Overtaken
from bot.views.elements import FieldErrors, Form

T = TypeVar("T")

_STATIC = pathlib.Path(__file__).parent / "static"
_LONGEST = 2000
"""Characters typed at once."""
_LONGEST_FIELD = 20_000


def mount(app: web.Application, playground: Playground) -> None:
    """Add the page, what it asks for, and its style and script."""
    pages = _Pages(playground)
    app.router.add_static("/static/playground", _STATIC)
    app.add_routes(
        [
            web.get("/", guarded(pages.page)),
            web.get("/state/{member}", guarded(pages.state)),
            web.get("/conversation/{member}", guarded(pages.conversation)),
            web.get("/channel/{channel}", guarded(pages.channel)),
            web.get("/picture/{picture}.png", guarded(pages.picture)),
            web.get("/mailbox", guarded(pages.mailbox)),
            web.get("/mailbox/{mail}/html", guarded(pages.letter)),
            web.post("/say", guarded(pages.say)),
            web.post("/act", guarded(pages.act)),
            web.post("/clock", guarded(pages.clock)),
        ]
    )


class _Pages:
    def __init__(self, playground: Playground) -> None:
        self._playground = playground

    # -- looking ------------------------------------------------------------------------------------------

    async def page(self, request: web.Request) -> web.StreamResponse:
        """`GET /?as=EMAIL`: the page, as this member."""
        try:
            people = await self._playground.people(email=request.query.get("as", "").strip())
        except NotHere as lost:
            return _html(render.render_lost(str(lost)), status=404)
        me = people.me.member.id
        version = _version(await self._playground.version(me), people)
        said = await self._playground.conversation(me)
        mails, letters = await self._playground.letters()
        versions = (version, _version(mails, people))
        return _html(render.render_page(people, said, letters, self._playground.moving_to, versions))

    async def state(self, request: web.Request) -> web.StreamResponse:
        """`GET /state/MEMBER`: what the page asks every second. 304 while nothing has changed."""
        people = await self._people(request)
        version = await self._playground.version(people.me.member.id)
        mails = await self._playground.mail_version()
        moving = self._playground.moving_to
        body = json.dumps(
            {
                "conversation": _version(version, people),
                "mailbox": _version(mails, people),
                "people": render.render_people(people),
                "clock": render.render_clock(people.me, moving),
                "moving": moving is not None,
            }
        )
        tag = hashlib.sha256(body.encode()).hexdigest()[:24]
        if _has(request, tag):
            return _unchanged(tag)
        return web.json_response(text=body, headers={"ETag": f'"{tag}"'})

    async def conversation(self, request: web.Request) -> web.StreamResponse:
        """`GET /conversation/MEMBER`: the messages as HTML. 304 while nothing has changed."""
        people = await self._people(request)
        me = people.me.member.id
        tag = _version(await self._playground.version(me), people)
        if _has(request, tag):
            return _unchanged(tag)
        said = await self._playground.conversation(me)
        return _html(render.render_conversation(said, people.me), tag=tag)

    async def channel(self, request: web.Request) -> web.StreamResponse:
        """`GET /channel/CHANNEL?as=EMAIL`: what a team's channel reads, as HTML."""
        try:
            people = await self._playground.people(email=request.query.get("as", "").strip())
            said = await self._playground.channel(_id(request.match_info["channel"]))
        except NotHere as lost:
            raise Wrong(str(lost), 404) from None
        return _html(render.render_channel(said, people.me))

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """`GET /picture/PICTURE.png`: a chart that stands in a message."""
        try:
            png = await self._playground.picture(_id(request.match_info["picture"]))
        except NotHere as lost:
            raise Wrong(str(lost), 404) from None
        return web.Response(body=png, content_type="image/png")

    async def mailbox(self, request: web.Request) -> web.StreamResponse:
        """`GET /mailbox`: a page of its own. With `?as=EMAIL&part=list` the list alone, for the column."""
        try:
            people = await self._playground.people(email=request.query.get("as", "").strip())
        except NotHere as lost:
            return _html(render.render_lost(str(lost)), status=404)
        mails, letters = await self._playground.letters()
        if request.query.get("part") != "list":
            return _html(render.render_mailbox_page(letters, people.me))
        tag = _version(mails, people)
        if _has(request, tag):
            return _unchanged(tag)
        return _html(render.render_mailbox(letters, people.me), tag=tag)

    async def letter(self, request: web.Request) -> web.StreamResponse:
        """`GET /mailbox/MAIL/html`: the HTML part as it came, which may neither load nor run anything."""
        try:
            letter = await self._playground.letter(_id(request.match_info["mail"]))
        except NotHere as lost:
            raise Wrong(str(lost), 404) from None
        response = _html(letter.html)
        response.headers["Content-Security-Policy"] = LETTER_POLICY
        return response

    # -- doing --------------------------------------------------------------------------------------------

    async def say(self, request: web.Request) -> web.StreamResponse:
        """`POST /say {member, text, channel?}`: something typed, as `/followup …` is."""
        sent = await _sent(request)
        member, text = _id(sent.get("member")), _text(sent.get("text", ""), "text", _LONGEST).strip()
        if not text:
            raise Wrong("Type something first: /followup shows who waits for you.")
        channel = _id(sent["channel"]) if sent.get("channel") else None
        return await self._answered(member, await _settled(self._playground.say(member, text, channel)))

    async def act(self, request: web.Request) -> web.StreamResponse:
        """`POST /act {member, action, message?, fields?}`: a button, or a form with its fields."""
        sent = await _sent(request)
        member = _id(sent.get("member"))
        message = _id(sent["message"]) if sent.get("message") else None
        action = _text(sent.get("action", ""), "action", _LONGEST)
        given = sent.get("fields") or {}
        if not isinstance(given, dict):
            raise Wrong("fields is not an object of names and texts.")
        fields = {
            _text(name, "fields", _LONGEST): _text(value, "fields", _LONGEST_FIELD)
            for name, value in given.items()
        }
        answer = await _settled(self._playground.act(member, action, message, fields))
        return await self._answered(member, answer)

    async def clock(self, request: web.Request) -> web.StreamResponse:
        """`POST /clock {member, to}`: answers when the clock has arrived."""
        sent = await _sent(request)
        to = _text(sent.get("to", ""), "to", _LONGEST)
        try:
            steps = await _settled(self._playground.move_clock(_id(sent.get("member")), to))
        except ClockRefused as refused:
            raise Wrong(str(refused)) from None
        return web.json_response({"kind": "moved", "steps": steps})

    async def _answered(self, member: uuid.UUID, answer: Answer) -> web.Response:
        match answer:
            case Said():
                people = await self._playground.people(member)
                html = render.render_said(answer, people.me)
                return web.json_response({"kind": "message", "id": str(answer.id), "html": html})
            case Form():
                return web.json_response({"kind": "form", "html": render.render_view(answer)})
            case FieldErrors():
                html = render.render_view(answer)
                return web.json_response({"kind": "errors", "html": html, "errors": dict(answer.errors)})
            case _:
                assert_never(answer)

    async def _people(self, request: web.Request) -> People:
        try:
            return await self._playground.people(_id(request.match_info["member"]))
        except NotHere as lost:
            raise Wrong(str(lost), 404) from None


async def _settled(work: Awaitable[T]) -> T:
    """The outcome of a use case, what it refuses as a sentence."""
    try:
        return await work
    except NotHere as lost:
        raise Wrong(str(lost), 404) from None
    except Overtaken:
        raise Wrong("Somebody else was quicker. Look again at what the list says now.", 409) from None


async def _sent(request: web.Request) -> Mapping[str, Any]:
    """The JSON object that was posted."""
    if request.content_type != "application/json":
        raise Wrong("Send a JSON object, as application/json.", 415)
    try:
        sent = await request.json()
    except ValueError:
        raise Wrong("What was sent is no JSON.") from None
    if not isinstance(sent, dict):
        raise Wrong("What was sent is no JSON object.")
    return sent


def _id(text: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(text))
    except ValueError:
        raise Wrong("There is nobody and nothing with this id.", 404) from None


def _text(value: object, name: str, longest: int) -> str:
    """A text as it can be kept: no half characters, no NUL."""
    if not isinstance(value, str):
        raise Wrong(f"{name} is not a text.")
    if len(value) > longest:
        raise Wrong(f"That is longer than {longest} characters.")
    return value.encode("utf-8", "replace").decode().replace("\0", "")


def _version(number: int, people: People) -> str:
    """What is seen depends on the rows, and on who looks and from which zone."""
    me = people.me.member
    return hashlib.sha256(f"{number} {me.id} {me.name} {me.zone} {me.digest_at}".encode()).hexdigest()[:24]


def _has(request: web.Request, tag: str) -> bool:
    return any(one.value == tag for one in request.if_none_match or ())


def _unchanged(tag: str) -> web.Response:
    return web.Response(status=304, headers={"ETag": f'"{tag}"'})


def _html(text: str, status: int = 200, tag: str = "") -> web.Response:
    headers = {"ETag": f'"{tag}"'} if tag else {}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)
