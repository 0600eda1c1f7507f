"""What the store keeps of a sheet, for how long, and for whom."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid

from bot.loops import LetterState
from bot.sheet import Line, Sheet
from tests.contracts.conftest import NOW, Company


def a_sheet(acme: Company) -> Sheet:
    loop = acme.loop()
    assert loop.promise is not None
    fields = {"to": "maya@example.org", "what": "send", "date": "2026-03-10", "reason": "panel"}
    line = Line(loop=loop.id, promise=loop.promise.id, fields=fields)
    other = Line(loop=uuid.uuid4(), promise=None, why="Somebody was quicker.", letter=uuid.uuid4())
    return Sheet(id=uuid.uuid4(), member=acme.dana.id, lines=(line, other), passed=(uuid.uuid4(),))


def test_a_sheet_comes_back_as_it_was_kept(acme: Company) -> None:
    sheet = a_sheet(acme)
    acme.write(lambda store: store.save_sheet(sheet, NOW))
    assert acme.write(lambda store: store.lock_sheet(sheet.id)) == sheet
    assert acme.write(lambda store: store.lock_sheet(uuid.uuid4())) is None


def test_what_was_filled_in_is_forgotten_when_it_is_sent(acme: Company) -> None:
    sheet = a_sheet(acme)
    acme.write(lambda store: store.save_sheet(sheet, NOW))
    acme.write(lambda store: store.save_sheet(sheet.finished(sheet.lines), NOW))
    kept = acme.write(lambda store: store.lock_sheet(sheet.id))
    assert kept is not None
    assert kept.sent
    assert [line.fields for line in kept.lines] == [{}, {}]
    assert [line.why for line in kept.lines] == ["", "Somebody was quicker."]


def test_a_sheet_is_forgotten_after_a_day_when_its_member_opens_another(acme: Company) -> None:
    old, others = a_sheet(acme), dataclasses.replace(a_sheet(acme), member=acme.rita.id)
    for sheet in (old, others):
        acme.write(lambda store, it=sheet: store.save_sheet(it, NOW - dt.timedelta(hours=25)))  # type: ignore[misc]
    acme.write(lambda store: store.save_sheet(a_new_one(acme), NOW))
    assert acme.write(lambda store: store.lock_sheet(old.id)) is None
    assert acme.write(lambda store: store.lock_sheet(others.id)) == others


def a_new_one(acme: Company) -> Sheet:
    return Sheet(id=uuid.uuid4(), member=acme.dana.id, lines=())


def test_an_address_is_known_once_a_letter_to_it_was_sent(acme: Company) -> None:
    maya, noor = acme.loop("Maya"), acme.loop("Noor")
    acme.send(maya, state=LetterState.SENT, settled_at=NOW)
    acme.send(noor)
    asked = {maya.candidate.email, noor.candidate.email, "new@example.com"}
    assert acme.read(lambda store: store.written_to(asked)) == {maya.candidate.email}
