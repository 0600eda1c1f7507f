"""PostgreSQL's own trouble passes by itself: no room, shut down, its disk, a lock not had in time."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from storage.trouble import passes
from tests.contracts.conftest import Company

DATABASES = ("postgresql",)


@pytest.mark.parametrize("state", ["53100", "57P01", "57P03", "08006", "58030", "55P03"])
def test_what_postgresql_says_of_its_own_trouble_passes(acme: Company, state: str) -> None:
    """disk_full, admin_shutdown, cannot_connect_now, connection_failure, io_error, lock_not_available."""
    with pytest.raises(sa.exc.DBAPIError) as refused, acme.database.writing() as conn:
        conn.execute(sa.text(f"DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = '{state}'; END $$"))
    assert passes(refused.value)
    acme.loop()
