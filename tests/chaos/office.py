"""The company whose letters and messages go through it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from benchmarks.company import NOW, TODAY, Company, open_database
from bot.loops import Loop
from bot.nudges import SurfaceKind
from bot.people import Member
from storage import tables
from storage.store import SqlStore
from storage.transaction import MAIL_LANE

IN_FLIGHT = 16


def fill(url: str, letters: int, loops_each: int, within: dt.timedelta) -> uuid.UUID:
    """So many letters, due one after the other, and for each manager a list that was not posted yet."""
    company = Company(url)
    lists: list[tuple[Member, list[Loop]]] = []
    for _ in range(letters // loops_each):
        role, _user = company.manager()
        loops = [company.loop(role, due=False) for _ in range(loops_each)]
        for loop in loops:
            company.letter(loop)
        lists.append((role.manager, loops))
    workspace = company.save()

    def post(store: SqlStore) -> None:
        for manager, loops in lists:
            surface, _ = store.open_surface(
                SurfaceKind.DIGEST, manager.id, TODAY.isoformat(), NOW, about=None
            )
            store.put_on(surface.id, [loop.id for loop in loops], (), NOW)
        mail = tables.deliveries.c.kind == tables.DeliveryKind.LETTER
        for number, one in enumerate(store.conn.scalars(sa.select(tables.deliveries.c.id).where(mail)).all()):
            store.conn.execute(
                sa.update(tables.deliveries)
                .where(tables.deliveries.c.id == one)
                .values(not_before=NOW + within * number / letters)
            )
        store.deliveries.lane(MAIL_LANE, 0.0, IN_FLIGHT)
        everybody = sa.select(tables.identities.c.id, tables.identities.c.member_id)
        for identity, member in store.conn.execute(everybody).all():
            store.conn.execute(
                sa.update(tables.identities)
                .where(tables.identities.c.id == identity)
                .values(address={"member": str(member)})
            )
        offset = NOW - dt.datetime.now(dt.UTC)
        store.set_clock_offset(offset.total_seconds())

    database = open_database(url)
    database.write(workspace, post)
    database.close()
    return workspace
