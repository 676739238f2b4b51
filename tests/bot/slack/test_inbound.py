"""What Slack sends is read once, as people meant it; what nobody said is not read at all."""

import copy
import html
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.inbound import event_key, to_incoming
from models.messages import Incoming

Json = dict[str, Any]
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
FOLDER = Path(__file__).parent.parent / "payloads" / "slack"
SAMPLES = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))}
TRIGGER = "1234567891.0987654321.0123456789abcdef0123456789abcdef"

READ: dict[str, Json] = {
    "event_message_im": {
        "kind": "text",
        "place": "dm:U0ALICE01",
        "text": "Finished the release & wrote tests",
        "event_key": "message:D0ALICE01:1750000001.000100",
        "message_id": "D0ALICE01:1750000001.000100",
    },
    "event_message_im_thread_reply": {
        "kind": "text",
        "place": "dm:U0ALICE01",
        "text": "answer inside the bot's thread",
        "thread_of": "D0ALICE01:1750000000.000050",
    },
    "event_app_mention": {
        "kind": "text",
        "place": "channel:C0TEAM001",
        "text": "kudos to @U0BOB0001 for the demo",
        "mentions": {"U0BOB0001": "U0BOB0001"},
        "event_key": "message:C0TEAM001:1750000002.000100",
    },
    "event_message_channel_thread_reply": {
        "kind": "text",
        "sender": "U0BOB0001",
        "place": "channel:C0TEAM001",
        "text": "great work",
        "addressed": False,
        "thread_of": "C0TEAM001:1750000002.000100",
    },
    "event_message_changed": {
        "kind": "text",
        "text": "Finished the release and docs",
        "edits": "D0ALICE01:1750000001.000100",
        "event_key": "edit:D0ALICE01:1750000001.000100:1750000020.000000",
    },
    "event_message_file_share_no_text": {"kind": "text", "place": "dm:U0ALICE01", "text": ""},
    "event_app_home_opened_first_time_messages_tab": {
        "kind": "contact",
        "sender": "U0BOB0001",
        "place": "dm:U0BOB0001",
        "event_key": "Ev0CHK00012",
    },
    "interactive_block_actions_button": {
        "kind": "press",
        "place": "dm:U0ALICE01",
        "action": "run=42",
        "message_id": "D0ALICE01:1750000000.000050",
        "ticket": TRIGGER,
    },
    "interactive_block_actions_home_select": {"kind": "press", "place": "dm:U0ALICE01", "action": ""},
    "interactive_view_submission": {
        "kind": "form",
        "place": "dm:U0ALICE01",
        "action": "checkin_modal",
        "form": {"q1": "Shipped 1.2\nReviewed PRs", "q2": "", "mood": "4", "who": ""},
    },
    "interactive_view_closed": {
        "kind": "draft",
        "place": "dm:U0ALICE01",
        "action": "checkin_modal",
        "form": {"q1": "Shipped 1.2\nReviewed PRs", "q2": "", "mood": "4", "who": ""},
        "event_key": "draft:V0MODAL01:1750000006.XyZ",
    },
    "event_app_home_opened": {"kind": "home", "place": "home:U0ALICE01", "event_key": "Ev0CHK00011"},
    "event_reaction_added": {
        "kind": "text",
        "place": "dm:U0ALICE01",
        "text": "thanks @U0BOB0001",
        "mentions": {"U0BOB0001": "U0BOB0001"},
        "event_key": "thanks:C0TEAM001:1750000002.000100:U0ALICE01",
        "addressed": False,
    },
    "interactive_message_action_make_item": {
        "kind": "text",
        "place": "dm:U0ALICE01",
        "text": "new item The rig overheats, see @U0CARA001",
        "mentions": {"U0CARA001": "U0CARA001"},
        "ticket": TRIGGER,
        "event_key": f"shortcut:{TRIGGER}",
    },
    "interactive_message_action_thank_author": {
        "kind": "text",
        "place": "dm:U0ALICE01",
        "text": "thanks @U0BOB0001",
        "mentions": {"U0BOB0001": "U0BOB0001"},
    },
    "slash_command": {
        "kind": "text",
        "place": "dm:U0ALICE01",
        "text": "skip @U0BOB0001",
        "mentions": {"U0BOB0001": "U0BOB0001"},
        "ticket": "1234567890.0987654321.0123456789abcdef0123456789abcdef",
    },
}
IGNORED = [
    "event_app_rate_limited",
    "event_member_left_channel",
    "event_message_bot_own",
    "event_message_channel_join",
    "event_message_deleted",
    "event_message_other_bot",
    "interactive_shortcut_global",
]
NOTICES = [
    "event_app_uninstalled",
    "event_member_joined_channel",
    "event_member_joined_channel_bot_itself",
    "event_team_join",
    "event_tokens_revoked",
    "event_user_change_deactivated",
]  # test_notices.py


def sample(name: str, **event: Any) -> Json:
    body: Json = copy.deepcopy(SAMPLES[name])
    if event:
        body["event"].update(event)
    return body


def read(body: Json) -> Incoming | None:
    return to_incoming(body, "", NOW)


def heard(text: str, name: str = "event_message_im", **event: Any) -> Incoming:
    incoming = read(sample(name, text=text, **event))
    assert incoming is not None
    return incoming


def test_every_sample_is_either_read_or_ignored_on_purpose() -> None:
    assert sorted([*READ, *IGNORED, *NOTICES]) == sorted(SAMPLES)


@pytest.mark.parametrize("name", READ)
def test_what_a_person_did_is_read_as_it_was_meant(name: str) -> None:
    incoming = read(sample(name))
    assert incoming is not None
    expected = {"sender": "U0ALICE01", "addressed": True, "thread_of": None, "edits": None, **READ[name]}
    found = {**incoming.model_dump(), "place": incoming.place.key}
    assert {field: found[field] for field in expected} == expected
    assert (incoming.platform, incoming.connection, incoming.sent_at) == ("slack", "", NOW)


@pytest.mark.parametrize("name", IGNORED)
def test_what_nobody_said_is_not_read(name: str) -> None:
    assert read(sample(name)) is None


@pytest.mark.parametrize("name", [*READ, *IGNORED, *NOTICES])
def test_a_redelivery_has_the_same_key_and_another_event_another(name: str) -> None:
    keys = {read(body).event_key if read(body) else event_key(body) for body in (sample(name), sample(name))}  # type: ignore[union-attr]
    assert len(keys) == 1
    assert all(keys)


def test_two_messages_two_edits_and_two_presses_are_told_apart() -> None:
    other = sample("event_message_im", ts="1750000001.000101")
    again = sample("event_message_changed")
    again["event"]["message"]["edited"]["ts"] = "1750000021.000000"
    pressed = sample("interactive_block_actions_button")
    pressed["actions"][0]["action_ts"] = "1750000006.123456"
    for name, changed in (
        ("event_message_im", other),
        ("event_message_changed", again),
        ("interactive_block_actions_button", pressed),
    ):
        first, second = read(sample(name)), read(changed)
        assert first is not None
        assert second is not None
        assert first.event_key != second.event_key


# --- text


@given(st.text())
def test_whatever_a_person_typed_is_read_letter_for_letter(text: str) -> None:
    """But for NUL, which no database stores."""
    assert heard(html.escape(text, quote=False)).text == text.strip().replace("\x00", "")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a &amp;lt; b &lt;b&gt; &amp;amp;", "a &lt; b <b> &amp;"),
        ("see <https://x.y/?a=1&amp;b=2>", "see https://x.y/?a=1&b=2"),
        ("see <https://x.y|the page>", "see the page"),
        ("write <mailto:a@b.c|a@b.c>", "write a@b.c"),
        ("in <#C0TEAM001|team>", "in #team"),
        ("<!here> <!channel|channel> <!subteam^S1|@devs>", "@here @channel @devs"),
        ("&lt;@U0BOB0001&gt; &lt;!channel&gt;", "<@U0BOB0001> <!channel>"),
        ("\u200b\u202e#1 60%\u0007", "\u200b\u202e#1 60%\u0007"),
        ("\U0001f389", "\U0001f389"),
    ],
)
def test_slacks_wrapping_is_taken_off(raw: str, text: str) -> None:
    assert heard(raw).text == text


def test_mentions_tell_who_is_meant_and_the_bot_itself_is_not() -> None:
    incoming = heard("<@U0BOTUSER> thanks <@U0BOB0001> and <@U0EVE0001|eve>", "event_app_mention")
    assert incoming.text == "thanks @U0BOB0001 and @U0EVE0001"
    assert incoming.mentions == {"U0BOB0001": "U0BOB0001", "U0EVE0001": "U0EVE0001"}


def test_a_mention_typed_by_hand_mentions_nobody() -> None:
    assert heard("&lt;@U0BOB0001&gt; hello").mentions == {}


def test_text_without_a_mention_in_a_channel_is_not_addressed() -> None:
    plain = heard("good morning", "event_message_channel_thread_reply")
    called = heard("<@U0BOTUSER> good morning", "event_message_channel_thread_reply")
    assert (plain.addressed, called.addressed, called.text) == (False, True, "good morning")


def test_one_post_that_arrives_as_two_events_is_one_event() -> None:
    text = "<@U0BOTUSER> #1 60%"
    mention = heard(text, "event_app_mention")
    message = heard(text, "event_message_channel_thread_reply", ts=mention.event_key.split(":")[2], user="U0ALICE01")
    assert mention.event_key == message.event_key
    assert (mention.text, mention.addressed) == (message.text, message.addressed)


def test_the_parent_of_a_thread_is_not_a_reply_to_itself() -> None:
    assert heard("x", thread_ts="1750000001.000100").thread_of is None


@pytest.mark.parametrize("subtype", ["thread_broadcast", "me_message", "file_share"])
def test_speaking_in_another_way_is_speaking(subtype: str) -> None:
    assert heard("#1 60%", subtype=subtype).text == "#1 60%"


# --- who is not a person


@pytest.mark.parametrize("user", ["USLACKBOT", None, ""])
def test_who_is_no_person_is_not_heard(user: str | None) -> None:
    assert read(sample("event_message_im", user=user)) is None
    edited = sample("event_message_changed")
    edited["event"]["message"]["user"] = user
    assert read(edited) is None


def test_other_bots_are_not_heard_even_without_the_subtype() -> None:
    assert read(sample("event_message_im", bot_id="B0OTHER01")) is None
    assert read(sample("event_app_mention", bot_id="B0OTHER01")) is None
    edited = sample("event_message_changed")
    edited["event"]["message"]["bot_id"] = "B0OTHER01"
    assert read(edited) is None


# --- edits


def test_a_link_preview_is_not_an_edit() -> None:
    preview = sample("event_message_changed")
    del preview["event"]["message"]["edited"]
    assert read(preview) is None


def test_an_edit_that_changes_no_word_is_no_edit() -> None:
    same = sample("event_message_changed")
    same["event"]["previous_message"]["text"] = same["event"]["message"]["text"]
    assert read(same) is None


# --- forms, presses, slash commands


def test_an_empty_slash_command_asks_for_help() -> None:
    incoming = read({**sample("slash_command"), "text": ""})
    assert incoming is not None
    assert incoming.text == "help"


def test_a_slash_command_in_a_channel_is_answered_in_private() -> None:
    incoming = read(sample("slash_command"))
    assert incoming is not None
    assert incoming.place.key == "dm:U0ALICE01"


def test_a_press_in_a_channel_is_told_where_it_happened() -> None:
    body = sample("interactive_block_actions_button")
    body["container"]["channel_id"] = "C0TEAM001"
    incoming = read(body)
    assert incoming is not None
    assert incoming.place.key == "channel:C0TEAM001"
    assert incoming.message_id == "C0TEAM001:1750000000.000050"


# --- anything at all

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
JUNK = st.recursive(LEAVES, lambda it: st.lists(it, max_size=2) | st.dictionaries(st.text(max_size=4), it, max_size=2))


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    """A sample with one to three of its values, at any depth, gone or replaced."""
    body = sample(draw(st.sampled_from(sorted(SAMPLES))))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = body
        while True:
            keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and draw(st.booleans()):
                place = place[key]
                continue
            if draw(st.booleans()):
                del place[key]
            else:
                place[key] = draw(JUNK)
            break
    return body


@given(mutated())
def test_a_payload_of_any_shape_is_read_or_ignored_but_never_an_error(body: Json) -> None:
    incoming = read(body)
    assert incoming is None or incoming.platform == "slack"
    assert event_key(body)
