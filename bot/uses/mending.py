"""A candidate's address is mended: wherever the member may write to that person, and nowhere else."""

from __future__ import annotations

import dataclasses
import uuid

from email_validator import EmailNotValidError, validate_email

from bot import turns
from bot.access import viewpoint
from bot.changes import Change
from bot.loops import Loop
from bot.uses.desk import Desk, Fields
from bot.uses.menu import submit
from bot.views.elements import FieldErrors, View

_ONLY_HERE = (
    "Mended for this role. The same person waits for another one, where the address stays as it is: tell "
    "whoever answers there."
)


A_COLLEAGUE = "This is a colleague who works on the role. Whose address is it?"


class WrongAddress(Exception):
    """What was written is not the candidate's address; the text says why."""


def mend_address_submit(desk: Desk, fields: Fields) -> View:
    loop = desk.writable()
    try:
        email = read(desk, loop, fields.get("email", ""))
    except WrongAddress as wrong:
        return FieldErrors((("email", str(wrong)),))

    def change() -> Change:
        mended = mend(desk, loop, email)
        keep(desk, loop, mended)
        return mended

    elsewhere = any(not other.role.confidential for other in _of_others(desk, loop))
    return submit(desk, "email", change, _ONLY_HERE if elsewhere else "")


def read(desk: Desk, loop: Loop, written: str) -> str:
    """The address as it is best written. Raises `WrongAddress`."""
    try:
        email = validate_email(written, check_deliverability=False).normalized
    except EmailNotValidError:
        raise WrongAddress("This is not an email address. It looks like name@example.com.") from None
    if email != loop.candidate.email:
        colleague = desk.store.member_by_email(email)
        answers = {*loop.role.named, loop.owner.id, desk.member.id}
        if colleague is not None and colleague.id in answers:
            raise WrongAddress(A_COLLEAGUE)
    return email


def mend(desk: Desk, loop: Loop, email: str) -> Change:
    """Nothing is written: `keep` comes before the change is.

    Where the letters of another role go is not for this member to say: where somebody else answers for the
    same person, this loop gets a candidate of its own.
    """
    mended = turns.mend_address(loop, desk.member, email)
    if not _of_others(desk, loop):
        return mended
    apart = dataclasses.replace(mended.loop.candidate, id=uuid.uuid4())
    return dataclasses.replace(mended, loop=dataclasses.replace(mended.loop, candidate=apart))


def keep(desk: Desk, loop: Loop, mended: Change) -> None:
    """The candidate as `mend` has left them."""
    candidate = mended.loop.candidate
    if candidate.id == loop.candidate.id:
        desk.store.save_candidate(candidate)
    else:
        desk.store.add_apart(candidate)


def _of_others(desk: Desk, loop: Loop) -> list[Loop]:
    """The same person's open loops in which the member may not write."""
    return [
        other
        for other in desk.store.loops_of_candidate(loop.candidate.id)
        if other.open and not _may_write(desk, other)
    ]


def _may_write(desk: Desk, loop: Loop) -> bool:
    point = viewpoint(desk.member, loop, desk.now)
    return point is not None and point.may_write
