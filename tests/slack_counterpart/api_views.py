"""views.*: modals and Home tabs."""

from __future__ import annotations

from tests.slack_counterpart.block_kit import check_view
from tests.slack_counterpart.calls import Ask
from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import APP, Json, Team, View


def open_view(ask: Ask) -> Json:
    """A trigger from inside a modal puts the new one on top of it."""
    ask.need("trigger_id", "view")
    content = check_view(ask.arguments["view"], "modal")
    trigger = ask.memory.exchange(ask.arguments["trigger_id"])
    onto = ask.memory.stack(trigger.user.id) if trigger.view else ()
    cause = ask.text("trigger_id")
    view = ask.memory.open_view(trigger.user, content, onto=onto, origin=trigger.origin, cause=cause)
    return {"view": view_json(view, ask.team)}


def push(ask: Ask) -> Json:
    """Only from inside a modal that is still open."""
    ask.need("trigger_id", "view")
    content = check_view(ask.arguments["view"], "modal")
    trigger = ask.memory.exchange(ask.arguments["trigger_id"])
    onto = ask.memory.stack(trigger.user.id)
    if trigger.view is None or not onto:
        raise Refused("not_found")
    view = ask.memory.open_view(trigger.user, content, onto=onto, cause=ask.text("trigger_id"))
    return {"view": view_json(view, ask.team)}


def update(ask: Ask) -> Json:
    """Only while it is open."""
    ask.need("view")
    view = _open_one(ask)
    content = check_view(ask.arguments["view"], "modal")
    _check_hash(ask, view)
    ask.memory.change_view(view, content)
    return {"view": view_json(view, ask.team)}


def publish(ask: Ask) -> Json:
    ask.need("user_id", "view")
    user = ask.user("user_id")
    content = check_view(ask.arguments["view"], "home")
    home = ask.memory.homes.get(user.id)
    if home is not None:
        _check_hash(ask, home)
    return {"view": view_json(ask.memory.publish(user, content), ask.team)}


def _open_one(ask: Ask) -> View:
    wanted, external = ask.text("view_id"), ask.text("external_id")
    for stack in ask.memory.stacks.values():
        for view in stack:
            if view.team != ask.team.id:
                continue
            if view.id == wanted or (external and view.content.get("external_id") == external):
                return view
    raise Refused("not_found")


def _check_hash(ask: Ask, view: View) -> None:
    if ask.text("hash") not in ("", view.hash):
        raise Refused("hash_conflict")


def view_json(view: View, team: Team, values: Json | None = None) -> Json:
    """A view as Slack sends it about; `values` are what stands in its inputs."""
    return {
        "id": view.id,
        "team_id": team.id,
        "title": None,
        "submit": None,
        "close": None,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        **view.content,
        "state": {"values": values or {}},
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "app_id": APP,
        "app_installed_team_id": team.enterprise if team.org_wide else team.id,
        "bot_id": team.bot_id,
    }
