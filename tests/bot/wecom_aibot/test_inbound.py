"""What WeCom pushes is read once, as people meant it; what nobody said is not read at all."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wecom_aibot.inbound import clicked, envelope, to_incoming, unread_key, without_secrets
from models.messages import Incoming

Json = dict[str, Any]
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
FOLDER = Path(__file__).parent.parent / "payloads" / "wecom_aibot"
SAMPLES = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("frame_*.json"))}
MESSAGE_ID, EVENT_ID, REQ_ID = "CAIQ16HMjQYY/NGagIOAAgMgq4KM0AI=", "CAIQevt000001", "cb_1750000000_a1b2c3"
SKIP, BOARD, DONE = "\u8df3\u8fc7", "\u770b\u677f", "\u5b8c\u6210\u4e86\u53d1\u5e03"

READ: dict[str, Json] = {
    "frame_text_single": {
        "kind": "text", "place": "dm:zhangsan", "text": DONE, "event_key": MESSAGE_ID, "message_id": MESSAGE_ID,
    },
    "frame_text_group_mention": {"kind": "text", "place": "channel:wrGROUPCHATID", "text": SKIP, "addressed": True},
    "frame_mixed_group": {"kind": "text", "place": "channel:wrGROUPCHATID", "text": BOARD},
    "frame_event_enter_chat": {"kind": "contact", "place": "dm:zhangsan", "event_key": EVENT_ID, "text": ""},
    "frame_event_template_card": {
        "kind": "press", "place": "dm:zhangsan", "event_key": EVENT_ID, "action": "4", "card_code": REQ_ID,
        "message_id": "run42-zhangsan-1750000000",
    },
}  # fmt: skip
UNREAD = ["frame_event_disconnected", "frame_event_feedback", "frame_image_single_no_text"]


def read(frame: Json) -> Incoming:
    incoming = to_incoming(frame, NOW)
    assert incoming is not None
    return incoming


def text_frame(text: str, **body: Any) -> Json:
    frame: Json = copy.deepcopy(SAMPLES["frame_text_group_mention"])
    frame["body"] |= {"text": {"content": text}, **body}
    return frame


def press(**card: Any) -> Json:
    frame: Json = copy.deepcopy(SAMPLES["frame_event_template_card"])
    frame["body"]["event"]["template_card_event"] = {"task_id": "lk-7-1763861400000", "event_key": "v1:skip:3", **card}
    return frame


def test_every_sample_is_expected_here() -> None:
    assert sorted([*READ, *UNREAD]) == sorted(SAMPLES)


@pytest.mark.parametrize("name", READ)
def test_a_sample_is_read(name: str) -> None:
    incoming = read(SAMPLES[name])
    got = {**incoming.model_dump(), "place": incoming.place.key}
    assert {key: got[key] for key in READ[name]} == READ[name]
    assert (incoming.platform, incoming.connection, incoming.sender) == ("wecom_aibot", "", "zhangsan")
    assert incoming.sent_at == NOW


@pytest.mark.parametrize("name", UNREAD)
def test_a_sample_nobody_reads_is_kept_without_words(name: str) -> None:
    assert to_incoming(SAMPLES[name], NOW) is None
    kept = json.dumps(envelope(SAMPLES[name]))
    assert "not helpful" not in kept
    assert "aeskey" not in kept
    assert "response_url" not in kept
    assert unread_key(SAMPLES[name]) == SAMPLES[name]["body"]["msgid"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("@Bot skip", "skip"),
        ("@Bot\u2005#12 60%", "#12 60%"),
        ("@Loop Keeper\u2005skip", "skip"),
        ("  @Bot   kudos @Ana for the demo", "kudos @Ana for the demo"),
        ("skip @Bot", "skip"),
        ("mail a@b.cn @Bot", "mail a@b.cn"),
        ("tell @Ana about it @Bot", "tell @Ana about it @Bot"),
        ("@Bot", ""),
        ("@Bot\nfirst\nsecond", "first\nsecond"),
    ],
)
def test_in_a_group_the_call_itself_is_taken_off(written: str, text: str) -> None:
    assert read(text_frame(written)).text == text


def test_in_private_an_at_sign_is_the_persons_own() -> None:
    assert read(text_frame("@Ana skip", chattype="single")).text == "@Ana skip"


def test_a_voice_message_is_what_wecom_heard() -> None:
    frame = text_frame("", chattype="single", msgtype="voice", voice={"content": "finished the release"})
    assert read(frame).text == "finished the release"


def test_a_quoted_message_is_not_taken_for_what_was_said() -> None:
    assert "#A42" not in read(SAMPLES["frame_text_group_mention"]).text


def test_the_pressed_button_is_the_action_and_the_card_is_the_message() -> None:
    incoming = read(press())
    assert (incoming.action, incoming.message_id) == ("v1:skip:3", "lk-7-1763861400000")
    assert clicked(press()) == (REQ_ID, "lk-7-1763861400000")


@pytest.mark.parametrize("task", ["lk-7-1763861400000-2", "lk-7-1763861400000-e9", "lk-7-1763861400000-e9-2"])
def test_every_card_of_a_message_belongs_to_it(task: str) -> None:
    assert read(press(task_id=task)).message_id == "lk-7-1763861400000"


def test_a_grey_button_says_nothing() -> None:
    assert to_incoming(press(event_key="done"), NOW) is None


def test_nothing_that_answers_for_the_bot_is_kept() -> None:
    kept = without_secrets(SAMPLES["frame_text_single"])
    assert "response_url" not in kept["body"]
    assert kept["body"]["text"]["content"] == DONE


@pytest.mark.parametrize("name", ["userid", "msgid", "chatid"])
@pytest.mark.parametrize("value", ["", "a b", "nul\x00", "\ud800", "x" * 300, None, 5, {}])
def test_an_id_no_database_takes_is_not_read(name: str, value: Any) -> None:
    frame = text_frame("@Bot help")
    if name == "userid":
        frame["body"]["from"]["userid"] = value
    else:
        frame["body"][name] = value
    assert to_incoming(frame, NOW) is None
    unread_key(frame).encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_any_part_of_a_frame_may_be_anything(name: str, data: st.DataObject) -> None:
    frame = copy.deepcopy(SAMPLES[name])
    at: Any = frame
    while isinstance(at, dict) and at:
        key = data.draw(st.sampled_from(sorted(at)))
        if data.draw(st.booleans()) or not isinstance(at[key], dict):
            at[key] = data.draw(json_values)
            break
        at = at[key]
    to_incoming(frame, NOW)
    envelope(frame)
    unread_key(frame)
    clicked(frame)
