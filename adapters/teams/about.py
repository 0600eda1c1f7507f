"""`GET /privacy` and `GET /terms`: the two pages that the app's manifest must name, as plain text.

docs/security.md says the same at length. A company may put pages of its own in their place.
"""

from __future__ import annotations

from aiohttp import web

from adapters.teams.package import PRIVACY_PATH, TERMS_PATH

PRIVACY = """\
Followup: what is kept of whom

Followup helps the people of one company keep the word they gave to candidates. That company runs it, on a
server and in a database of its own, and is responsible for what it keeps.

What is kept
- Of candidates: name, email, time zone, country, language, perhaps an agency's address; the role, what was
  promised to them, when they asked and what came of it; the letters they got, and feedback that was begun.
- Of members of the company who use it or answer for candidates: name, work email, time zone, language,
  absences, and where they are written to in the chat.
- Who did what and when.

What it is for
To remind members of what was promised, and to send candidates the letters that a member asks for.

Who gets it
Nobody else. Messages in the chat name candidates to the members who answer for them; letters leave by the
company's own mail server. There is no telemetry, no advertising, and no model that reads or writes anything.

How long
As long as the company keeps it in its database. Messages stay in the chat as long as the company keeps those.

Whom to ask
Members: whoever looks after Followup in your company. Candidates: the person who wrote to you; an answer to
the letter reaches them. Either can ask what is kept of you, and have it corrected or deleted.
"""

TERMS = """\
Followup: terms of use

Followup is run by your company for its own people. What your company has agreed with you about its systems
holds for it too.

- It is free software under the MIT licence: it comes as it is, without a warranty.
- A letter goes to a candidate only after a member's click, and in that member's name. Until it has left it
  can be undone.
- What you see of candidates is for your work on their applications and for nothing else.

Questions go to whoever looks after Followup in your company.
"""


def mount(app: web.Application) -> None:
    async def privacy(_: web.Request) -> web.Response:
        """What is kept of whom, how long, and whom to ask; the package for Teams names it."""
        return web.Response(text=PRIVACY)

    async def terms(_: web.Request) -> web.Response:
        """On what terms it is used; the package for Teams names it."""
        return web.Response(text=TERMS)

    app.router.add_get(PRIVACY_PATH, privacy)
    app.router.add_get(TERMS_PATH, terms)
