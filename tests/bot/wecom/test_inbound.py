"""WeCom's XML -> Incoming: every sample, and nothing that breaks it."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wecom.inbound import Unreadable, envelope, event_key, fields_of, parse, to_incoming
from models.messages import Incoming, Place
from tests.fakes.wecom_user import xml_of

FOLDER = Path(__file__).parent.parent / "payloads" / "wecom"
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)


def fields(name: str) -> dict[str, str]:
    return fields_of(parse((FOLDER / f"{name}.xml").read_bytes()))


def sample(name: str) -> Incoming | None:
    return to_incoming(fields(name), NOW)


def read(**more: Any) -> Incoming | None:
    head = {"ToUserName": "wx5823bf96d3bd56c7", "FromUserName": "zhangsan", "CreateTime": 1750000000}
    return to_incoming(fields_of(parse(xml_of({**head, **more}).encode())), NOW)


def test_a_message_is_what_the_member_wrote() -> None:
    said = sample("text_dm")
    assert said is not None
    assert (said.kind, said.sender, said.place) == ("text", "zhangsan", Place(kind="dm", id="zhangsan"))
    assert said.text.endswith('a<b & "c"')
    assert (said.event_key, said.message_id) == ("7400000000000000001", "7400000000000000001")
    assert (said.addressed, said.overheard, said.sent_at) == (True, False, NOW)


def test_a_message_delivered_again_is_the_same_event() -> None:
    assert sample("text_dm") == sample("text_dm_retry_same_msgid")


@pytest.mark.parametrize(
    ("name", "kind", "action"),
    [
        ("event_enter_agent", "contact", ""),
        ("event_subscribe", "notice", "reach:reachable"),
        ("event_unsubscribe", "notice", "reach:out_of_scope"),
        ("event_change_contact_create_user", "notice", "reach:reachable"),
        ("event_change_contact_delete_user", "notice", "reach:deactivated"),
        ("event_template_card_button", "press", "v1:run:42:skip"),
        ("event_template_card_vote", "press", "4"),
        ("event_template_card_multiple", "press", "opt_a"),
    ],
)
def test_each_event_is_what_it_means(name: str, kind: str, action: str) -> None:
    incoming = sample(name)
    assert incoming is not None
    assert (incoming.kind, incoming.action) == (kind, action)
    assert incoming.sender == incoming.place.id == ("lisi" if "change_contact" in name else "zhangsan")


def test_a_changed_member_is_asked_about_again() -> None:
    changed = read(FromUserName="sys", MsgType="event", Event="change_contact", ChangeType="update_user", UserID="LiSi")
    assert changed is not None
    assert (changed.kind, changed.action, changed.sender) == ("notice", "profile", "lisi")


def test_a_pressed_button_says_which_message_and_how_it_can_be_changed_once() -> None:
    pressed = sample("event_template_card_button")
    assert pressed is not None
    assert (pressed.message_id, pressed.card_code) == ("run42-zhangsan-1750000000", "RESPONSE_CODE_72H")
    later = read(MsgType="event", Event="template_card_event", EventKey="k", TaskId="lk-7-1750000000000@2")
    assert later is not None
    assert later.message_id == "lk-7-1750000000000"


def test_a_tap_in_the_menu_is_the_command_word() -> None:
    tapped = read(MsgType="event", Event="click", EventKey="board")
    assert tapped is not None
    assert (tapped.kind, tapped.text) == ("text", "board")


def test_a_voice_message_with_recognised_words_is_those_words() -> None:
    heard = read(MsgType="voice", MediaId="m", Format="amr", MsgId="1", Recognition="shipped the rig")
    assert heard is not None
    assert (heard.kind, heard.text) == ("text", "shipped the rig")


@pytest.mark.parametrize("name", ["image_dm", "voice_dm", "event_menu_view", "event_template_card_menu"])
def test_what_nobody_reads_is_kept_without_anybodys_words(name: str) -> None:
    assert sample(name) is None
    assert set(envelope(fields(name))) <= {"MsgType", "Event", "MsgId", "CreateTime", "ChangeType", "AgentID"}


def test_capitals_of_a_user_id_mean_nothing() -> None:
    said = read(FromUserName="LiLei", MsgType="text", Content="hi", MsgId="1")
    assert said is not None
    assert (said.sender, said.place.id) == ("lilei", "lilei")


def test_every_sample_has_a_key_of_its_own_that_fits_a_column() -> None:
    keys = {event_key(fields(file.stem)) for file in FOLDER.glob("*.xml")}
    assert len(keys) == len(list(FOLDER.glob("*.xml"))) - 1  # one of them is a redelivery
    assert "unknown" not in keys


def test_events_of_one_second_on_two_cards_are_two() -> None:
    press = {"MsgType": "event", "Event": "template_card_event", "EventKey": "k"}
    one, other = read(**press, TaskId="a"), read(**press, TaskId="b")
    assert one is not None
    assert other is not None
    assert one.event_key != other.event_key


def test_nobody_is_no_sender() -> None:
    for sender in ("", " ", "sys", "SYS"):
        assert read(FromUserName=sender, MsgType="text", Content="hi", MsgId="1") is None


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"hello",
        b"<xml>",
        b"<xml></other>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        b"<xml>&undefined;</xml>",
        b'<?xml version="1.0" encoding="no-such"?><xml/>\xff\xfe<',
        b'{"MsgType": "text"}',
    ],
)
def test_what_is_no_xml_of_wecoms_is_unreadable(xml: bytes) -> None:
    with pytest.raises(Unreadable):
        parse(xml)


def test_a_forbidden_character_costs_nobody_the_message() -> None:
    said = read(MsgType="text", Content="shipped\x00 the\x0b rig\x1b[0m", MsgId="1")
    assert said is not None
    assert said.text == "shipped the rig[0m"


@given(st.dictionaries(st.sampled_from(["MsgType", "Event", "EventKey", "TaskId", "Content", "MsgId"]), st.text()))
def test_no_field_is_so_odd_that_it_breaks(given_: dict[str, str]) -> None:
    read(**{name: value.encode("utf-8", "ignore").decode() for name, value in given_.items()})


@given(st.binary(max_size=300))
def test_no_bytes_are_so_odd_that_they_break(noise: bytes) -> None:
    with contextlib.suppress(Unreadable):
        to_incoming(fields_of(parse(noise)), NOW)
