"""The manifests ask for what the bot needs and for nothing else, and keep Slack's limits."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.slack import notices
from bot.slack.scopes import SCOPES

Json = dict[str, Any]
ROOT = Path(__file__).parents[3]
SPOKEN = {"app_home_opened", "app_mention", "message.channels", "message.groups", "message.im", "reaction_added"}
ABOUT_PEOPLE = {"member_joined_channel", "member_left_channel", "team_join", "user_change"}
ABOUT_THE_APP = {"app_uninstalled", "tokens_revoked"}


def manifest(name: str) -> Json:
    return dict(YAML(typ="safe").load((ROOT / "deploy" / name).read_text("utf-8")))


HTTP, SOCKET = manifest("slack-manifest.yaml"), manifest("slack-manifest-socket.yaml")


@pytest.mark.parametrize("app", [HTTP, SOCKET], ids=["http", "socket"])
def test_it_asks_for_the_scopes_that_something_needs(app: Json) -> None:
    assert app["oauth_config"]["scopes"] == {"bot": list(SCOPES)}


@pytest.mark.parametrize("app", [HTTP, SOCKET], ids=["http", "socket"])
def test_it_hears_of_the_events_that_are_read(app: Json) -> None:
    events = app["settings"]["event_subscriptions"]["bot_events"]
    assert set(events) == SPOKEN | ABOUT_PEOPLE | ABOUT_THE_APP | {*notices.LOST, *notices.BACK}
    assert len(events) == len(set(events)) <= 100


@pytest.mark.parametrize("app", [HTTP, SOCKET], ids=["http", "socket"])
def test_people_can_write_press_and_look(app: Json) -> None:
    features, settings = app["features"], app["settings"]
    home = {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}
    assert features["app_home"] == home
    assert [(it["type"], it["callback_id"]) for it in features["shortcuts"]] == [
        ("message", "make_item"),
        ("message", "thank_author"),
    ]
    assert settings["interactivity"]["is_enabled"] is True


@pytest.mark.parametrize("app", [HTTP, SOCKET], ids=["http", "socket"])
def test_it_keeps_slacks_limits(app: Json) -> None:
    """github.com/slackapi/manifest-schema"""
    about, features = app["display_information"], app["features"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    for shortcut in features["shortcuts"]:
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
    (command,) = features["slash_commands"]
    assert len(command["command"]) <= 32
    assert len(command["description"]) <= 2000
    assert command["should_escape"] is True


def test_socket_mode_is_the_same_app_without_addresses() -> None:
    assert SOCKET["settings"]["socket_mode_enabled"] is True
    assert HTTP["settings"]["socket_mode_enabled"] is False
    here = _without(HTTP, "socket_mode_enabled", "url", "request_url")
    assert _without(SOCKET, "socket_mode_enabled", "url", "request_url") == here
    assert "example.com" not in str(SOCKET)


def _without(part: Any, *names: str) -> Any:
    if isinstance(part, dict):
        return {key: _without(value, *names) for key, value in part.items() if key not in names}
    return [_without(each, *names) for each in part] if isinstance(part, list) else part
