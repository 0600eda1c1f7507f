"""What a click, a tick and a delivery change can be changed on whichever machine has the rows."""

from __future__ import annotations

from tests.contracts.conftest import Company
from tests.contracts.test_one_workspace import uncertain, way

__all__ = ["way"]

DATABASES = ("postgresql",)


def test_no_change_is_worked_out_anew_for_each_row(acme: Company, way: list[str]) -> None:
    with acme.database.reading() as conn:
        rows = conn.exec_driver_sql("SELECT proname FROM pg_proc WHERE provolatile = 'v'")
        volatile = {row[0] for row in rows}
    assert "clock_timestamp" in volatile
    gaps = [it for it in way if it.startswith("UPDATE lanes") and "make_interval" in it]
    assert len(gaps) == 2, "a lane's gap was kept, and a lane was told to wait"
    assert {it: found for it in way if (found := uncertain(it, volatile))} == {}
