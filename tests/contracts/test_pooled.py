"""Behind a pooler that hands connections out by the transaction nothing may be left on a connection."""

from __future__ import annotations

import sqlalchemy as sa

from tests.contracts.conftest import Company

DATABASES = ("postgresql",)
OFTEN = 20


def test_no_statement_is_prepared_whose_name_a_pooler_would_mix_up(acme: Company) -> None:
    with acme.database.writing() as conn:
        for _ in range(OFTEN):
            conn.execute(sa.select(sa.literal("again")))
        left = conn.scalars(sa.text("SELECT statement FROM pg_prepared_statements")).all()
    assert left == []
