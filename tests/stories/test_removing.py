"""Somebody wants to be forgotten: what docs/security.md tells whoever looks after the database to do."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa

from storage.tables import metadata
from tests.databases import change, driven, rows
from tests.stories.conftest import staged
from tests.stories.person import A_NO, form_of

ADDRESS = "tomasz.zielinski@example.com"
TYPED = "Tomasz.Zielinski@example.com"
"""Addresses come with the capitals that somebody gave them."""
AGENCY = "agency.example"
PAGE = Path(__file__).parents[2] / "docs" / "security.md"


def removed(url: str) -> None:
    """The statements of the page, with this address in place of its example."""
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    engine = sa.create_engine(driven(url), poolclass=sa.NullPool)
    with engine.begin() as conn:
        for statement in block.replace("zoe@example.org", ADDRESS).split(";"):
            if statement.strip() not in ("", "BEGIN", "COMMIT"):
                conn.exec_driver_sql(
                    statement.replace("%", "%%") if "psycopg" in str(engine.url) else statement
                )


def everything(url: str) -> str:
    return "\n".join(str(row) for table in metadata.tables for row in rows(url, f"SELECT * FROM {table}"))  # noqa: S608


async def test_nothing_of_a_removed_candidate_is_left_and_the_others_stay(monday: str) -> None:
    change(monday, f"UPDATE candidates SET email = '{TYPED}' WHERE email = '{ADDRESS}'")  # noqa: S608
    async with staged(monday) as stage:
        dana, ravi = await stage.person("dana"), await stage.person("ravi")
        await dana.fills(form_of(await dana.types("/followup clear")))
        await dana.presses("Send update", "Tomasz")
        await dana.presses("Send update", "Zoë")
        await dana.moves_clock("+1h")
        for name in ("tomasz", "zoë o'hara"):
            form = await dana.opens("Give feedback", name.title(), on=await dana.asks(f"/followup {name}"))
            await dana.fills(form, **A_NO | {"thanks": f"the sketch that {name.title()} made"})
        form = await ravi.opens("Close for another reason", "Tomasz", on=await ravi.asks("/followup tomasz"))
        await ravi.submits(form, how="withdrew")
    assert "Zieliński" in everything(monday)
    assert rows(monday, "SELECT count(*) FROM sheets") == [(1,)], "a list was begun"
    assert rows(monday, "SELECT count(*) FROM drafts") == [(2,)], "and two letters"
    change(monday, "UPDATE letters SET problem = 'There is no ' || to_address || ' here'")
    change(monday, f"UPDATE candidates SET agency_email = 'desk@{AGENCY}' WHERE email = '{TYPED}'")  # noqa: S608

    removed(monday)
    left = everything(monday)
    for word in ("Tomasz", "Zieliński", "zielinski", "Zielinski", AGENCY):
        assert word not in left
    emptied = (
        "SELECT count(*) FROM letters WHERE to_address = '' AND subject = '' AND text = '' AND html = ''"
    )
    assert rows(monday, emptied) == [(1,)]
    about = "SELECT email, zone, country FROM candidates WHERE name = 'Removed'"
    assert rows(monday, about) == [("removed", "UTC", "")]
    assert "Priya" in left
    assert "Dear Zoë O'Hara" in left, "letters to others are kept"
    assert rows(monday, "SELECT count(*) FROM drafts") == [(1,)], "so is what is being written to them"

    async with staged(monday) as stage:
        dana = await stage.person("dana")
        await dana.moves_clock("+1d")
        assert {row.name for row in (await dana.digest()).rows}.isdisjoint({"Tomasz Zieliński", "Removed"})
        assert "Priya" in (await dana.asks("/followup priya")).text
