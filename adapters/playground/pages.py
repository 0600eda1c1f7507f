"""The playground's routes, added to an application by `mount`. Only the demo does."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import json
import pathlib
import uuid
from collections.abc import Callable, Mapping
from typing import TypeVar

from aiohttp import web

from adapters.playground import render
from adapters.playground.answers import NotHere
from adapters.playground.asked import channel_of, id_of, settled
from adapters.playground.bell import rung
from adapters.playground.doing import Doing
from adapters.playground.guard import HEADERS, LETTER_POLICY, Wrong, guarded
from adapters.playground.people import People
from adapters.playground.playground import Playground
from bot.uses.typed import HELP
from bot.views.elements import Message

T = TypeVar("T")
Dialects = Mapping[str, Callable[[Message], object]]
"""How other chats would be sent a message: the chat's name, and what makes JSON of a message."""

_STATIC = pathlib.Path(__file__).parent / "static"
_AT_MOST_EVERY_S = 0.1
"""Many rings in a row are one look."""
_LOOK_AGAIN_S = 1.0
"""Time passes, and other processes write, without any bell."""
_SAY_SOMETHING_S = 20
"""A line with nobody on it is noticed by writing to it."""


def mount(app: web.Application, playground: Playground, dialects: Dialects) -> None:
    """Add the page, what it asks for, and its style and script."""
    pages, doing = _Pages(playground, dialects), Doing(playground)
    app.on_shutdown.append(pages.hang_up)
    app.router.add_static("/static/playground", _STATIC)
    app.add_routes(
        [
            web.get("/", guarded(pages.page)),
            web.get("/live/{member}", guarded(pages.live)),
            web.get("/conversation/{member}", guarded(pages.conversation)),
            web.get("/home/{member}", guarded(pages.home)),
            web.get("/completions/{member}", guarded(pages.completions)),
            web.get("/said/{message}/as/{dialect}", guarded(pages.translated)),
            web.get("/channel/{channel}", guarded(pages.channel)),
            web.get("/picture/{picture}.png", guarded(pages.picture)),
            web.get("/mailbox", guarded(pages.mailbox)),
            web.get("/mailbox/{mail}/html", guarded(pages.letter)),
            web.post("/say", guarded(doing.say)),
            web.post("/act", guarded(doing.act)),
            web.post("/clock", guarded(doing.clock)),
            web.post("/journal", guarded(doing.journal)),
            web.post("/reply", guarded(doing.reply)),
        ]
    )


class _Pages:
    def __init__(self, playground: Playground, dialects: Dialects) -> None:
        self._playground = playground
        self._dialects = dialects
        self._stopping = False

    async def hang_up(self, _: web.Application) -> None:
        """The server stops: whoever listens is let go, so that it need not wait for them."""
        self._stopping = True
        self._playground.bell.ring()

    # -- looking ------------------------------------------------------------------------------------------

    async def page(self, request: web.Request) -> web.StreamResponse:
        """`GET /?as=EMAIL&channel=CHANNEL`: the page, as this member, before a channel if one is named."""
        try:
            people = await self._playground.people(
                email=request.query.get("as", "").strip(), channel=channel_of(request)
            )
        except NotHere as lost:
            return _html(render.render_lost(str(lost)), status=404)
        seen = await self._seen(people)
        if people.room:
            said = await self._playground.channel(people.room.id)
        else:
            said = await self._playground.conversation(people.me.member.id)
        shown = render.Page(
            people=people,
            said=said,
            mailbox=await self._playground.mailbox(),
            now=self._playground.now,
            moving_to=self._playground.clock.moving_to,
            happened=self._playground.clock.happened,
            seen=seen,
            dialects=tuple(self._dialects),
        )
        return _html(render.render_page(shown))

    async def live(self, request: web.Request) -> web.StreamResponse:
        """`GET /live/MEMBER?channel=CHANNEL`: server-sent events, one for whatever changes on the page.

        https://html.spec.whatwg.org/multipage/server-sent-events.html
        """
        member, channel = id_of(request.match_info["member"]), channel_of(request)
        await self._people(member, channel)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await response.prepare(request)
        last, silent_s = "", 0.0
        with contextlib.suppress(ConnectionError):
            while not (self._stopping or _closing(request)):
                ring = self._playground.bell.next
                state = json.dumps(await self._state(member, channel))
                if state != last:
                    await response.write(f"event: state\ndata: {state}\n\n".encode())
                    last, silent_s = state, 0.0
                elif silent_s >= _SAY_SOMETHING_S:
                    await response.write(b": still here\n\n")
                    silent_s = 0.0
                await asyncio.sleep(_AT_MOST_EVERY_S)
                await rung(ring, _LOOK_AGAIN_S)
                silent_s += _LOOK_AGAIN_S
        return response

    async def _state(self, member: uuid.UUID, channel: uuid.UUID | None) -> Mapping[str, object]:
        """What the page compares with what it shows: small things whole, of the others whether they moved."""
        people = await self._people(member, channel)
        clock = self._playground.clock
        return {
            **await self._seen(people),
            "people": render.render_people(people),
            "clock": render.render_clock(people.me, clock.moving_to),
            "journal": render.render_journal(clock.happened, people.me, clock.moving_to),
            "moving": clock.moving_to is not None,
            "ahead": round((self._playground.now - dt.datetime.now(dt.UTC)).total_seconds()),
        }

    async def _seen(self, people: People) -> Mapping[str, str]:
        """What each part of the page looks like, as a tag that is another one after every change."""
        me = people.me
        home = f"{await self._playground.home_revision(me.member.id)} {me.local.date()}"
        return {
            "conversation": _version(await self._playground.version(_talking(people)), people),
            "home": _version(home, people),
            "mailbox": _version(await self._playground.mail_state(), people),
        }

    async def conversation(self, request: web.Request) -> web.StreamResponse:
        """`GET /conversation/MEMBER`: the messages as HTML. 304 while nothing has changed."""
        people = await self._people(id_of(request.match_info["member"]))
        me = people.me.member.id
        tag = _version(await self._playground.version(me), people)
        if _has(request, tag):
            return _unchanged(tag)
        said = await self._playground.conversation(me)
        return _html(render.render_conversation(said, people.me), tag=tag)

    async def home(self, request: web.Request) -> web.StreamResponse:
        """`GET /home/MEMBER`: the home as HTML; with `?opened=yes` the member has just gone there."""
        people = await self._people(id_of(request.match_info["member"]))
        me = people.me.member.id
        view = await settled(self._playground.home(me, opened=request.query.get("opened") == "yes"))
        return _html(render.render_view(view), tag=(await self._seen(people))["home"])

    async def completions(self, request: web.Request) -> web.StreamResponse:
        """`GET /completions/MEMBER`: what can be typed, and whom this member can name."""
        names = await self._playground.names(id_of(request.match_info["member"]))
        given = {
            "commands": [{"form": form, "what": what} for form, what in HELP],
            "names": [{"name": one.candidate, "role": one.role} for one in names],
        }
        return web.json_response(given)

    async def translated(self, request: web.Request) -> web.StreamResponse:
        """`GET /said/MESSAGE/as/DIALECT`: the JSON that another chat would be sent."""
        dialect = self._dialects.get(request.match_info["dialect"])
        if dialect is None:
            raise Wrong("No chat of this name is known here.", 404)
        said = await settled(self._playground.said(id_of(request.match_info["message"])))
        text = json.dumps(dialect(said.view), ensure_ascii=False, indent=2)
        return web.Response(text=text, content_type="application/json")

    async def channel(self, request: web.Request) -> web.StreamResponse:
        """`GET /channel/CHANNEL?as=EMAIL`: what a team's channel reads, as HTML."""
        try:
            channel = id_of(request.match_info["channel"])
            email = request.query.get("as", "").strip()
            people = await self._playground.people(email=email, channel=channel)
            tag = (await self._seen(people))["conversation"]
            if _has(request, tag):
                return _unchanged(tag)
            said = await self._playground.channel(channel)
        except NotHere as lost:
            raise Wrong(str(lost), 404) from None
        return _html(render.render_channel(said, people.me), tag=tag)

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """`GET /picture/PICTURE.png`: a chart that stands in a message."""
        try:
            png = await self._playground.picture(id_of(request.match_info["picture"]))
        except NotHere as lost:
            raise Wrong(str(lost), 404) from None
        return web.Response(body=png, content_type="image/png")

    async def mailbox(self, request: web.Request) -> web.StreamResponse:
        """`GET /mailbox`: a page of its own. With `?as=EMAIL&part=list` the list alone, for the column."""
        try:
            people = await self._playground.people(email=request.query.get("as", "").strip())
        except NotHere as lost:
            return _html(render.render_lost(str(lost)), status=404)
        box = await self._playground.mailbox()
        if request.query.get("part") != "list":
            return _html(render.render_mailbox_page(box, people.me))
        tag = _version(box.state, people)
        if _has(request, tag):
            return _unchanged(tag)
        return _html(render.render_mailbox(box, people.me), tag=tag)

    async def letter(self, request: web.Request) -> web.StreamResponse:
        """`GET /mailbox/MAIL/html`: the HTML part as it came, which may neither load nor run anything."""
        try:
            letter = await self._playground.letter(id_of(request.match_info["mail"]))
        except NotHere as lost:
            raise Wrong(str(lost), 404) from None
        response = _html(letter.html)
        response.headers["Content-Security-Policy"] = LETTER_POLICY
        return response

    async def _people(self, member: uuid.UUID, channel: uuid.UUID | None = None) -> People:
        try:
            return await self._playground.people(member, channel=channel)
        except NotHere as lost:
            raise Wrong(str(lost), 404) from None


def _closing(request: web.Request) -> bool:
    transport = request.transport
    return transport is None or transport.is_closing()


def _talking(people: People) -> uuid.UUID:
    """Whose conversation is on the screen."""
    return people.room.id if people.room else people.me.member.id


def _version(state: object, people: People) -> str:
    """What is seen depends on the rows, and on who looks and from which zone."""
    me = people.me.member
    return hashlib.sha256(f"{state} {me.id} {me.name} {me.zone} {me.digest_at}".encode()).hexdigest()[:24]


def _has(request: web.Request, tag: str) -> bool:
    return any(one.value == tag for one in request.if_none_match or ())


def _unchanged(tag: str) -> web.Response:
    return web.Response(status=304, headers={"ETag": f'"{tag}"'})


def _html(text: str, status: int = 200, tag: str = "") -> web.Response:
    headers = {"ETag": f'"{tag}"'} if tag else {}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)
