"""What can be done about a loop: the buttons of its row and the ··· menu beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.access import Viewpoint
from bot.actions import Verb
from bot.loops import Detail, LetterState, Loop, Standing
from bot.mail import NO_SUCH_ADDRESS
from bot.telling import recipient
from bot.views.elements import Button, Style
from bot.views.viewer import Viewer, is_urgent


def buttons_of(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[Button]:
    if point is Viewpoint.WAITED_FOR:
        yield viewer.button(f"I have told {loop.owner.first_name}", Verb.ANSWERED, loop, style=Style.PRIMARY)
    elif point is Viewpoint.LEAD:
        yield viewer.button("Hand over", Verb.HAND_OVER, loop)
    elif loop.standing is Standing.GOING_ON:
        if address_failed(loop):
            yield from _first_buttons(loop, point, viewer)
        yield from going_on_buttons(loop, viewer)
    elif loop.standing is Standing.DECLINED and loop.candidate.agency_email and loop.sent_letters:
        yield viewer.button("The agency has confirmed", Verb.AGENCY_CONFIRMED, loop, style=Style.PRIMARY)
    else:
        yield from _first_buttons(loop, point, viewer)
        if loop.interviewed_at <= viewer.now:
            yield viewer.button("Give feedback", Verb.FEEDBACK, loop)
        if point is Viewpoint.RECRUITER:
            yield viewer.button("Take over", Verb.TAKE_OVER, loop)


def _first_buttons(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[Button]:
    """What stands first: the call where it is urgent, the address where it was wrong, else the update."""
    if address_failed(loop):
        yield viewer.button("Mend address", Verb.MEND_ADDRESS, loop, style=Style.PRIMARY)
        yield viewer.button("Told by phone", Verb.TOLD_BY_PHONE, loop)
    elif is_urgent(loop, viewer.now):
        yield viewer.button("Call today", Verb.CALL_TODAY, loop, style=Style.PRIMARY)
        if point is not Viewpoint.RECRUITER:
            yield from to_recruiter(loop, viewer)
    elif loop.standing is Standing.NEEDS_DATE and loop.interviewed_at <= viewer.now:
        yield viewer.button("Which date did you say?", Verb.STATE_DATE, loop, style=Style.PRIMARY)
        yield viewer.button("Send update", Verb.SEND_UPDATE, loop)
    elif loop.standing is Standing.AWAITING:
        yield viewer.button("Send update", Verb.SEND_UPDATE, loop, style=Style.PRIMARY)


def to_recruiter(loop: Loop, viewer: Viewer) -> Iterator[Button]:
    """Where there is one who has not got it already."""
    recruiter = loop.recruiter
    if recruiter is not None and recruiter.id not in (loop.owner.id, viewer.member.id):
        yield viewer.button(f"Hand to {recruiter.first_name}", Verb.TO_RECRUITER, loop)


def address_failed(loop: Loop) -> bool:
    """The last letter did not arrive because of where it was sent, and the next would go there again."""
    last = loop.last_letter
    if last is None or last.state not in (LetterState.FAILED, LetterState.BOUNCED):
        return False
    if last.to.lower() != recipient(loop).lower():
        return False
    return last.state is LetterState.BOUNCED or last.problem.startswith(NO_SUCH_ADDRESS.rstrip("."))


def going_on_buttons(loop: Loop, viewer: Viewer) -> Iterator[Button]:
    if loop.detail is Detail.OFFER_MADE:
        yield viewer.button("Offer accepted", Verb.OFFER_ACCEPTED, loop, style=Style.PRIMARY)
        yield viewer.button("Offer declined", Verb.OFFER_DECLINED, loop)
        return
    yield viewer.button("The next interview took place", Verb.TOOK_PLACE, loop, style=Style.PRIMARY)
    yield viewer.button("Next step by another date", Verb.GOING_ON, loop)
    yield viewer.button("Give feedback", Verb.FEEDBACK, loop)


def menu_of(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[Button]:
    """The ··· menu of screens. Urgent rows keep their letters here, behind the call."""
    if not point.may_write:
        yield from history_entry(loop, point, viewer)
        return
    undecided = loop.standing in (Standing.AWAITING, Standing.NEEDS_DATE)
    if undecided and is_urgent(loop, viewer.now):
        yield viewer.button("Send update", Verb.SEND_UPDATE, loop)
    if undecided:
        yield viewer.button("Going on: next step by …", Verb.GOING_ON, loop)
    yield viewer.button("Candidate wrote …", Verb.WROTE, loop)
    yield viewer.button("Has another offer until …", Verb.OTHER_OFFER, loop)
    if loop.detail is Detail.OFFER_MADE:
        yield viewer.button("Offer accepted", Verb.OFFER_ACCEPTED, loop)
        yield viewer.button("Offer declined", Verb.OFFER_DECLINED, loop)
    else:
        yield viewer.button("Offer made", Verb.OFFER_MADE, loop)
    if undecided:
        yield viewer.button("Other date …", Verb.OTHER_DATE, loop)
    if not (undecided and is_urgent(loop, viewer.now)):  # "Call today" opens the same form
        yield viewer.button("Told by phone …", Verb.TOLD_BY_PHONE, loop)
    if undecided:
        yield from _undecided_menu(loop, point, viewer)
    yield viewer.button("It did not take place …", Verb.NOT_TAKEN_PLACE, loop)
    yield viewer.button("Snooze until tomorrow", Verb.SNOOZE, loop)
    yield viewer.button("Hand over …", Verb.HAND_OVER, loop)
    yield viewer.button("Mend address …", Verb.MEND_ADDRESS, loop)
    yield viewer.button("Close for another reason …", Verb.CLOSE, loop)
    yield from history_entry(loop, point, viewer)


def history_entry(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[Button]:
    """For everybody but the panel member whose word is missing."""
    if point is not Viewpoint.WAITED_FOR:
        yield viewer.button("See history", Verb.HISTORY, loop)


def besides(buttons: Iterable[Button], menu: Iterable[Button]) -> tuple[Button, ...]:
    """The menu without what stands beside it as a button: nothing is offered twice in a row."""
    shown = {button.action for button in buttons}
    return tuple(entry for entry in menu if entry.action not in shown)


def _undecided_menu(loop: Loop, point: Viewpoint, viewer: Viewer) -> Iterator[Button]:
    if loop.detail is Detail.WAITING_FOR:
        yield viewer.button("The word has come", Verb.ANSWERED, loop)
    else:
        yield viewer.button("Waiting for somebody …", Verb.WAITING_FOR, loop)
    if loop.detail in (Detail.ON_HOLD, Detail.OFFER_OUT):
        held = loop.detail is Detail.ON_HOLD
        yield viewer.button("No longer on hold" if held else "No offer is out any more", Verb.OFF_HOLD, loop)
    else:
        yield viewer.button("Put on hold", Verb.ON_HOLD, loop)
        yield viewer.button("Offer is out to someone else", Verb.OFFER_OUT, loop)
    recruiter = loop.recruiter
    asks_another = recruiter is not None and recruiter.id != viewer.member.id
    if loop.stuck_since is None and asks_another and point is not Viewpoint.RECRUITER:
        yield viewer.button("Decision is stuck", Verb.STUCK, loop)
