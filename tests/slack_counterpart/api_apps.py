"""oauth.v2.access, auth.revoke, apps.connections.open and files.*: the app itself and what it brings."""

from __future__ import annotations

from tests.slack_counterpart.calls import Ask
from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import Json


def oauth_access(ask: Ask) -> Json:
    """A code, or a refresh token, for a token."""
    ask.installs.check_client(ask.text("client_id"), ask.text("client_secret"))
    match ask.text("grant_type"):
        case "" | "authorization_code":
            ask.need("code")
            return ask.installs.exchange(ask.text("code"), ask.text("redirect_uri"))
        case "refresh_token":
            ask.need("refresh_token")
            return ask.installs.refresh(ask.text("refresh_token"))
        case _:
            raise Refused("invalid_grant_type")


def auth_revoke(ask: Ask) -> Json:
    test = ask.arguments.get("test") in (True, "true", "1", 1)
    ask.granted.revoked = not test
    return {"revoked": not test}


def connections_open(ask: Ask) -> Json:
    """Where to open one WebSocket of Socket Mode."""
    link = ask.memory.base.replace("http://", "ws://", 1)
    return {"url": f"{link}/link/?ticket={ask.installs.ticket()}"}


def upload_url(ask: Ask) -> Json:
    ask.need("filename", "length")
    file = ask.memory.name("F")
    ask.memory.files[file] = {
        "id": file,
        "name": ask.text("filename"),
        "length": int(ask.text("length")),
        "alt": ask.text("alt_txt"),
        "content": None,
    }
    return {"upload_url": f"{ask.memory.base}/upload/{file}", "file_id": file}


def complete_upload(ask: Ask) -> Json:
    ask.need("files")
    given = ask.arguments["files"]
    files = [ask.memory.files.get(one.get("id", "")) for one in given if isinstance(one, dict)]
    if not files or any(file is None or file["content"] is None for file in files):
        raise Refused("file_not_found")
    if any(file is not None and len(file["content"]) != file["length"] for file in files):
        raise Refused("invalid_arguments", problems=["the file is not as long as was said"])
    if ask.text("channel_id") and ask.text("channel_id") not in ask.team.channels:
        raise Refused("channel_not_found")
    titled = [{"id": one["id"], "title": one.get("title", "")} for one in given]
    for one in titled:
        ask.memory.files[one["id"]] |= {
            "title": one["title"],
            "channel": ask.text("channel_id"),
            "ready_at": ask.memory.clock() + ask.memory.processing_s,
        }
    return {"files": titled}
