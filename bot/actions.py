"""Action tokens: what a button does, to which loop, and where the answer is to be shown.

A token carries ids only. It is opaque to adapters and authorised anew at every click: messages get
forwarded and people change jobs.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import uuid

from bot.changes import Refused


class Verb(enum.StrEnum):
    """Everything a click can ask for. A form opens with one verb and is submitted with another."""

    SHOW = "show"
    PAGE = "page"
    SEND_UPDATE = "send"
    SEND_THOUGH = "send_though"
    UNDO = "undo"
    SEE_LETTER = "letter"
    OTHER_DATE = "date"
    OTHER_DATE_SUBMIT = "date_ok"
    FEEDBACK = "feedback"
    FEEDBACK_PREVIEW = "feedback_see"
    FEEDBACK_BACK = "feedback_back"
    FEEDBACK_SEND = "feedback_ok"
    CALL_TODAY = "call"
    TOLD_BY_PHONE = "phone"
    TOLD_BY_PHONE_SUBMIT = "phone_ok"
    TO_RECRUITER = "to_recruiter"
    TAKE_OVER = "take"
    HAND_OVER = "hand"
    HAND_OVER_SUBMIT = "hand_ok"
    GOING_ON = "going"
    GOING_ON_SUBMIT = "going_ok"
    TOOK_PLACE = "took_place"
    TOOK_PLACE_SUBMIT = "took_place_ok"
    WROTE = "wrote"
    WROTE_SUBMIT = "wrote_ok"
    OTHER_OFFER = "offer"
    OTHER_OFFER_SUBMIT = "offer_ok"
    OFFER_MADE = "made"
    OFFER_ACCEPTED = "accepted"
    OFFER_DECLINED = "declined"
    OFFER_OUT = "offer_out"
    WAITING_FOR = "wait"
    WAITING_FOR_SUBMIT = "wait_ok"
    ANSWERED = "answered"
    ON_HOLD = "hold"
    OFF_HOLD = "off_hold"
    STUCK = "stuck"
    NOT_TAKEN_PLACE = "no_show"
    NOT_TAKEN_PLACE_SUBMIT = "no_show_ok"
    SNOOZE = "snooze"
    CLOSE = "close"
    REOPEN = "reopen"
    CLOSE_SUBMIT = "close_ok"
    AGENCY_CONFIRMED = "agency"
    MEND_ADDRESS = "mend"
    MEND_ADDRESS_SUBMIT = "mend_ok"
    WENT_OUT = "went_out"
    SEND_AGAIN = "again"
    NOT_GONE = "not_gone"
    ASK_ADMIN = "ask_admin"
    STATE_DATE = "state"
    STATE_DATE_SUBMIT = "state_ok"
    CHOOSE_DATE = "choose_date"
    ADD = "add"
    ADD_SUBMIT = "add_ok"
    WHY = "why"
    SETTINGS = "settings"
    SETTINGS_SUBMIT = "settings_ok"
    RUN = "run"
    REVIEW_REAL = "real"
    REVIEW_NOT = "not_real"
    REVIEW_ALL = "all_real"
    REVIEW = "review"
    DELEGATE_YES = "stand_in"
    DELEGATE_NO = "no_stand_in"
    LIST = "list"
    LOG = "log"
    LOG_SUBMIT = "log_ok"
    LET_GO = "let_go"
    KEEP_BACK = "keep_back"
    HAND_MINE = "hand_mine"
    HAND_PERSON = "hand_person"
    HAND_ROLE = "hand_role"
    HAND_RECRUITER = "hand_recruiter"
    HAND_BACK = "hand_back"
    HISTORY = "history"
    QUEUE = "queue"
    NUDGE = "nudge"
    CLEAR = "clear"
    CLEAR_REVIEW = "clear_see"
    CLEAR_BACK = "clear_back"
    CLEAR_SEND = "clear_ok"
    CLEAR_UNDO = "clear_undo"

    @property
    def opens_form(self) -> bool:
        """Answered by a form, where nothing stands in the way."""
        return self in _OPEN_FORMS


_OPEN_FORMS = frozenset(
    {
        Verb.FEEDBACK,
        Verb.OTHER_DATE,
        Verb.CALL_TODAY,
        Verb.TOLD_BY_PHONE,
        Verb.HAND_OVER,
        Verb.HAND_MINE,
        Verb.GOING_ON,
        Verb.TOOK_PLACE,
        Verb.WROTE,
        Verb.OTHER_OFFER,
        Verb.WAITING_FOR,
        Verb.NOT_TAKEN_PLACE,
        Verb.CLOSE,
        Verb.MEND_ADDRESS,
        Verb.STATE_DATE,
        Verb.ADD,
        Verb.LOG,
        Verb.SETTINGS,
        Verb.CLEAR,
    }
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the answer is shown: on a surface, in the asker's list or home, or as one loop on its own.

    A surface, a list or a home is shown from `page` on, counted from 0. `home` is one that was asked for, as
    an answer; one that stays where it is and follows the truth is a surface.
    """

    surface: uuid.UUID | None = None
    alone: bool = False
    page: int = 0
    home: bool = False


LISTED = Place()
ALONE = Place(alone=True)
AT_HOME = Place(home=True)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One click: a verb, the loop and promise it was shown for, the place, and a small argument.

    `promise` is the one that was current when the button was drawn: a click on an older one gets today's
    answer. `argument` is an id, a date or a number, at most 60 characters, never a name.
    """

    verb: Verb
    loop: uuid.UUID | None = None
    promise: uuid.UUID | None = None
    place: Place = LISTED
    argument: str = ""

    def __str__(self) -> str:
        return token(self.verb, self.loop, self.promise, self.place, self.argument)


def token(
    verb: Verb, loop: uuid.UUID | None, promise: uuid.UUID | None, place: Place, argument: str = ""
) -> str:
    """The token of an action, for those who draw dozens of buttons at a time."""
    return verb + _target(loop, promise, place) + argument


@functools.lru_cache(maxsize=1024)
def _target(loop: uuid.UUID | None, promise: uuid.UUID | None, place: Place) -> str:
    """What the tokens of all buttons of a row share."""
    return f".{_hex(loop)}.{_hex(promise)}.{_where(place)}.{place.page}."


def _where(place: Place) -> str:
    if place.surface is not None:
        return place.surface.hex
    return "one" if place.alone else "home" if place.home else "list"


def _hex(value: uuid.UUID | None) -> str:
    return value.hex if value else ""


def read_action(token: str) -> Action:
    """The action of a token; `Refused` for anything that is none."""
    try:
        verb, loop, promise, where, page, argument = token.split(".", 5)
        surface = uuid.UUID(where) if where not in ("one", "list", "home") else None
        return Action(
            verb=Verb(verb),
            loop=uuid.UUID(loop) if loop else None,
            promise=uuid.UUID(promise) if promise else None,
            place=Place(surface=surface, alone=where == "one", page=max(0, int(page)), home=where == "home"),
            argument=argument[:60],
        )
    except ValueError:
        raise Refused("This button is from an older version. Type /followup to see today's list.") from None
