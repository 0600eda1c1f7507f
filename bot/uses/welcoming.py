"""The first message a member gets from the bot, once, before anything is asked of them."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bot.nudges import Surface, SurfaceKind
from bot.people import Member
from bot.ports import Store
from bot.uses.desk import lead_of
from bot.views.elements import Message
from bot.views.viewer import Viewer
from bot.views.welcome import welcome


def greet(store: Store, now: dt.datetime, member: Member) -> Member:
    """Say who the bot is, unless that was said before. What is asked of the member comes after it."""
    if member.welcomed:
        return member
    surface, _ = store.open_surface(SurfaceKind.WELCOME, member.id, "welcome", now)
    store.bump((surface.id,), now)
    greeted = dataclasses.replace(member, welcomed=True)
    store.save_member(greeted)
    return greeted


def view(store: Store, surface: Surface, viewer: Viewer) -> Message:
    recruiters = (role.recruiter for role in store.roles_of(viewer.member.id) if role.recruiter)
    known = [sender for sender in (*recruiters, *lead_of(store)) if sender.id != viewer.member.id]
    return welcome(surface, viewer, known[0] if known else None)
