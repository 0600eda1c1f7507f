"""A form that comes back with what nobody could have picked in it."""

from __future__ import annotations

from bot import service
from bot.actions import ALONE, Action, Verb
from bot.loops import Closed
from tests.contracts.conftest import NOW, Company


def test_a_reason_that_does_not_exist_is_none(acme: Company) -> None:
    loop = acme.loop()
    assert loop.promise is not None
    action = str(Action(verb=Verb.CLOSE_SUBMIT, loop=loop.id, promise=loop.promise.id, place=ALONE))
    fields = {"how": "withdrew", "reason": "nonsense"}
    acme.write(lambda store: service.clicked(store, NOW, loop.owner, action, fields))
    assert acme.now(loop).closed_as is Closed.WITHDREW
