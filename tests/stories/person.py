"""A person at the page, as a story tells of them: they look, click, fill in, type, and move the clock.

Everything goes over HTTP to the real server; what they see is read from the HTML that a browser would show.
"""

from __future__ import annotations

import contextlib
import dataclasses
import uuid
from collections.abc import AsyncIterator, Mapping

import aiohttp
from selectolax.lexbor import LexborHTMLParser, LexborNode


@dataclasses.dataclass(frozen=True)
class SeenRow:
    """One candidate on the screen."""

    title: str
    text: str
    buttons: Mapping[str, str]
    menu: Mapping[str, str]
    mark: str

    @property
    def name(self) -> str:
        """The candidate's name alone, without the mark, the role and the stage."""
        first = self.title.split(" · ")[0]
        return first.removeprefix("● late: ").removeprefix("◷ due: ").removeprefix("✓ told: ")


@dataclasses.dataclass(frozen=True)
class SeenMessage:
    """One message of the bot."""

    id: str
    heading: str
    text: str
    rows: tuple[SeenRow, ...]
    buttons: Mapping[str, str]

    def row(self, about: str) -> SeenRow:
        found = [row for row in self.rows if about in row.title]
        assert found, f"Nobody called {about} is here, but: {[row.title for row in self.rows]}"
        return found[0]


@dataclasses.dataclass(frozen=True)
class SeenForm:
    """A form that opened, with what it was filled with."""

    title: str
    text: str
    submit: str
    fields: Mapping[str, str]
    buttons: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class SeenErrors:
    errors: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class SeenLetter:
    """A letter in the mailbox."""

    to: str
    subject: str
    body: str


Seen = SeenMessage | SeenForm | SeenErrors

A_NO = {
    "decision": "not_going_on",
    "criterion": "0",
    "observation": "Asked what happens when a region fails, you left out the orders still in flight",
    "suggestion": "Follow one failure to its end: what is lost, who notices, and how it comes back",
    "thanks": "walking us through the queue migration",
}
"""A feedback form, filled in."""


class Person:
    """Dana, Ravi, anybody: found by the beginning of their work email."""

    def __init__(self, http: aiohttp.ClientSession, base: str, email: str) -> None:
        self._http = http
        self._base = base
        self.email = email
        self._member = ""

    async def sits_down(self) -> Person:
        async with self._http.get(f"{self._base}/", params={"as": self.email}) as page:
            assert page.status == 200, await page.text()
            body = LexborHTMLParser(await page.text()).body
            assert body is not None
            self._member = body.attrs.sget("data-member")
        return self

    @contextlib.asynccontextmanager
    async def page_left_open(self) -> AsyncIterator[None]:
        """Their page waits for news as long as it is open."""
        async with self._http.get(f"{self._base}/live/{self._member}") as news:
            assert news.status == 200
            yield

    async def reads(self) -> list[SeenMessage]:
        """The conversation, oldest first; only what the bot said."""
        async with self._http.get(f"{self._base}/conversation/{self._member}") as page:
            seen = _parsed(await page.text())
        return [_message(tag) for tag in seen.css("article:not(.me)")]

    async def lists(self) -> list[SeenMessage]:
        """The lists that came and were not replaced by a newer one."""
        return [m for m in await self.reads() if "Why am I asked?" in m.buttons]

    async def digest(self) -> SeenMessage:
        """The newest list of today."""
        lists = await self.lists()
        assert lists, "There is no list yet."
        return lists[-1]

    async def home(self) -> SeenMessage:
        """Their home, which they open now."""
        async with self._http.get(f"{self._base}/home/{self._member}", params={"opened": "yes"}) as page:
            return dataclasses.replace(_message(_parsed(await page.text())), id="")

    async def clicks(self, label: str, about: str = "", on: SeenMessage | None = None) -> Seen:
        """Press a button, in a candidate's row or under the message; by default in today's list."""
        message = on or await self.digest()
        if about:
            row = message.row(about)
            actions = {**row.menu, **row.buttons}
        else:
            actions = dict(message.buttons)
        return await self.acts(pick(actions, label), message.id)

    async def acts(self, action: str, message: str = "", fields: Mapping[str, str] | None = None) -> Seen:
        sent: dict[str, object] = {"member": self._member, "action": action}
        if message:
            sent["message"] = message
        if fields is not None:
            sent["fields"] = dict(fields)
        return await self._post("/act", sent)

    async def fills(self, form: SeenForm, **fields: str) -> Seen:
        """Submit a form, with what stands in it already and these fields."""
        return await self.acts(form.submit, fields={**form.fields, **fields})

    async def types(self, text: str) -> Seen:
        return await self._post("/say", {"member": self._member, "text": text})

    # -- a team's channel -----------------------------------------------------------------------------------

    async def types_in(self, channel: uuid.UUID, text: str) -> SeenMessage:
        """Type in a channel; the answer is private."""
        sent = {"member": self._member, "text": text, "channel": str(channel)}
        return message_of(await self._post("/say", sent))

    async def reads_in(self, channel: uuid.UUID) -> list[SeenMessage]:
        return [_message(tag) for tag in (await self._channel(channel)).css("article")]

    async def sees_in(self, channel: uuid.UUID) -> list[tuple[str, bytes]]:
        """The pictures in a channel, each with its alternative text."""
        found = []
        for image in (await self._channel(channel)).css("img"):
            async with self._http.get(f"{self._base}{image.attrs.sget('src')}") as answer:
                assert (answer.status, answer.content_type) == (200, "image/png")
                found.append((image.attrs.sget("alt"), await answer.read()))
        return found

    async def _channel(self, channel: uuid.UUID) -> LexborNode:
        async with self._http.get(f"{self._base}/channel/{channel}", params={"as": self.email}) as page:
            assert page.status == 200, await page.text()
            return _parsed(await page.text())

    # -- the same, where the story knows what comes back ---------------------------------------------------

    async def asks(self, text: str) -> SeenMessage:
        """Type something that is answered with a message."""
        return message_of(await self.types(text))

    async def presses(self, label: str, about: str = "", on: SeenMessage | None = None) -> SeenMessage:
        """Press a button that is answered with a message."""
        return message_of(await self.clicks(label, about, on))

    async def opens(self, label: str, about: str = "", on: SeenMessage | None = None) -> SeenForm:
        """Press a button that opens a form."""
        return form_of(await self.clicks(label, about, on))

    async def submits(self, form: SeenForm, **fields: str) -> SeenMessage:
        """Submit a form in which nothing is wrong."""
        return message_of(await self.fills(form, **fields))

    async def errs(self, form: SeenForm, **fields: str) -> Mapping[str, str]:
        """Submit a form in which something is wrong: what stands at which field."""
        seen = await self.fills(form, **fields)
        assert isinstance(seen, SeenErrors), seen
        return seen.errors

    def told(self, text: str) -> str:
        """How this chat says what can be typed: with `/followup`, as it stands here."""
        return text

    async def is_refused(self, text: str) -> str:
        """Type something that the page does not take: why."""
        sent = {"member": self._member, "text": text}
        async with self._http.post(f"{self._base}/say", json=sent, headers={"Origin": self._base}) as answer:
            assert answer.status == 400, await answer.text()
            return str((await answer.json())["text"])

    @property
    def member(self) -> uuid.UUID:
        return uuid.UUID(self._member)

    async def messages_headed(self, heading: str) -> list[SeenMessage]:
        return [message for message in await self.reads() if message.heading.startswith(heading)]

    # -- time and letters -----------------------------------------------------------------------------------

    async def moves_clock(self, to: str) -> int:
        """`+1h`, `+1d`, `next-0930` or an instant; how many steps it took."""
        async with self._http.post(
            f"{self._base}/clock", json={"member": self._member, "to": to}, headers={"Origin": self._base}
        ) as answer:
            assert answer.status == 200, await answer.text()
            steps: int = (await answer.json())["steps"]
            return steps

    async def mailbox(self) -> list[SeenLetter]:
        """All letters that arrived, newest first."""
        async with self._http.get(f"{self._base}/mailbox", params={"as": self.email, "part": "list"}) as page:
            seen = _parsed(await page.text())
        return [
            SeenLetter(
                to=_text(tag.css_first(".to")),
                subject=_text(tag.css_first(".subject")),
                body=_text(tag.css_first(".body")),
            )
            for tag in seen.css("details.mail")
        ]

    async def _post(self, path: str, sent: Mapping[str, object]) -> Seen:
        async with self._http.post(
            f"{self._base}{path}", json=sent, headers={"Origin": self._base}
        ) as answer:
            assert answer.status == 200, f"{answer.status}: {await answer.text()}"
            said = await answer.json()
        if said["kind"] == "errors":
            return SeenErrors(said["errors"])
        seen = _parsed(said["html"])
        if said["kind"] == "form":
            return _form(seen)
        return _message(seen.css("article")[0])


def pick(actions: Mapping[str, str], label: str) -> str:
    """The action behind a label, given by its beginning; labels that a chat had to cut are found as well."""
    found = [
        action
        for name, action in actions.items()
        if name.startswith(label) or (name.endswith("…") and label.startswith(name[:-1].rstrip()))
    ]
    assert found, f"There is no button {label}, but: {list(actions)}"
    return found[0]


def message_of(seen: Seen) -> SeenMessage:
    assert isinstance(seen, SeenMessage), seen
    return seen


def form_of(seen: Seen) -> SeenForm:
    assert isinstance(seen, SeenForm), seen
    return seen


def _parsed(html: str) -> LexborNode:
    body = LexborHTMLParser(html).body
    assert body is not None
    return body


def _text(tag: LexborNode | None) -> str:
    return " ".join(tag.text(separator=" ").split()) if tag is not None else ""


def _actions(tag: LexborNode, selector: str) -> dict[str, str]:
    return {_text(button): button.attrs.sget("data-action") for button in tag.css(selector)}


def _message(tag: LexborNode) -> SeenMessage:
    found = tag.css("section.row")
    rows = tuple(
        SeenRow(
            title=_text(row.css_first("h4")),
            text=" ".join(_text(line) for line in row.css("p.line")),
            buttons=_actions(row, ".buttons > [data-action]"),
            menu=_actions(row, ".choices [data-action]"),
            mark=_text(row.css_first(".mark")),
        )
        for row in found
    )
    in_rows = {button.mem_id for row in found for button in row.css("[data-action]")}
    loose = {
        _text(button): button.attrs.sget("data-action")
        for button in tag.css("[data-action]")
        if button.mem_id not in in_rows
    }
    identity = tag.attrs.sget("data-message") or tag.attrs.sget("id")
    return SeenMessage(
        identity.removeprefix("said-"), _text(tag.css_first(".heading")), _text(tag), rows, loose
    )


def _form(tag: LexborNode) -> SeenForm:
    form = tag.css("form")[0]
    fields: dict[str, str] = {}
    for field in form.css("input, textarea, select"):
        name, given = field.attrs.sget("name"), field.attrs
        if not name:
            continue
        if field.tag == "select":
            chosen = field.css_first("option[selected]")
            fields[name] = chosen.attrs.sget("value") if chosen is not None else ""
        elif field.tag == "textarea":
            fields[name] = field.text()
        elif given.sget("type") in ("radio", "checkbox"):
            if "checked" in given:
                fields[name] = given.sget("value") or "yes"
        else:
            fields[name] = given.sget("value")
    return SeenForm(
        title=_text(form.css_first("h2")),
        text=_text(form),
        submit=form.attrs.sget("data-submit"),
        fields=fields,
        buttons=_actions(form, ".foot [data-action]"),
    )
