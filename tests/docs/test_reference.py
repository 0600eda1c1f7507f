"""The reference leaves out no command, no setting, no route and no metric."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs import reference
from tests.docs.test_docs import ROOT
from tests.golden import matches_golden


@pytest.mark.parametrize("name", ["commands.md", "metrics.md", "routes.md", "settings.md"])
async def test_golden_reference(name: str, tmp_path: Path) -> None:
    matches_golden(ROOT / "docs" / "reference" / name, reference.pages(tmp_path)[name])


def test_the_dashboard_and_the_how_to_ask_for_metrics_that_there_are(tmp_path: Path) -> None:
    kinds = reference.pages(tmp_path)["metrics.md"]
    there = set(re.findall(r"`(followup_\w+)`", kinds))
    for page in ("grafana.json", "how-to/watch.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        asked = set(re.findall(r"followup_[a-z_]+", text))
        assert asked
        assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked} <= there, page
