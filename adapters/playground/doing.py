"""What is done on the page: typing, clicking, moving the clock, answering as a candidate."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import assert_never

from aiohttp import web

from adapters.playground import render
from adapters.playground.answers import Answer, AtHome
from adapters.playground.asked import id_of, posted, settled, text_of
from adapters.playground.clockwork import ClockRefused
from adapters.playground.conversation import Said
from adapters.playground.guard import Wrong
from adapters.playground.playground import Playground
from adapters.playground.tables import ReplyKind
from bot.changes import Refused
from bot.views.elements import FieldErrors, Form

_LONGEST = 2000
"""Characters typed at once."""
_LONGEST_FIELD = 20_000


class Doing:
    """Everything that is posted, answered with JSON."""

    def __init__(self, playground: Playground) -> None:
        self._playground = playground

    async def say(self, request: web.Request) -> web.StreamResponse:
        """`POST /say {member, text, channel?}`: something typed, as `/followup …` is."""
        sent = await posted(request)
        member, text = id_of(sent.get("member")), text_of(sent.get("text", ""), "text", _LONGEST).strip()
        if not text:
            raise Wrong("Type something first: /followup shows who waits for you.")
        channel = id_of(sent["channel"]) if sent.get("channel") else None
        return await self._answered(member, await settled(self._playground.say(member, text, channel)))

    async def act(self, request: web.Request) -> web.StreamResponse:
        """`POST /act {member, action, message?, fields?}`: a button, or a form with its fields."""
        sent = await posted(request)
        member = id_of(sent.get("member"))
        message = id_of(sent["message"]) if sent.get("message") else None
        action = text_of(sent.get("action", ""), "action", _LONGEST)
        given = sent.get("fields") or {}
        if not isinstance(given, dict):
            raise Wrong("fields is not an object of names and texts.")
        fields = {
            text_of(name, "fields", _LONGEST): text_of(value, "fields", _LONGEST_FIELD)
            for name, value in given.items()
        }
        answer = await settled(self._playground.act(member, action, message, fields))
        return await self._answered(member, answer)

    async def clock(self, request: web.Request) -> web.StreamResponse:
        """`POST /clock {member, to}`: answers when the clock has arrived."""
        sent = await posted(request)
        to = text_of(sent.get("to", ""), "to", _LONGEST)
        try:
            steps = await settled(self._playground.move_clock(id_of(sent.get("member")), to))
        except ClockRefused as refused:
            raise Wrong(str(refused)) from None
        return web.json_response({"kind": "moved", "steps": steps})

    async def journal(self, request: web.Request) -> web.StreamResponse:
        """`POST /journal {}`: what happened while the clock moved has been read."""
        await posted(request)
        self._playground.clock.forget()
        return web.json_response({"kind": "forgotten"})

    async def reply(self, request: web.Request) -> web.StreamResponse:
        """`POST /reply {mail, kind, until?, text}`: answer a letter as the candidate who got it."""
        sent = await posted(request)
        text = text_of(sent.get("text", ""), "text", _LONGEST).strip()
        try:
            kind = ReplyKind(str(sent.get("kind")))
        except ValueError:
            raise Wrong("Choose what kind of answer it is.") from None
        try:
            day = dt.date.fromisoformat(str(sent["until"])) if sent.get("until") else None
            await settled(self._playground.reply(id_of(sent.get("mail")), kind, day, text))
        except ValueError:
            raise Wrong("Choose a day.") from None
        except Refused as refused:
            raise Wrong(str(refused)) from None
        return web.json_response({"kind": "replied"})

    async def _answered(self, member: uuid.UUID, answer: Answer) -> web.Response:
        match answer:
            case Said():
                people = await self._playground.people(member)
                html = render.render_said(answer, people.me)
                return web.json_response({"kind": "message", "id": str(answer.id), "html": html})
            case AtHome(view):
                return web.json_response({"kind": "home", "html": render.render_view(view)})
            case Form():
                return web.json_response({"kind": "form", "html": render.render_view(answer)})
            case FieldErrors():
                html = render.render_view(answer)
                return web.json_response({"kind": "errors", "html": html, "errors": dict(answer.errors)})
            case _:
                assert_never(answer)
