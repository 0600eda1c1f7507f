"""What stands in the log of an error that nobody foresaw."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from adapters.wiring import set_up_logs

MANAGER, ADDRESS = "Tomasz Zieliński", "tomasz@example.com"


@pytest.fixture
def set_up_for_this_alone() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers[:] = before
    structlog.reset_defaults()


def letter_to(name: str) -> None:
    raise ValueError(f"nobody is called {name}")


@pytest.mark.usefixtures("set_up_for_this_alone")
@pytest.mark.parametrize("log_format", ["json", "text"])
def test_it_is_logged_by_kind_and_place_not_by_its_words_which_may_quote_anybody(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logs(log_format)
    log = structlog.get_logger()
    try:
        try:
            letter_to(MANAGER)
        except ValueError as error:
            raise LookupError(ADDRESS) from error
    except LookupError:
        log.exception("it_failed")
    said = capsys.readouterr().err
    assert "in letter_to" in said
    assert "ValueError" in said
    assert "LookupError" in said
    assert MANAGER not in said
    assert ADDRESS not in said
