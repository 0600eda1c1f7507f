"""The narrow waist: whatever the chat, an event comes in through one of these and a View goes back.

Each call gets a store (one open transaction), the time, and its arguments, and does no waiting of any
kind. Whoever calls commits if a View comes back, and rolls back on any exception. `Overtaken` means that
somebody else was quicker: call again in a new transaction, and the answer is today's.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping

from bot import turns
from bot.actions import LISTED, Action, Place, Verb, read_action
from bot.changes import Refused
from bot.nudges import Surface, SurfaceKind
from bot.people import Member
from bot.ports import Store
from bot.uses import (
    adding,
    bell,
    clearing,
    clock,
    fate,
    feedback,
    handing_over,
    hearing,
    history,
    letters,
    letting_go,
    meeting,
    mending,
    menu,
    offers,
    people,
    queue,
    recruiting,
    rehearsal,
    reopening,
    review,
    summary,
    typed,
    welcoming,
)
from bot.uses import home as homes
from bot.uses.desk import Desk, draw, say, telling_of_others
from bot.uses.menu import Handler, opens, turns_to
from bot.views import forms
from bot.views.elements import Message, View
from bot.views.viewer import Viewer

tick = clock.tick
met = meeting.met
welcomed = meeting.welcomed
heard_from = meeting.heard_from
let_in = meeting.let_in
out_of_office = meeting.out_of_office
heard = hearing.heard
unreachable = people.unreachable
home_opened = homes.opened
check_letter = fate.check
settle_letter = fate.settle
settle_rehearsal = rehearsal.settle
rehearse_letter = rehearsal.instead_of_sending
may_leave_at = fate.may_leave_at
may_ring_at = bell.may_ring_at
count_week = summary.count
summarise = summary.summarise
channel_wants_name = summary.wants_name
channel_named = summary.named
summary_message = summary.message
summary_posted = summary.posted
summary_dropped = summary.dropped
summary_unposted = summary.unposted


def clicked(
    store: Store, now: dt.datetime, member: Member, action: str, fields: Mapping[str, str] | None = None
) -> View:
    """A button, or a submitted form with its fields. A refusal is an answer: nothing was changed."""
    try:
        read = read_action(action)
    except Refused as refused:
        return say(str(refused))
    desk = Desk(store, now, member, read)
    try:
        return _ACTIONS[read.verb](desk, fields or {})
    except Refused as refused:
        return refusal(desk, str(refused))


def refusal(desk: Desk, text: str) -> View:
    """What stands in the way, above today's state where the member may see it."""
    try:
        desk.visible()
    except Refused:
        return say(text)
    return desk.answer(text)


def said(
    store: Store, now: dt.datetime, member: Member, text: str, channel: str = "", called: str = ""
) -> View:
    """`/followup …`, or a message to the bot.

    `channel` is where, if not in private: opaque but for the chat's name and a colon at its beginning.
    `called` is what people call that channel, as in "#hiring", where the chat says so.
    """
    desk = Desk(store, now, member)
    try:
        return typed.said(desk, text, channel, called)
    except Refused as refused:
        return say(str(refused))


def home(store: Store, now: dt.datetime, member: Member) -> Message:
    """Everybody who waits for the member, most urgent first."""
    return Desk(store, now, member, Action(verb=Verb.LIST, place=LISTED)).answer()


def shown(store: Store, now: dt.datetime, surface_id: uuid.UUID) -> Message | None:
    """A surface as it is now; None where it does not exist (any more)."""
    surface, loops = store.loops_on(surface_id)
    if surface is None:
        return None
    member = store.member(surface.member)
    if member is None:
        return None
    place = Place(surface=surface.id, page=surface.page)
    viewer = Viewer(member=member, now=now, policy=store.policy, place=place)
    if surface.kind in _VIEWS:
        return _VIEWS[surface.kind](store, surface, viewer)
    return draw(store, surface, loops, telling_of_others(store, viewer, loops))


_VIEWS: dict[SurfaceKind, Callable[[Store, Surface, Viewer], Message | None]] = {
    SurfaceKind.REVIEW: review.view,
    SurfaceKind.DELEGATE: people.delegate_view,
    SurfaceKind.WELCOME: welcoming.view,
    SurfaceKind.REHEARSAL: rehearsal.view,
    SurfaceKind.HANDED: handing_over.view,
    SurfaceKind.RECRUITS: recruiting.view,
    SurfaceKind.BRAKE: letting_go.view,
    SurfaceKind.CHANNEL: summary.unposted_shown,
}
"""Of those that are more than rows of candidates."""


_ACTIONS: dict[Verb, Handler] = {
    Verb.SHOW: menu.show,
    Verb.LIST: menu.page,
    Verb.PAGE: menu.page,
    Verb.WHY: menu.why,
    Verb.SEND_UPDATE: letters.send_update,
    Verb.SEND_THOUGH: letters.send_though,
    Verb.UNDO: letters.undo,
    Verb.SEE_LETTER: letters.see_letter,
    Verb.OTHER_DATE: letters.other_date,
    Verb.OTHER_DATE_SUBMIT: letters.other_date_submit,
    Verb.FEEDBACK: feedback.opened,
    Verb.FEEDBACK_PREVIEW: feedback.preview,
    Verb.FEEDBACK_BACK: feedback.back,
    Verb.FEEDBACK_SEND: feedback.send,
    Verb.WENT_OUT: letters.went_out,
    Verb.NOT_GONE: letters.not_gone,
    Verb.SEND_AGAIN: letters.send_again,
    Verb.ASK_ADMIN: letters.ask_admin,
    Verb.CALL_TODAY: opens(forms.call_today),
    Verb.TOLD_BY_PHONE: opens(forms.told_by_phone),
    Verb.TOLD_BY_PHONE_SUBMIT: menu.told_by_phone_submit,
    Verb.TO_RECRUITER: menu.to_recruiter,
    Verb.TAKE_OVER: menu.take_over,
    Verb.HAND_OVER: menu.hand_over_form,
    Verb.HAND_OVER_SUBMIT: menu.hand_over_submit,
    Verb.GOING_ON: opens(forms.going_on),
    Verb.GOING_ON_SUBMIT: menu.going_on_submit,
    Verb.TOOK_PLACE: opens(forms.took_place),
    Verb.TOOK_PLACE_SUBMIT: menu.took_place_submit,
    Verb.WROTE: opens(forms.wrote),
    Verb.WROTE_SUBMIT: menu.wrote_submit,
    Verb.OTHER_OFFER: opens(forms.other_offer),
    Verb.OTHER_OFFER_SUBMIT: menu.other_offer_submit,
    Verb.OFFER_MADE: offers.offer_made,
    Verb.OFFER_ACCEPTED: offers.offer_accepted,
    Verb.OFFER_DECLINED: offers.offer_declined,
    Verb.OFFER_OUT: turns_to(turns.offer_out, "Noted. {first} keeps waiting; no letter will say why."),
    Verb.WAITING_FOR: opens(forms.waiting_for),
    Verb.WAITING_FOR_SUBMIT: menu.waiting_for_submit,
    Verb.ANSWERED: menu.answered,
    Verb.ON_HOLD: turns_to(turns.on_hold, "On hold, and the next letter says so. No date has moved."),
    Verb.OFF_HOLD: turns_to(turns.off_hold),
    Verb.STUCK: turns_to(turns.stuck, "{recruiter} has been asked to help decide about {first}."),
    Verb.NOT_TAKEN_PLACE: opens(forms.not_taken_place),
    Verb.NOT_TAKEN_PLACE_SUBMIT: menu.not_taken_place_submit,
    Verb.SNOOZE: menu.snooze,
    Verb.CLOSE: opens(forms.close),
    Verb.CLOSE_SUBMIT: menu.close_submit,
    Verb.REOPEN: reopening.reopen,
    Verb.AGENCY_CONFIRMED: turns_to(turns.agency_confirmed),
    Verb.MEND_ADDRESS: opens(forms.mend_address),
    Verb.MEND_ADDRESS_SUBMIT: mending.mend_address_submit,
    Verb.STATE_DATE: opens(forms.state_date),
    Verb.STATE_DATE_SUBMIT: menu.state_date_submit,
    Verb.CHOOSE_DATE: menu.choose_date,
    Verb.ADD: adding.add,
    Verb.ADD_SUBMIT: adding.add_submit,
    Verb.LOG: adding.log,
    Verb.LOG_SUBMIT: adding.log_submit,
    Verb.HISTORY: history.history,
    Verb.QUEUE: queue.from_home,
    Verb.NUDGE: queue.nudge,
    Verb.CLEAR: clearing.clear,
    Verb.CLEAR_REVIEW: clearing.review,
    Verb.CLEAR_BACK: clearing.back,
    Verb.CLEAR_SEND: clearing.send,
    Verb.CLEAR_UNDO: clearing.undo,
    Verb.SETTINGS: people.settings,
    Verb.SETTINGS_SUBMIT: people.settings_submit,
    Verb.RUN: typed.run,
    Verb.REVIEW: review.review,
    Verb.REVIEW_REAL: review.real,
    Verb.REVIEW_NOT: review.not_real,
    Verb.REVIEW_ALL: review.all_real,
    Verb.DELEGATE_YES: people.delegate_yes,
    Verb.DELEGATE_NO: people.delegate_no,
    Verb.LET_GO: letting_go.release,
    Verb.KEEP_BACK: letting_go.refuse,
    Verb.HAND_MINE: handing_over.mine,
    Verb.HAND_PERSON: handing_over.submit_person,
    Verb.HAND_ROLE: handing_over.submit_role,
    Verb.HAND_RECRUITER: recruiting.submit,
    Verb.HAND_BACK: handing_over.hand_back,
}
