"""Every kind of question reads what people really type, says what is wrong with the rest, and loses nothing."""

import tomllib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.question_kinds import (
    Read,
    Unread,
    change,
    is_no_blocker,
    number_in,
    options,
    plain_number,
    read,
    shown,
)
from services.render import TEMPLATES

HOURS = {"ask": {"en": "Hours?"}, "kind": "number", "unit": {"en": "h", "zh": "\u5c0f\u65f6"}, "min": 0.0, "max": 80.0}
LOAD = {
    "ask": {"en": "Load?"}, "kind": "scale", "low": 1, "high": 5,
    "low_means": {"en": "calm", "zh": "\u8f7b\u677e"}, "high_means": {"en": "drowning"},
}  # fmt: skip
WHERE: dict[str, Any] = {
    "ask": {"en": "Where?"}, "kind": "choice",
    "options": [{"en": "Home", "zh": "\u5bb6\u91cc"}, {"en": "Office"}, {"en": "3", "zh": "3"}],
}  # fmt: skip
FULL_WIDTH = str.maketrans(
    "0123456789.,-", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff0e\uff0c\uff0d"
)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", "3"), ("3.5", "3.5"), ("3,5", "3.5"), ("3,50 h", "3.5"), ("\uff13\uff0e\uff15", "3.5"), ("12h", "12"),
        (" 40 H ", "40"), ("0", "0"), ("7.", "7"), (".5", "0.5"), ("\uff18\u5c0f\u65f6", "8"),
        ("+4", "4"), ("3\uff0c5", "3.5"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(typed: str, value: str) -> None:
    assert read(HOURS, typed, "en") == Read(f"{value} h", value)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abc", "number"), ("", "number"), ("3 or 4", "number"), ("3..5", "number"), ("1e9", "number"),
        ("nan", "number"), ("-1", "too_small"), ("81", "too_large"), ("about 5", "number"),
        ("--5", "number"), ("9" * 60, "number"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_named(typed: str, code: str) -> None:
    wrong = read(HOURS, typed, "en")
    assert isinstance(wrong, Unread)
    assert wrong.code == code


@pytest.mark.parametrize(
    ("typed", "value"),
    [("1,200", "1200"), ("1.200,5", "1200.5"), ("1,200,300.25", "1200300.25"), ("-3", "-3"), ("\u22123,5", "-3.5")],
)
def test_signs_of_thousands_and_minus_signs_are_understood(typed: str, value: str) -> None:
    assert number_in(typed) == Decimal(value)


@given(st.decimals(min_value=-99999, max_value=99999, places=3), st.sampled_from([".", ","]), st.booleans())
def test_every_number_that_is_shown_is_read_back_the_same(number: Decimal, sign: str, wide: bool) -> None:
    written = plain_number(number)
    if sign == "," and len(written.partition(".")[2]) == 3:
        return  # "1,234" is one thousand two hundred and thirty-four
    typed = written.replace(".", sign).translate(FULL_WIDTH if wide else {})
    assert number_in(typed) == number


@given(st.integers(-20, 20), st.integers(1, 10), st.text(max_size=12))
def test_a_scale_takes_its_own_steps_and_nothing_else(low: int, steps: int, text: str) -> None:
    question = {"ask": {"en": "?"}, "kind": "scale", "low": low, "high": low + steps}
    for number in range(low, low + steps + 1):
        assert read(question, str(number), "en") == Read(f"{number}/{low + steps}", str(number))
    assert isinstance(read(question, str(low - 1), "en"), Unread)
    assert isinstance(read(question, str(low + steps + 1), "en"), Unread)
    taken = read(question, text, "en")
    assert isinstance(taken, Unread) or low <= int(taken.value or "") <= low + steps


def test_a_scale_knows_the_words_of_its_ends_and_its_own_way_of_writing() -> None:
    assert [read(LOAD, typed, "en") for typed in ("calm", "\u8f7b\u677e\u3002", "Drowning!", "4/5", "\uff14")] == [
        Read("1/5", "1"), Read("1/5", "1"), Read("5/5", "5"), Read("4/5", "4"), Read("4/5", "4"),
    ]  # fmt: skip
    assert read(LOAD, "4.5", "en") == Unread("scale", {"low": "1", "high": "5"})


def test_a_choice_is_typed_in_any_language_by_its_label_or_its_place() -> None:
    assert read(WHERE, "home", "zh") == Read("\u5bb6\u91cc", "0")
    assert read(WHERE, "\u5bb6\u91cc", "en") == Read("Home", "0")
    assert read(WHERE, "2", "en") == Read("Office", "1")
    assert read(WHERE, "3", "en") == Read("3", "2")
    assert read(WHERE, "moon", "en") == Unread("choice", {"options": "Home / Office / 3"})


def test_every_button_says_a_word_that_is_read_as_that_button() -> None:
    for question in (LOAD, WHERE, {"ask": {"en": "?"}, "kind": "yes_no"}, {"ask": {"en": "?"}, "kind": "mood"}):
        for locale in ("en", "zh"):
            for option in options(question, locale):
                taken = read(question, option["value"], locale)
                assert isinstance(taken, Read)
                key = option.get("key")
                labels = [option["text"]] if key is None else [_label(each, key) for each in ("en", "zh")]
                assert all(read(question, label, locale) == taken for label in labels)


def _label(locale: str, key: str) -> str:
    table = tomllib.loads((TEMPLATES / locale / "words.toml").read_text("utf-8"))
    return str(table["labels"][key])


def test_an_answer_is_shown_in_the_language_of_who_reads_it() -> None:
    assert shown(WHERE, "Home", "0", "zh") == "\u5bb6\u91cc"
    assert shown({"ask": {}, "kind": "yes_no"}, "Yes", "yes", "zh") == "\u662f"
    assert shown(LOAD, "4/5", "4", "zh") == "4/5"
    assert shown(HOURS, "12 h", "12", "zh") == "12 \u5c0f\u65f6"
    assert (change("12", "14.5"), change("12", "9"), change("3", "3")) == ("+2.5", "-3", "")


@pytest.mark.parametrize(
    "words", ["nothing", "None.", "no", "n/a", "\u65e0", "\u6ca1\u6709", "\u6682\u65e0\u3002", "No blockers!"]
)
def test_words_that_say_nothing_raise_no_blocker(words: str) -> None:
    assert is_no_blocker(words)
    assert read({"ask": {}, "kind": "blocker"}, words, "en") == Read(words, "none")


def test_words_that_only_begin_so_do_raise_one() -> None:
    assert not any(
        map(is_no_blocker, ("no test rig", "nothing works", "\u6ca1\u6709\u6d4b\u8bd5\u53f0", "none of us has a key"))
    )
