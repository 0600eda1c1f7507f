"""`/followup …`: reads what somebody typed and does it, or says what was not understood."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence

from rapidfuzz import fuzz, process

from bot.actions import ALONE, AT_HOME, LISTED, Action, Place, Verb
from bot.changes import Refused
from bot.dates import NotUnderstood
from bot.people import Member
from bot.search import find_member
from bot.uses import (
    adding,
    clearing,
    feedback,
    handing_over,
    history,
    letters,
    menu,
    pausing,
    people,
    queue,
    recruiting,
    review,
    summary,
    typed_dates,
    whom,
)
from bot.uses.desk import Desk, say
from bot.views import forms
from bot.views.elements import (
    Button,
    Buttons,
    Element,
    FieldErrors,
    Heading,
    Message,
    Paragraph,
    Row,
    Style,
    View,
)

ALIKE = 70
"""Of 100: how near a word must be to a command to be proposed."""

LONGEST = 2000
"""Characters; nothing that can be typed needs more."""

HELP = (
    ("/followup", "who waits for you"),
    ("/followup NAME", "one candidate: zoe, zielinski, or nearly so"),
    ("/followup home", "your list, with your hours, your absence and your share of promises kept"),
    ("/followup clear", "updates to everybody who is due: one look, one click"),
    ("/followup add", "a candidate you have interviewed"),
    ("/followup promise NAME DATE", "the date the next letter names: fri 27 nov, 28.11., in 3 days"),
    ("/followup update NAME", "send the courtesy letter with a new date"),
    ("/followup feedback NAME", "write feedback"),
    ("/followup told NAME", "you called: log it"),
    ("/followup history NAME", "all that happened, in order"),
    ("/followup snooze NAME", "quiet until tomorrow; the promise stays"),
    ("/followup hand over NAME or ROLE to MEMBER", "somebody else answers"),
    ("/followup handover PERSON to MEMBER", "everybody who waits for a person; or role ROLE to MEMBER"),
    ("/followup handover recruiter PERSON to MEMBER", "the roles that a colleague recruits for"),
    ("/followup away until DATE delegate MEMBER", "and /followup back"),
    ("/followup queue", "who is stuck, grouped by why (recruiters)"),
    ("/followup review", "imported candidates: who still waits (recruiters)"),
    ("/followup here", "in a team's channel: its weekly summary comes there; here off ends it"),
    ("/followup settings", "time zone, holidays, when your list comes"),
    ("/followup pause letters, nudges or all", "stops them; /followup resume lets them go (admins)"),
)


def said(desk: Desk, text: str, channel: str = "", called: str = "") -> View:
    """Do what was typed. `channel` is where, if not in a private conversation, `called` its name there."""
    if len(text) > LONGEST:
        return say(f"That is longer than {LONGEST} characters.")
    words = text.split()
    if words and words[0].startswith("/") and fuzz.ratio(words[0].lower(), "/followup") >= ALIKE:
        words = words[1:]
    if not words:
        return list_(desk)
    command, rest = _command(words)
    if command == "here":
        return summary.here(desk, rest, channel, called)
    if command in _PLAIN:
        return _PLAIN[command](desk, rest)
    if command in _ABOUT_ONE:
        return _about_one(desk, command, rest)
    return _name_or_typo(desk, words)


def run(desk: Desk, _: Mapping[str, str]) -> View:
    """The button under a corrected command, or one of several people: the loop is known.

    The argument is the command, and what stood after the name: dates, or the id of a member.
    """
    command, *rest = (desk.action.argument if desk.action else "").split() or [""]
    if desk.action is not None and desk.action.loop is not None and command in _ABOUT_ONE:
        # The promise the button was drawn for: a click of yesterday is not one of today.
        there = dataclasses.replace(desk.action, verb=Verb.SHOW, place=ALONE)
        return _ABOUT_ONE[command](Desk(desk.store, desk.now, desk.member, there), rest)
    if command == "away" and rest:
        day, *delegate = rest
        member = desk.store.member(uuid.UUID(delegate[0])) if delegate else None
        return people.away(desk, dt.date.fromisoformat(day), member)
    if command in _PLAIN:
        return _PLAIN[command](desk, ())
    raise Refused("This button is from an older version. Type /followup help.")


def list_(desk: Desk, _: Sequence[str] = ()) -> View:
    return _there(desk, LISTED).answer()


def home_(desk: Desk, _: Sequence[str] = ()) -> View:
    """What Slack's Home tab shows, as an answer: Teams has no such place."""
    return _there(desk, AT_HOME).answer()


def help_(desk: Desk, _: Sequence[str] = ()) -> View:
    elements: list[Element] = [Heading("What you can type")]
    elements.extend(Row(title=form, lines=(what,)) for form, what in HELP)
    elements.append(Paragraph("Capitals, accents and small typos do not matter.", quiet=True))
    home = desk.viewer(AT_HOME).plain_button("See my home", Verb.RUN, "home")
    elements.append(Buttons((home,)))
    return Message(notification="What you can type", elements=tuple(elements), private=True)


# -- commands about one candidate -------------------------------------------------------------------------


def _there(desk: Desk, place: Place) -> Desk:
    return Desk(desk.store, desk.now, desk.member, Action(verb=Verb.LIST, place=place))


def _about_one(desk: Desk, command: str, rest: Sequence[str]) -> View:
    if not rest:
        forms_of_it = (form for form, _ in HELP if form.startswith(f"/followup {command} "))
        form = next(forms_of_it, "/followup NAME")
        return say(f"About whom? {form}")
    if command == "promise":
        return typed_dates.promise(desk, rest)
    name = " ".join(rest)
    found = whom.find(desk, name)
    if not found and command in _OF_THE_PAST:
        found = whom.ended(desk, name)
    if len(found) == 1:
        return _ABOUT_ONE[command](whom.at(desk, found[0].loop), ())
    if not found:
        return _less_of_it(desk, command, rest) or say(whom.nobody(name))
    return whom.choose(desk, found, command)


def _less_of_it(desk: Desk, command: str, words: Sequence[str]) -> View | None:
    """Whom the first words name, where more was typed than this command knows: "told mei yesterday"."""
    for count in range(len(words) - 1, 0, -1):
        name = " ".join(words[:count])
        if whom.find(desk, name):
            text = f'I do not know what "{" ".join(words[count:])}" means here.'
            return _propose(desk, text, command, words[:count])
    return None


# -- commands about oneself -------------------------------------------------------------------------------


def _hand_over(desk: Desk, rest: Sequence[str]) -> View:
    words = list(rest)
    if words and words[0].lower() == "over":
        words = words[1:]
    lower = [w.lower() for w in words]
    if "to" not in lower[1:-1]:
        return say(
            "Whom, and to whom? /followup hand over NAME or ROLE to MEMBER, "
            "as in /followup hand over mei to @sam"
        )
    cut = len(lower) - 1 - lower[::-1].index("to")
    what, taker = " ".join(words[:cut]), " ".join(words[cut + 1 :])
    to = find_member(desk.store.members(), taker)
    if isinstance(to, str):
        return say(to)
    asked = handing_over.role_called(desk, what, taker)
    if asked is not None:
        return asked
    found = whom.find(desk, what)
    if len(found) == 1:
        return _hand_one(whom.at(desk, found[0].loop), (to.id.hex,))
    if not found:
        said = f'I know no candidate and no role of yours called "{what}".'
        if isinstance(find_member(desk.store.members(), what), Member):
            said += f" Everybody who waits for a colleague goes with: /followup handover {what} to {taker}"
        return say(said)
    return whom.choose(desk, found, "hand", to.id.hex)


def _back(desk: Desk, _: Sequence[str]) -> View:
    return people.back(desk)


def _settings(desk: Desk, _: Sequence[str]) -> View:
    return people.settings(desk, {})


def _clear(desk: Desk, _: Sequence[str]) -> View:
    return clearing.clear(_there(desk, LISTED), {})


def _add(desk: Desk, rest: Sequence[str]) -> View:
    return adding.add(desk, {"name": " ".join(rest)})


def _review(desk: Desk, _: Sequence[str]) -> View:
    return review.review(_there(desk, LISTED), {})


def _queue(desk: Desk, _: Sequence[str]) -> View:
    return queue.queue(_there(desk, LISTED), {})


def _pause(desk: Desk, rest: Sequence[str]) -> View:
    return pausing.pause(desk, rest[0].lower() if rest else "", on=True)


def _resume(desk: Desk, rest: Sequence[str]) -> View:
    return pausing.pause(desk, rest[0].lower() if rest else "all", on=False)


def _show(desk: Desk, _: Sequence[str]) -> View:
    return menu.show(desk, {})


def _told(desk: Desk, _: Sequence[str]) -> View:
    return forms.told_by_phone(desk.writable(), desk.viewer())


def _handover(desk: Desk, rest: Sequence[str]) -> View:
    """What goes to a colleague at once: somebody's candidates, a role, the roles somebody recruits for."""
    if rest and rest[0].lower() == "recruiter":
        return recruiting.typed(desk, rest[1:])
    return handing_over.typed(desk, rest)


def _hand_one(desk: Desk, to: Sequence[str]) -> View:
    """To the member whose id was kept; without one, the form asks to whom."""
    member = desk.store.member(uuid.UUID(to[0])) if to else None
    if member is None:
        return forms.hand_over(desk.givable(), desk.viewer())
    view = menu.hand_over_submit(desk, {"to": member.email})
    # Typed, there is no form at whose fields a refusal could stand.
    return say(" ".join(why for _, why in view.errors)) if isinstance(view, FieldErrors) else view


_PLAIN: dict[str, Callable[[Desk, Sequence[str]], View]] = {
    "list": list_,
    "home": home_,
    "help": help_,
    "clear": _clear,
    "add": _add,
    "hand": _hand_over,
    "handover": _handover,
    "away": typed_dates.away,
    "back": _back,
    "settings": _settings,
    "review": _review,
    "queue": _queue,
    "pause": _pause,
    "resume": _resume,
}
_ABOUT_ONE: dict[str, Callable[[Desk, Sequence[str]], View]] = {
    "show": _show,
    "update": lambda desk, _: letters.send_update(desk, {}),
    "feedback": lambda desk, _: feedback.opened(desk, {}),
    "snooze": lambda desk, _: menu.snooze(desk, {}),
    "told": _told,
    "hand": _hand_one,
    "history": lambda desk, _: history.history(desk, {}),
    "promise": typed_dates.promise_dates,
}
_OF_THE_PAST = frozenset({"show", "history"})
"""What can be asked of somebody who does not wait any more."""
COMMANDS = tuple(dict.fromkeys((*_PLAIN, *(it for it in _ABOUT_ONE if it != "show"), "here")))
"""Every first word that is a command; that a name alone shows somebody is shorter than `show`."""


_MEANT = {
    "tell": "told",
    "call": "told",
    "called": "told",
    "phoned": "told",
    "write": "update",
    "send": "update",
}
"""Words that are no slip of the finger: the command each is nearest to."""


def _command(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    return words[0].lower().rstrip(":"), words[1:]


def _name_or_typo(desk: Desk, words: Sequence[str]) -> View:
    """Not a command: somebody's name, or a command that was mistyped."""
    text = " ".join(words)
    found = whom.find(desk, text) or whom.ended(desk, text)
    if len(found) == 1:
        return menu.show(whom.at(desk, found[0].loop), {})
    if found:
        return whom.choose(desk, found, "show")
    near = process.extractOne(words[0].lower(), COMMANDS, scorer=fuzz.ratio, score_cutoff=ALIKE)
    command = _MEANT.get(words[0].lower()) or (near[0] if near else None)
    if command is None:
        about = whom.find(desk, " ".join(words[1:])) if words[1:] else ()
        if len(about) == 1 and (loop := desk.store.loop(about[0].loop)) is not None:
            return desk.show(loop, f'I know no "{words[0]}". All that can be done is here.')
        return say(
            f'I know no command "{text}", and nobody of that name waits for you. '
            "Typing /followup help shows what you can type."
        )
    return _did_you_mean(desk, words, command)


def _did_you_mean(desk: Desk, words: Sequence[str], command: str) -> View:
    """A proposal, and where nothing is left open a button that does it; who is meant is asked at once."""
    return _propose(desk, f'I know no "{words[0]}".', command, words[1:])


def _propose(desk: Desk, problem: str, command: str, words: Sequence[str]) -> View:
    """`problem`, then a command and what stands after it, to be confirmed."""
    text = f"{problem} Did you mean {' '.join(('/followup', command, *words))} ?"
    if command not in _ABOUT_ONE or command in _PLAIN:
        action = Action(verb=Verb.RUN, place=ALONE, argument=command)
        return say(text) if words else whom.question(text, (Button("Yes", str(action), Style.PRIMARY),))
    name, kept = " ".join(words), list[str]()
    if command == "promise":
        name, reading = typed_dates.name_and_date(desk, words)
        if isinstance(reading, NotUnderstood):
            return say(text)
        kept = typed_dates.kept(reading)
    found = whom.find(desk, name)
    if len(found) > 1:
        return whom.choose(desk, found, command, *kept, asked=text)
    there = whom.at(desk, found[0].loop).action if found else None
    if there is None:
        return say(text)
    action = dataclasses.replace(there, verb=Verb.RUN, argument=" ".join((command, *kept)))
    return whom.question(text, (Button("Yes", str(action), Style.PRIMARY),))
