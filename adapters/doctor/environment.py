"""The settings: every wrong one is named, not the first alone."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterator, Mapping

from adapters.doctor.finding import Finding, State
from adapters.settings import FILE, PREFIX, SettingRefused, Settings, read_settings

_NAME = "settings"


def read(environ: Mapping[str, str]) -> tuple[Settings, tuple[Finding, ...]]:
    """The settings without those that are refused, and what is to be said about them."""
    settings, refused = _without_refused(dict(environ))
    found = (*(_refused(_NAME, one) for one in refused), *_unknown(environ))
    return settings, found or (Finding(_NAME, State.OK, _counted(environ)),)


def _without_refused(left: dict[str, str]) -> tuple[Settings, list[SettingRefused]]:
    refused: list[SettingRefused] = []
    while True:
        try:
            return read_settings(left), refused
        except SettingRefused as one:
            refused.append(one)
            name = re.search(rf"{PREFIX}[A-Z_]+", str(one))
            if name is None or not any([left.pop(name[0], None), left.pop(f"{name[0]}{FILE}", None)]):
                return Settings(), refused


def complete(settings: Settings, refused: tuple[Finding, ...]) -> Iterator[Finding]:
    """What lacks before `serve` would start. Says nothing twice: a setting that was refused does not lack."""
    said = " ".join(finding.what for finding in refused)
    if (lacking := _lacking("smtp", settings.needs_mail, said)) is not None:
        yield lacking
    if (lacking := _lacking("slack", settings.needs_slack, said)) is not None:
        yield lacking
    if (lacking_teams := _lacking("teams", settings.needs_teams, said)) is not None:
        yield lacking_teams
    chats = (settings.slack, settings.teams, lacking, lacking_teams)
    if not any(chats) and f"{PREFIX}SLACK" not in said and f"{PREFIX}TEAMS" not in said:
        yield Finding(
            "chats",
            State.WARN,
            "No setting of Slack's or Teams' is there, so the bot is in no chat.",
            "Make the app and set its tokens: docs/how-to/slack.md or docs/how-to/teams.md.",
        )


def _lacking(name: str, need: Callable[[], object], said: str) -> Finding | None:
    try:
        need()
    except SettingRefused as refused:
        if not any(one in said for one in re.findall(rf"{PREFIX}[A-Z_]+", str(refused))):
            return _refused(name, refused)
    return None


def _refused(name: str, refused: SettingRefused) -> Finding:
    what, _, mend = str(refused).partition(". ")
    return Finding(name, State.WRONG, what.removesuffix(".") + ".", mend)


def _unknown(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that look like settings and are none. Their values may be secrets: only names are said."""
    for name in sorted(name for name in environ if _is_no_setting(name)):
        near = difflib.get_close_matches(name, _known(), n=1)
        mend = f"Did you mean {near[0]}?" if near else "Unset it, or see docs/reference/settings.md."
        yield Finding(_NAME, State.WARN, f"{name} is no setting, so it does nothing.", mend)


def _counted(environ: Mapping[str, str]) -> str:
    count = sum(bool(environ[name].strip()) for name in (_known() | _files()) & set(environ))
    return f"{count} from the environment, the rest by default"


def _is_no_setting(name: str) -> bool:
    return name.startswith(PREFIX) and name not in _known() | _files()


def _files() -> set[str]:
    return {f"{name}{FILE}" for name in _known()}


def _known() -> set[str]:
    return {f"{PREFIX}{field.name.upper()}" for field in dataclasses.fields(Settings)}
