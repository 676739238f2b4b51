"""What Slack says about people, channels and the app itself: who left, which channel is gone, who uninstalled. Pure.

docs.slack.dev/reference/events. Nothing here was said by a person, and of a profile nothing is kept.
"""

from dataclasses import dataclass
from typing import Any

from models.messages import Place

Body = dict[str, Any]
LOST = ("channel_archive", "channel_deleted", "channel_left", "group_archive", "group_deleted", "group_left")
BACK = ("channel_unarchive", "group_unarchive")
NOWHERE = Place(kind="dm", id="")


@dataclass(frozen=True)
class Notice:
    """`action` as models.messages.Incoming describes it; `sender` "" where nobody in particular is meant."""

    action: str
    sender: str
    place: Place


def notice_of(event: Body, bot: str | None) -> Notice | None:
    """`bot` is the bot's own user id. None for any other event."""
    kind = event.get("type")
    if kind in ("user_change", "team_join"):
        return _of_person(event["user"], kind)
    if kind in ("member_joined_channel", "member_left_channel"):
        return _of_member(event, bot)
    if kind in LOST or kind in BACK:
        return Notice(
            "channel:lost" if kind in LOST else "channel:back", "", Place(kind="channel", id=event["channel"])
        )
    if kind == "app_uninstalled" or (kind == "tokens_revoked" and (event.get("tokens") or {}).get("bot")):
        return Notice("workspace:lost", "", NOWHERE)
    return None


def _of_person(user: Body, kind: str) -> Notice | None:
    """Slack tells every change of a profile alike; that somebody came back shows in his account being alive."""
    if user.get("is_bot") or user["id"] == "USLACKBOT":
        return None
    action = "reach:deactivated" if user.get("deleted") else "reach:reachable" if kind == "team_join" else "profile"
    return Notice(action, user["id"], Place(kind="dm", id=user["id"]))


def _of_member(event: Body, bot: str | None) -> Notice | None:
    """People who leave a channel are no concern of ours: the programme file says who is in a team."""
    user, place = event["user"], Place(kind="channel", id=event["channel"])
    joined = event["type"] == "member_joined_channel"
    if user == bot:
        return Notice("channel:back" if joined else "channel:lost", "", place)
    return Notice("joined", user, place) if joined else None
