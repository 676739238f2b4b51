"""Chinese and English are both first class: each person and each team reads its own, and the bot understands both."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from models.db import Database
from tests.world import ORGANIZATION, World, stage

pytestmark = pytest.mark.in_turn

DAY: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "one_day.json").read_text("utf-8"))
HAN = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-z]{3,}")
NAMES = ("Bob Stone", "Grace Park", "Product", "Weekly", "Asia/Shanghai", "Loopkeeper")
OTHER = {"en": "zh", "zh": "en"}


@contextmanager
def in_language(platform: str, database: Database, locale: str) -> Iterator[World]:
    """The same organization, everybody and everything in one language."""
    text = ORGANIZATION.replace("locale: en}", f"locale: {locale}}}").replace("    locale: en", f"    locale: {locale}")
    with stage(platform, database, text) as world:
        yield world


@pytest.fixture(params=["en", "zh"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def spoken(platform: str, database: Database, locale: str) -> Iterator[World]:
    with in_language(platform, database, locale) as world:
        yield world


def test_the_same_day_goes_the_same_way_in_both_languages(spoken: World, locale: str) -> None:
    day = DAY[locale]
    said, heard, posted = day["said"], day["heard"], day["posted"]

    def tells(who: str, key: str, reply: str) -> None:
        spoken.heard(who)
        spoken.says(who, said[key])
        assert heard[reply] in spoken.heard(who), key

    spoken.at("2026-11-23 09:30")
    assert day["prompt"] in spoken.heard("Bob")
    spoken.says("Bob", said["first"])
    tells("Bob", "second", "receipt")
    tells("Bob", "new", "added")
    tells("Bob", "move", "moved")
    tells("Bob", "done", "done")
    tells("Bob", "mine", "mine")
    tells("Bob", "help", "help")
    spoken.says("Grace", said["coach"])
    spoken.presses("Grace", day["pressed"]["visibility"])
    assert heard["shared"] in spoken.heard("Bob")
    spoken.presses("Grace", day["pressed"]["agreed"])
    spoken.says("Grace", said["thanks"])
    spoken.heard("Grace")
    spoken.presses("Grace", day["pressed"]["post"])
    assert heard["given"] in spoken.heard("Grace")
    tells("Grace", "board", "board")
    spoken.at("2026-11-27 17:00")

    thanks, monday, _, digest = spoken.posted()
    assert posted["thanks"] in thanks
    assert posted["summary"] in monday
    assert posted["closing"] in monday
    assert posted["digest"] in digest


def test_small_words_are_understood_and_answered_in_both_languages(spoken: World, locale: str) -> None:
    said, heard = DAY[locale]["said"], DAY[locale]["heard"]
    spoken.at("2026-11-23 09:30")
    for word in ("later", "skip"):
        spoken.heard("Bob")
        spoken.says("Bob", said[word])
        assert heard[word] in spoken.heard("Bob"), word
    for word in ("away", "back", "new", "undo", "thanks", "cancel"):
        spoken.heard("Grace")
        spoken.says("Grace", said[word])
        assert heard.get(word, "") in spoken.heard("Grace"), word


def test_nobody_reads_a_word_of_the_other_language(platform: str, database: Database) -> None:
    """What people and the organization named themselves stays as it is."""
    with in_language(platform, database, "en") as world:
        assert not [text for text in everything(world, "en") if HAN.search(text.replace("\u674e\u96f7", ""))]


def test_a_chinese_reader_reads_no_english_sentence(platform: str, database: Database) -> None:
    with in_language(platform, database, "zh") as world:
        for text in everything(world, "zh"):
            for name in (*NAMES, *re.findall(r"\u201c[^\u201d]*\u201d", text), "What is in the way?"):
                text = text.replace(name, "")
            assert not [line for line in text.splitlines() if len(WORD.findall(line)) > 2], text


def everything(world: World, locale: str) -> list[str]:
    said = DAY[locale]["said"]
    world.at("2026-11-23 09:30")
    for key in ("first", "second", "new", "move", "mine", "board"):
        world.says("Bob", said[key])
    for key in ("coach", "cancel", "thanks", "cancel", "board"):
        world.says("Grace", said[key])
    for key in ("new", "move", "mine", "coach"):
        world.says("Olive", said[key])
    world.at("2026-11-23 18:00")
    world.says("Bob", said["done"])
    world.at("2026-11-27 17:00")
    return [text for who in ("Bob", "Grace", "Olive") for text in world.chat(who)] + world.posted()


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_words_of_both_languages_are_understood_whatever_the_persons_language(
    platform: str, database: Database, locale: str
) -> None:
    """Every word in the other language, every reply in the person's own."""
    said, heard = DAY[OTHER[locale]]["said"], DAY[locale]["heard"]
    with in_language(platform, database, locale) as world:
        for word, reply in (("new", ""), ("done", "done"), ("mine", "mine"), ("help", "help"), ("undo", "undo")):
            world.heard("Bob")
            world.says("Bob", said[word])
            assert heard.get(reply, "#1") in world.heard("Bob"), word
        world.says("Grace", said["coach"])
        world.says("Grace", DAY[OTHER[locale]]["pressed"]["visibility"])
        world.says("Grace", DAY[OTHER[locale]]["pressed"]["agreed"])
        world.says("Grace", DAY[OTHER[locale]]["pressed"]["when"])
        world.says("Grace", said["thanks"])
        world.says("Grace", DAY[OTHER[locale]]["pressed"]["post"])
        assert heard["given"] in world.heard("Grace")
        assert len(world.posted()) == 1


def test_a_message_may_mix_both_languages(world: World) -> None:
    zh, en = DAY["zh"]["said"], DAY["en"]["said"]
    world.says("Bob", en["new"])
    world.says("Bob", en["new"])
    world.heard("Bob")
    world.says("Bob", f"{zh['move']}\n#2 done")

    told = world.heard("Bob")
    assert "#1 fix the rig: in progress, 60 %" in told
    assert "#2 fix the rig: done" in told


def test_the_language_is_switched_in_the_middle_of_a_check_in(world: World) -> None:
    world.at("2026-11-23 09:30")
    world.says("Bob", "shipped the rig")
    world.heard("Bob")
    world.says("Bob", "language zh")
    assert HAN.search(world.heard("Bob"))
    world.says("Bob", "nothing")

    receipt = world.heard("Bob")
    assert DAY["zh"]["heard"]["receipt"] in receipt
    assert "\u63a8\u8fdb\u4e86\u4ec0\u4e48\nshipped the rig" in receipt
    world.at("2026-11-23 17:30")
    assert DAY["en"]["posted"]["closing"] in world.posted()[0]


def test_a_question_asked_in_one_language_is_answered_in_the_other(world: World) -> None:
    """The buttons still stand there in English; their words work in both."""
    world.says("Grace", "coach @Bob Stone talked about pacing")
    world.says("Grace", DAY["zh"]["pressed"]["visibility"])

    assert "You and Bob Stone see it." in world.heard("Grace")


def test_the_chosen_language_outlives_a_restart_and_the_list(world: World) -> None:
    world.says("Bob", "language zh")
    world.restart()
    world.apply(ORGANIZATION)
    world.heard("Bob")
    world.at("2026-11-23 09:30")

    assert DAY["zh"]["prompt"] in world.heard("Bob")
    world.says("Bob", "\u8bed\u8a00 \u82f1\u6587")
    assert "English" in world.heard("Bob")


def test_each_person_and_the_channel_read_their_own_language_of_one_event(world: World) -> None:
    world.says("Grace", "language zh")
    world.heard("Grace")
    world.says("Bob", DAY["en"]["said"]["new"])
    world.says("Bob", "#1 blocked: no test rig")

    assert "blocked" in world.heard("Bob")
    told = world.heard("Grace")
    assert HAN.search(told)
    assert "no test rig" in told
    world.at("2026-11-27 17:00")
    assert "In the way" in world.posted()[-1]
