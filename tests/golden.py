"""Texts that are kept as files, to be read by people and compared by tests."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def matches_golden(path: Path, text: str) -> None:
    """Assert that `text` is what the file holds; with UPDATE_GOLDEN=1 write the file instead."""
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if kept != text:
        diff = difflib.unified_diff(
            kept.splitlines(), text.splitlines(), f"{path.name} (kept)", f"{path.name} (now)", lineterm=""
        )
        told = "\n".join(diff) or "(only the end of the file differs)"
        raise AssertionError(f"{told}\n\nIf this change is meant, run `make golden` and look at {path}.")
