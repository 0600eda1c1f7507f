"""The reference leaves out no command and no route."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs import reference
from tests.docs.test_docs import ROOT
from tests.golden import matches_golden


@pytest.mark.parametrize("name", ["commands.md", "routes.md"])
async def test_golden_reference(name: str, tmp_path: Path) -> None:
    matches_golden(ROOT / "docs" / "reference" / name, reference.pages(tmp_path)[name])
