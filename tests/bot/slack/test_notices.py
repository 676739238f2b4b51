"""Who came and who left, which channel is gone, who uninstalled: Slack's own words, each read as one notice."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.slack.inbound import envelope, team_of, to_incoming
from models.messages import Incoming

Json = dict[str, Any]
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
FOLDER = Path(__file__).parent.parent / "payloads" / "slack"
BOT = "U0BOTUSER"


def body(event: Json) -> Json:
    known: Json = json.loads((FOLDER / "event_team_join.json").read_text("utf-8"))
    return {**known, "event": event}


def read(event: Json) -> Incoming | None:
    return to_incoming(body(event), "", NOW)


def person(**more: Any) -> Json:
    return {"id": "U0BOB", "name": "bob", "deleted": False, "is_bot": False, "profile": {"email": "b@x.y"}, **more}


TOLD: list[tuple[Json, tuple[str, str, str]]] = [
    ({"type": "user_change", "user": person(deleted=True)}, ("reach:deactivated", "U0BOB", "dm:U0BOB")),
    ({"type": "user_change", "user": person()}, ("profile", "U0BOB", "dm:U0BOB")),
    ({"type": "team_join", "user": person()}, ("reach:reachable", "U0BOB", "dm:U0BOB")),
    ({"type": "member_joined_channel", "user": BOT, "channel": "C1"}, ("channel:back", "", "channel:C1")),
    ({"type": "member_joined_channel", "user": "U0BOB", "channel": "C1"}, ("joined", "U0BOB", "channel:C1")),
    ({"type": "member_left_channel", "user": BOT, "channel": "C1"}, ("channel:lost", "", "channel:C1")),
    ({"type": "app_uninstalled"}, ("workspace:lost", "", "dm:")),
    ({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT]}}, ("workspace:lost", "", "dm:")),
    *(
        ({"type": f"{kind}_archive", "channel": "C1"}, ("channel:lost", "", "channel:C1"))
        for kind in ("channel", "group")
    ),
    *(
        ({"type": f"{kind}_deleted", "channel": "C1"}, ("channel:lost", "", "channel:C1"))
        for kind in ("channel", "group")
    ),
    *(({"type": f"{kind}_left", "channel": "C1"}, ("channel:lost", "", "channel:C1")) for kind in ("channel", "group")),
    *(
        ({"type": f"{kind}_unarchive", "channel": "C1"}, ("channel:back", "", "channel:C1"))
        for kind in ("channel", "group")
    ),
]


@pytest.mark.parametrize(("event", "told"), TOLD, ids=lambda it: str(it)[:60])
def test_what_slack_says_of_people_and_channels_is_a_notice(event: Json, told: tuple[str, str, str]) -> None:
    notice = read(event)
    assert notice is not None
    assert (notice.kind, notice.event_key) == ("notice", "Ev0CHK00013")
    assert (notice.action, notice.sender, notice.place.key) == told


@pytest.mark.parametrize(
    "event",
    [
        {"type": "user_change", "user": person(is_bot=True)},
        {"type": "user_change", "user": person(id="USLACKBOT")},
        {"type": "user_change", "user": None},
        {"type": "member_left_channel", "user": "U0BOB", "channel": "C1"},
        {"type": "tokens_revoked", "tokens": {"oauth": ["U0BOB"]}},
        {"type": "channel_archive"},
        {"type": "channel_rename", "channel": {"id": "C1"}},
    ],
    ids=str,
)
def test_what_concerns_nobody_we_know_is_no_notice(event: Json) -> None:
    assert read(event) is None


def test_of_an_event_only_its_kind_and_its_ids_are_kept() -> None:
    kept = envelope(body({"type": "user_change", "user": person(), "channel": "C1"}))
    assert kept == {
        "type": "event_callback",
        "event_id": "Ev0CHK00013",
        "event": {"type": "user_change", "channel": "C1"},
    }


def test_an_event_belongs_to_the_workspace_that_installed_the_app() -> None:
    """In a channel shared with another company, the sender's workspace is another one."""
    shared = {**body({"type": "message"}), "team_id": "T0OTHER"}
    assert team_of(shared) == "T0CHKIN01"
    assert team_of({"type": "app_rate_limited", "team_id": "T0ONE"}) == "T0ONE"
    assert team_of({"command": "/loop", "team_id": "T0ONE"}) == "T0ONE"
    assert team_of({"type": "block_actions", "team": {"id": "T0ONE"}}) == "T0ONE"
    view = {"app_installed_team_id": "T0ONE"}
    assert team_of({"type": "view_submission", "team": {"id": "T0OTHER"}, "view": view}) == "T0ONE"
    shapes: list[Json] = [{}, {"authorizations": 1}, {"authorizations": [1]}, {"view": "x"}, {"team": []}]
    assert [team_of(shape) for shape in shapes] == [""] * len(shapes)
