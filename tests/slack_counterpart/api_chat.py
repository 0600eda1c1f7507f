"""chat.*: what the bot says, edits and takes back."""

from __future__ import annotations

from tests.slack_counterpart.block_kit import check_message_blocks
from tests.slack_counterpart.calls import Ask
from tests.slack_counterpart.refused import Refused
from tests.slack_counterpart.teams import APP, Channel, Content, Json, Message, Team

NEW_TEXT = 40_000
EDITED_TEXT = 4_000


def post_message(ask: Ask) -> Json:
    """To a channel, or to a person (then a direct message is opened). Deactivated people get it too."""
    ask.need("channel")
    channel = addressed(ask)
    content = content_of(ask.arguments, NEW_TEXT)
    _check_files(ask, content)
    message = ask.memory.post(channel, ask.team.bot_user, content)
    return {"channel": channel.id, "ts": message.ts, "message": message_json(message, ask.team)}


def post_ephemeral(ask: Ask) -> Json:
    ask.need("channel", "user")
    channel = _may_write(ask, ask.channel())
    user = ask.user("user")
    if user.id != channel.user and user.id not in channel.members:
        raise Refused("user_not_in_channel")
    content = content_of(ask.arguments, NEW_TEXT)
    message = ask.memory.post(channel, ask.team.bot_user, content, only_to=user.id)
    return {"message_ts": message.ts}


def update(ask: Ask) -> Json:
    ask.need("channel", "ts")
    message = _own_message(ask, "cant_update_message")
    if message.edit_window_closed:
        raise Refused("edit_window_closed")
    content = content_of(ask.arguments, EDITED_TEXT)
    if "blocks" not in ask.arguments:
        content.blocks = message.blocks
    ask.memory.edit(message, content)
    shown = message_json(message, ask.team)
    return {"channel": message.channel.id, "ts": message.ts, "text": message.text, "message": shown}


def delete(ask: Ask) -> Json:
    ask.need("channel", "ts")
    message = _own_message(ask, "cant_delete_message")
    ask.memory.remove(message)
    return {"channel": message.channel.id, "ts": message.ts}


def addressed(ask: Ask) -> Channel:
    """Where a new message goes; `Refused` where the bot may not write."""
    name = ask.text("channel")
    user = ask.team.users.get(name)
    if user is None:
        return _may_write(ask, ask.channel())
    if user.is_bot:
        raise Refused("cannot_dm_bot")
    return _may_write(ask, ask.team.dm(name))


def _may_write(ask: Ask, channel: Channel) -> Channel:
    if channel.is_archived:
        raise Refused("is_archived")
    if not channel.has_bot and "chat:write.public" not in ask.granted.scopes:
        raise Refused("not_in_channel")
    if {"username", "icon_url", "icon_emoji"} & ask.arguments.keys():
        provided = ",".join(sorted(ask.granted.scopes))
        raise Refused("missing_scope", needed="chat:write.customize", provided=provided)
    return channel


def _check_files(ask: Ask, content: Content) -> None:
    """A picture must have been uploaded whole, and processed since."""
    for at, block in enumerate(content.blocks):
        if block["type"] == "image" and (given := block.get("slack_file")):
            file = ask.memory.files.get(given.get("id", ""), {})
            if not file.get("ready_at") or file["ready_at"] > ask.memory.clock():
                where = f"[json-pointer:/blocks/{at}/slack_file]"
                raise Refused("invalid_blocks", problems=[f"invalid slack file {where}"])


def _own_message(ask: Ask, otherwise: str) -> Message:
    message = ask.memory.in_channel(ask.channel().id, ask.text("ts"))
    if message is None:
        raise Refused("message_not_found")
    if message.author != ask.team.bot_user:
        raise Refused(otherwise)
    return message


def content_of(arguments: Json, longest: int) -> Content:
    """Text and blocks of a message, checked as Slack checks them."""
    text, blocks = arguments.get("text") or "", arguments.get("blocks") or []
    if not text and not blocks:
        raise Refused("no_text")
    if len(str(text)) > longest:
        raise Refused("msg_too_long")
    metadata = arguments.get("metadata")
    return Content(text=str(text), blocks=check_message_blocks(blocks), metadata=metadata)


def message_json(message: Message, team: Team) -> Json:
    """A message of the bot, as Slack sends it about."""
    shown: Json = {
        "type": "message",
        "user": message.author,
        "text": message.text,
        "ts": message.ts,
        "team": team.id,
        "blocks": message.blocks,
    }
    if message.author == team.bot_user:
        shown |= {"bot_id": team.bot_id, "app_id": APP}
    if len(message.contents) > 1:
        shown["edited"] = {"user": message.author, "ts": message.ts}
    if metadata := message.contents[-1].metadata:
        shown["metadata"] = metadata
    return shown
