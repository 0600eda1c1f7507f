"""Teams, the people and channels in them, and what is on show there."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import zoneinfo
from typing import Any

Json = dict[str, Any]

APP = "A0FOLLOWUP"


@dataclasses.dataclass(kw_only=True)
class User:
    id: str
    team: str
    name: str
    real_name: str
    email: str
    tz: str = "America/New_York"
    locale: str = "en-US"
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_bot: bool = False
    status_text: str = ""
    status_emoji: str = ""
    status_expiration: int = 0

    def json(self, *, email: bool = True, locale: bool = False) -> Json:
        """As in `users.info`; the email only where the scope for it is granted."""
        first, _, last = self.real_name.partition(" ")
        profile: Json = {
            "real_name": self.real_name,
            "real_name_normalized": self.real_name,
            "display_name": self.name,
            "first_name": first,
            "last_name": last,
            "status_text": self.status_text,
            "status_emoji": self.status_emoji,
            "status_expiration": self.status_expiration,
            "team": self.team,
        }
        if email and self.email:
            profile["email"] = self.email
        said: Json = {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "deleted": self.deleted,
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 1_700_000_000,
        }
        if self.deleted:
            return said
        return said | self._living(locale=locale)

    def _living(self, *, locale: bool) -> Json:
        """What is left out of a deactivated account."""
        offset = dt.datetime.now(zoneinfo.ZoneInfo(self.tz)).utcoffset() or dt.timedelta()
        living: Json = {
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": int(offset.total_seconds()),
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": self.is_restricted,
            "is_ultra_restricted": self.is_ultra_restricted,
            "is_email_confirmed": True,
        }
        return living | {"locale": self.locale} if locale else living


@dataclasses.dataclass(kw_only=True)
class Channel:
    """`user` is the person of a direct message with the bot; a channel of its own has `members`.

    `is_ext_shared`: people of another company read it, too.
    """

    id: str
    team: str
    name: str
    user: str = ""
    members: set[str] = dataclasses.field(default_factory=set)
    has_bot: bool = True
    is_archived: bool = False
    is_private: bool = False
    is_ext_shared: bool = False

    @property
    def is_im(self) -> bool:
        return bool(self.user)


@dataclasses.dataclass(kw_only=True)
class Content:
    """What a message says, checked."""

    text: str
    blocks: list[Json]
    metadata: Json | None = None


@dataclasses.dataclass(kw_only=True)
class Message:
    """`contents`: what it said each time it was written, the newest last."""

    ts: str
    channel: Channel
    author: str
    contents: list[Content]
    ephemeral_to: str = ""
    gone: bool = False
    edit_window_closed: bool = False

    @property
    def text(self) -> str:
        return self.contents[-1].text

    @property
    def blocks(self) -> list[Json]:
        return self.contents[-1].blocks

    @property
    def history(self) -> list[list[Json]]:
        """Its blocks as they were, the newest last."""
        return [content.blocks for content in self.contents]


@dataclasses.dataclass(kw_only=True)
class View:
    """A modal or a Home tab. `origin`: from which message or Home tab it was opened; a Home tab's own id."""

    id: str
    team: str
    user: str
    content: Json
    hash: str
    root: str
    previous: str | None = None
    origin: str = ""
    history: list[list[Json]] = dataclasses.field(default_factory=list)

    @property
    def blocks(self) -> list[Json]:
        blocks: list[Json] = self.content["blocks"]
        return blocks


class Team:
    """One workspace; `enterprise` names its Enterprise Grid organisation, `org_wide` how the app came in."""

    def __init__(
        self,
        team_id: str = "T0HALDEN",
        name: str = "Halden",
        *,
        enterprise: str = "",
        enterprise_name: str = "",
        org_wide: bool = False,
    ) -> None:
        self.id = team_id
        self.name = name
        self.domain = name.lower().replace(" ", "-")
        self.enterprise = enterprise
        self.enterprise_name = enterprise_name or enterprise
        self.org_wide = org_wide
        self.bot_id = f"B{team_id[1:]}"
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self._numbers = itertools.count(1)
        self.bot_user = f"UBOT{team_id[1:]}"
        self.hire("", "Followup", id=self.bot_user, name="followup", is_bot=True)

    def hire(self, email: str, real_name: str = "", **about: Any) -> User:
        """Another account here; `about` is any field of `User`."""
        handle = email.partition("@")[0]
        given = {
            "id": f"U{self.id[1:]}{next(self._numbers):03d}",
            "team": self.id,
            "name": handle,
            "real_name": real_name or handle.replace(".", " ").title(),
            "email": email,
        }
        user = User(**(given | about))
        self.users[user.id] = user
        return user

    def add_channel(self, name: str, *members: User, **about: Any) -> Channel:
        """A public channel; `about` is any field of `Channel`."""
        given = {"id": f"C{self.id[1:]}{next(self._numbers):03d}", "team": self.id, "name": name}
        channel = Channel(**(given | {"members": {member.id for member in members}} | about))
        self.channels[channel.id] = channel
        return channel

    def user_of(self, email: str) -> User | None:
        """By email, whatever its case; a deactivated account is not found."""
        wanted = email.casefold()
        return next((u for u in self.users.values() if u.email.casefold() == wanted and not u.deleted), None)

    def dm(self, user: str) -> Channel:
        """The direct messages between the bot and a person, opened if need be."""
        found = next((channel for channel in self.channels.values() if channel.user == user), None)
        if found is not None:
            return found
        new = Channel(
            id=f"D{self.id[1:]}{next(self._numbers):03d}", team=self.id, name="directmessage", user=user
        )
        self.channels[new.id] = new
        return new
