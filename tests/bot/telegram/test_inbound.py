"""What Telegram sends is read once, as people meant it; what nobody said is not read at all."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.inbound import Me, envelope, to_incoming
from models.messages import Incoming

Json = dict[str, Any]
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
FOLDER = Path(__file__).parent.parent / "payloads" / "telegram"
SAMPLES: dict[str, Json] = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))}
ME = Me(7000000001, "acme_checkin_bot")
TEAM = "channel:-1001700000001"

READ: dict[str, Json] = {
    "message_private_text": {
        "kind": "text", "sender": "5001001", "place": "dm:5001001",
        "text": "Finished the release <b>& tests \U0001f389", "message_id": "5001001:101",
        "event_key": "870000001", "addressed": True, "overheard": False,
    },
    "message_start_deeplink": {"kind": "text", "text": "link inv_a1B2", "place": "dm:5001001"},
    "message_group_command_with_botname": {
        "kind": "text", "text": "checkin skip", "place": TEAM, "addressed": True, "message_id": "-1001700000001:201",
    },
    "message_group_mention": {"text": "thanks @bob_li", "place": TEAM, "addressed": True, "mentions": {}},
    "message_group_text_mention_no_username": {
        "text": "\U0001f44f @Bob great demo", "mentions": {"Bob": "5001002"}, "addressed": False, "overheard": True,
    },
    "message_reply_to_force_reply": {"text": "Reviewed PRs", "place": "dm:5001001", "thread_of": "5001001:110"},
    "message_topic_in_forum_group": {"text": "in a topic", "place": f"{TEAM}:17", "overheard": True, "thread_of": None},
    "message_photo_caption_no_text": {"kind": "text", "text": "board after planning", "place": "dm:5001001"},
    "edited_message": {
        "kind": "text", "text": "Finished the release and docs", "edits": "5001001:101", "event_key": "870000010",
    },
    "callback_query": {
        "kind": "press", "action": "v1:run:42:open", "message_id": "5001001:120", "place": "dm:5001001", "text": "",
    },
    "callback_query_inaccessible_message": {
        "kind": "press", "action": "v1:run:42:open", "message_id": "5001001:120", "sender": "5001001",
    },
    "my_chat_member_user_blocked_bot": {"kind": "notice", "action": "reach:blocked", "sender": "5001001"},
    "my_chat_member_user_unblocked_bot": {"kind": "notice", "action": "reach:reachable", "sender": "5001001"},
    "my_chat_member_removed_from_group": {"kind": "notice", "action": "channel:lost", "place": TEAM},
    "my_chat_member_added_to_group": {"kind": "notice", "action": "channel:back", "place": TEAM},
    "message_migrate_to_supergroup": {
        "kind": "notice", "action": "moved:-1001700000001", "place": "channel:-4001234567",
    },
    "message_new_chat_members": {"kind": "notice", "action": "joined", "sender": "5001002", "place": TEAM},
    "chat_member_joined": {"kind": "notice", "action": "joined", "sender": "5001002", "place": TEAM},
}  # fmt: skip
UNREAD = {
    "channel_post_no_from", "message_anonymous_group_admin", "message_from_another_bot", "message_sticker_only",
    "message_web_app_data", "poll_answer",
}  # fmt: skip


def read(update: Json, me: Me = ME) -> Incoming:
    (incoming,) = to_incoming(update, me, NOW)
    return incoming


def shape(incoming: Incoming) -> Json:
    return {**incoming.model_dump(), "place": incoming.place.key}


def group(text: str, *entities: Json, **more: Any) -> Json:
    """Said by Ann in the team's group."""
    update = copy.deepcopy(SAMPLES["message_group_mention"])
    update["message"] |= {"text": text, "entities": list(entities), **more}
    return update


def private(text: str, **more: Any) -> Json:
    update = copy.deepcopy(SAMPLES["message_private_text"])
    update["message"] |= {"text": text, **more}
    return update


def command(text: str, length: int) -> Json:
    return private(text, entities=[{"type": "bot_command", "offset": 0, "length": length}])


def entity(kind: str, offset: int, length: int, **more: Any) -> Json:
    return {"type": kind, "offset": offset, "length": length, **more}


def member(id_: int, name: str) -> Json:
    return {"id": id_, "is_bot": False, "first_name": name}


def test_every_sample_is_either_read_or_known_to_be_nobodys() -> None:
    assert set(SAMPLES) == set(READ) | UNREAD


@pytest.mark.parametrize("name", READ)
def test_every_sample_means_what_the_person_meant(name: str) -> None:
    found = shape(read(SAMPLES[name]))
    assert {key: found[key] for key in READ[name]} == READ[name]


@pytest.mark.parametrize("name", sorted(UNREAD))
def test_what_nobody_said_is_not_read(name: str) -> None:
    assert to_incoming(SAMPLES[name], ME, NOW) == []


# --- commands


@pytest.mark.parametrize(
    ("text", "length", "meant"),
    [
        ("/mine", 5, "mine"),
        ("/loop mine", 5, "mine"),
        ("/loop", 5, "help"),
        ("/away until fri", 5, "away until fri"),
        ("/5_why #12", 6, "5 why #12"),
        ("/language@acme_checkin_bot zh", 26, "language zh"),
    ],
)
def test_a_command_is_what_it_says_without_the_slash(text: str, length: int, meant: str) -> None:
    assert read(command(text, length)).text == meant


def test_a_command_of_another_bot_is_not_read() -> None:
    other = group("/help@other_bot", entity("bot_command", 0, 15))
    assert to_incoming(other, ME, NOW) == []


def test_as_long_as_the_own_name_is_unknown_a_command_is_taken_for_ours() -> None:
    update = group("/board@acme_checkin_bot", entity("bot_command", 0, 23))
    assert (read(update, Me(ME.id)).text, read(update, Me(ME.id)).addressed) == ("board", True)


def test_only_a_command_at_the_beginning_is_one() -> None:
    assert read(private("go to /tmp", entities=[entity("bot_command", 6, 4)])).text == "go to /tmp"


def test_start_alone_is_a_greeting_and_start_in_a_group_asks_for_help() -> None:
    assert read(command("/start", 6)).kind == "contact"
    assert read(command("/start <b>", 6)).kind == "contact"
    assert read(group("/start abc", entity("bot_command", 0, 6))).text == "help"


# --- mentions


def test_offsets_count_utf_16_units_so_that_emoji_before_a_mention_shift_nothing() -> None:
    text = "\U0001f389\U0001f44d\U0001f3fd @acme_checkin_bot thanks \U0001f389 Bob"
    bob = entity("text_mention", 35, 3, user=member(5001002, "Bob"))
    said = read(group(text, entity("mention", 7, 17), bob))
    assert (said.text, said.mentions) == ("\U0001f389\U0001f44d\U0001f3fd   thanks \U0001f389 @Bob", {"Bob": "5001002"})


def test_two_who_begin_alike_are_told_apart_by_their_numbers() -> None:
    first = entity("text_mention", 0, 3, user=member(1, "Bob"))
    second = entity("text_mention", 4, 5, user=member(22, "Bobby"))
    said = read(group("Bob Bobby!", first, second))
    assert (said.text, said.mentions) == ("@Bob @22!", {"Bob": "1", "22": "22"})


def test_a_mention_by_number_of_the_bot_itself_calls_it() -> None:
    said = read(
        group("Checkin, board", entity("text_mention", 0, 7, user={**member(ME.id, "Checkin"), "is_bot": True}))
    )
    assert (said.addressed, said.text) == (True, ", board")


def test_without_the_own_name_a_mention_is_only_overheard() -> None:
    assert read(SAMPLES["message_group_mention"], Me(ME.id)).overheard


# --- groups


def test_a_reply_to_the_bot_is_overheard_and_hangs_under_its_message() -> None:
    bots = {"message_id": 150, "from": {"id": ME.id, "is_bot": True}}
    said = read(group("#12 done", reply_to_message=bots))
    assert (said.thread_of, said.addressed, said.overheard) == ("-1001700000001:150", False, True)


def test_a_reply_to_somebody_else_hangs_under_nothing_of_ours() -> None:
    assert read(group("sure", reply_to_message={"message_id": 150, "from": {"id": 5001002}})).thread_of is None


def test_everything_in_a_topic_is_no_reply_to_what_opened_it() -> None:
    opened = {"message_id": 17, "from": {"id": ME.id, "is_bot": True}}
    said = read(group("hello", reply_to_message=opened, message_thread_id=17, is_topic_message=True))
    assert (said.thread_of, said.place.id) == (None, "-1001700000001:17")


def test_what_is_sent_via_a_bot_is_still_a_persons() -> None:
    assert read(private("look", via_bot={"id": 9, "is_bot": True, "first_name": "gif"})).text == "look"


@pytest.mark.parametrize(
    "more", [{"sender_chat": {"id": -5}}, {"from": {"id": 777000, "is_bot": False}}, {"from": None}]
)
def test_nobody_speaks_for_a_channel(more: Json) -> None:
    assert to_incoming(group("hello", **more), ME, NOW) == []


def test_each_of_several_who_join_at_once_is_told_of_under_a_key_of_its_own() -> None:
    update = copy.deepcopy(SAMPLES["message_new_chat_members"])
    robot = {"id": 9, "is_bot": True, "first_name": "Robot"}
    update["message"]["new_chat_members"] = [member(1, "A"), robot, member(2, "B")]
    found = [(it.event_key, it.sender) for it in to_incoming(update, ME, NOW)]
    assert found == [("870000016", "1"), ("870000016:1", "2")]


@pytest.mark.parametrize(("able", "told"), [(True, "channel:back"), (False, "channel:lost")])
def test_a_bot_that_may_not_write_in_a_group_has_lost_it(able: bool, told: str) -> None:
    update = copy.deepcopy(SAMPLES["my_chat_member_added_to_group"])
    update["my_chat_member"]["new_chat_member"] |= {"status": "restricted", "can_send_messages": able}
    assert read(update).action == told


def test_a_member_who_is_made_an_administrator_did_not_join() -> None:
    update = copy.deepcopy(SAMPLES["chat_member_joined"])
    update["chat_member"]["old_chat_member"]["status"] = "member"
    update["chat_member"]["new_chat_member"]["status"] = "administrator"
    assert to_incoming(update, ME, NOW) == []


# --- presses and edits


def test_a_press_in_a_thread_is_answered_in_that_thread() -> None:
    update = copy.deepcopy(SAMPLES["callback_query"])
    update["callback_query"]["message"]["reply_to_message"] = {"message_id": 77}
    assert read(update).thread_of == "5001001:77"


def test_of_a_pressed_message_nothing_is_read_as_if_the_person_had_said_it() -> None:
    update = copy.deepcopy(SAMPLES["callback_query"])
    update["callback_query"]["message"]["text"] = "#12 done"
    assert read(update).text == ""


def test_who_presses_in_a_group_is_who_pressed_and_not_whom_it_was_meant_for() -> None:
    update = copy.deepcopy(SAMPLES["callback_query"])
    chat = {"id": -1001700000001, "type": "supergroup", "is_forum": True}
    update["callback_query"]["message"] |= {"chat": chat, "message_thread_id": 17, "is_topic_message": True}
    assert read(update).place.key == f"{TEAM}:17"
    assert (read(update).sender, read(update).message_id) == ("5001001", "-1001700000001:120")


def test_an_edit_without_words_is_none() -> None:
    update = copy.deepcopy(SAMPLES["edited_message"])
    del update["edited_message"]["text"]
    assert to_incoming(update, ME, NOW) == []


# --- whatever comes


def test_ids_of_64_bits_arrive_whole() -> None:
    big = 2**52 - 1
    update = private("hello")
    update["message"]["from"]["id"] = update["message"]["chat"]["id"] = big
    assert (read(update).sender, read(update).message_id) == (str(big), f"{big}:101")


def test_of_what_nobody_reads_no_word_and_no_name_is_kept() -> None:
    for name in sorted(UNREAD):
        kept = json.dumps(envelope(SAMPLES[name]))
        assert not [word for word in ("Ann", "Lee", "hello", "deploy", "mood", "checkin") if word in kept], kept


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_no_shape_of_an_update_is_a_reason_to_fail(name: str, data: st.DataObject) -> None:
    update = copy.deepcopy(SAMPLES[name])
    kind = next(key for key in update if key != "update_id")
    spoiled = data.draw(st.sampled_from(sorted(update[kind])))
    update[kind][spoiled] = data.draw(JUNK)
    to_incoming(update, ME, NOW)
    json.dumps(envelope(update))
