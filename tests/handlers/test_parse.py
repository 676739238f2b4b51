"""What a message is read as: every line of tests/corpus, and what holds for any text at all."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.intents import Reading, Said, UpdateAction
from handlers.understanding.parse import parse
from handlers.understanding.score import read, score
from handlers.understanding.understand import understand

CORPUS = Path(__file__).parent.parent / "corpus"
PROMISES = Path(__file__).parents[2] / "docs" / "promises.md"
NOW = datetime(2026, 11, 25, 10, tzinfo=ZoneInfo("Asia/Shanghai"))

Line = dict[str, Any]


def corpus() -> list[Line]:
    return [
        json.loads(line) | {"file": f"{path.stem}:{place}"}
        for path in sorted(CORPUS.glob("*.jsonl"))
        for place, line in enumerate(path.read_text("utf-8").splitlines(), 1)
    ]


def parsed(text: str, open_question: bool = False, names: tuple[str, ...] = ()) -> Reading:
    zone = ZoneInfo("Asia/Shanghai")
    return parse(text, now=NOW, zone=zone, locale="en", open_question=open_question, names=names)


@pytest.mark.parametrize("name", sorted(path.stem for path in CORPUS.glob("*.jsonl")))
def test_it_reads_every_line_of_the_corpus_as_a_person_would(name: str) -> None:
    lines = [line for line in corpus() if line["file"].startswith(f"{name}:")]
    assert {line["file"]: (line["text"], read(line)) for line in lines if read(line) != line["expected"]} == {}


def test_the_corpus_holds_at_least_six_hundred_different_utterances() -> None:
    assert len({(line["text"], line["open_question"], line["now"]) for line in corpus()}) >= 600


def test_the_score_is_the_one_published() -> None:
    """Wrong but confident above all: it is published in docs/promises.md and may not grow."""
    counted = score(corpus())
    figures = (counted.total(), counted["right"], counted["asked_back"], counted["wrong"])
    assert f"| all of `tests/corpus/` | {' | '.join(map(str, figures))} |" in PROMISES.read_text("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400), st.booleans())
@settings(max_examples=300, deadline=None)
def test_it_reads_something_in_any_text(text: str, open_question: bool) -> None:
    assert parsed(text, open_question).intents


WORDS = [
    *("#12", "#", "12", "60%", "done", "blocked", "not", "by", "Friday", "next", "@bob", "thanks", "coach", "new"),
    *("later", "away", "skip", "until", "for", ",", ";", "\n", ":", "?", " ", "  ", "\u200b", "\u202e", "\x00", "and"),
    *(word for line in corpus()[::40] for word in line["text"].split()),
]


@given(st.lists(st.sampled_from(WORDS), max_size=25), st.booleans(), st.sampled_from([" ", ""]))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_reads_something_in_any_pile_of_its_own_words(words: list[str], open_question: bool, glue: str) -> None:
    assert parsed(glue.join(words), open_question).intents


@pytest.mark.parametrize(
    "text", ["#12 isblocked", "#12 push it acoupleof weeks", "later halfan hour", "#12 fortyfive %"]
)
def test_a_missing_space_between_words_changes_nothing(text: str) -> None:
    spaced = {"isblocked": "is blocked", "acoupleof": "a couple of", "halfan": "half an", "fortyfive": "forty five"}
    right = " ".join(spaced.get(word, word) for word in text.split())
    assert parsed(text).intents == parsed(right).intents


PILES = [
    *("a", "#1", "#1 ", "#1,", "#1 done, ", " ", "1", "@a ", "done ", "not ", "\n", "please ", "until ", "by Friday "),
    *("thanks @bob ", "board\n", "12/5 ", "60% ", "away ", "5 why ", "( ", ".", "in 2 weeks ", "and ", "-", "x #1 y "),
    *("\u200b", "\u202e", "#1 blocked by #2 ", "new @a by Friday ", "finished 1 and 2, "),
    *(
        "b1 resolved ",
        "1on1 @a thu ",
        "notes @a ",
        "calendar https://x ",
        "\U0001f64f",
        "same. ",
        "please. ",
        "@a is away ",
    ),
]


@pytest.mark.parametrize("unit", PILES)
@pytest.mark.parametrize("size", [5_900, 100_000])
@pytest.mark.parametrize("open_question", [False, True])
def test_a_long_message_takes_no_longer_than_its_length(unit: str, size: int, open_question: bool) -> None:
    text = unit * (size // len(unit))
    started = time.process_time()
    parsed(text, open_question)
    assert time.process_time() - started < 1.0


@given(st.lists(st.sampled_from(["I", "worked", "on", "the", "rig", "done", "board", "blocked", "help"]), min_size=3))
@settings(max_examples=150, deadline=None)
def test_prose_during_a_question_is_the_answer_word_for_word(words: list[str]) -> None:
    text = "We " + " ".join(words) + " with the customer"
    assert parsed(text, open_question=True).intents == (Said(text),)


@pytest.mark.parametrize("number", [1, 12, 400])
@pytest.mark.parametrize("text", ["closed {} tickets", "finished {} of 900 parts", "we are {} people"])
def test_it_never_reads_a_counted_thing_as_an_action(text: str, number: int) -> None:
    assert not [intent for intent in parsed(text.format(number)).intents if isinstance(intent, UpdateAction)]


def test_the_longest_known_name_after_an_at_sign_is_the_person() -> None:
    reading = parsed("thanks @Ana Ruiz Soto for the demo", names=("Ana", "Ana Ruiz Soto", "Bob"))
    assert [getattr(intent, "who", None) for intent in reading.intents] == [("Ana Ruiz Soto",)]


def test_a_known_name_needs_no_at_sign() -> None:
    reading = parsed("thanks ana ruiz for the demo", names=("Ana Ruiz",))
    assert [getattr(intent, "who", None) for intent in reading.intents] == [("ana ruiz",)]


def test_a_second_owner_is_asked_about_and_both_are_kept() -> None:
    reading = parsed("new fix the rig @bob @ana by Dec 5 measure zero red builds")
    assert reading.asked_back
    assert getattr(reading.intents[0], "owner_options", None) == ("bob", "ana")


def test_an_ambiguous_date_keeps_both_readings() -> None:
    reading = parsed("#12 due 5/12")
    assert [day.isoformat() for day in getattr(reading.intents[0], "due_options", ())] == ["2027-05-12", "2026-12-05"]


def test_an_action_cited_in_thanks_is_evidence() -> None:
    assert getattr(parsed("thanks @bob for #12 #craft").intents[0], "evidence", None) == (12,)


GOOD = {"text": "hi", "now": "2026-11-25T10:00:00+08:00", "time_zone": "Asia/Shanghai", "locale": "en"}


WRONG = [
    *(("text", None), ("text", 3), ("now", None), ("now", "soon"), ("now", "2026-11-25T10:00:00"), ("time_zone", None)),
    *(("time_zone", "Mars/Base"), ("time_zone", "../etc"), ("locale", "fr"), ("open_question", "yes")),
]


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_line_that_cannot_be_understood_names_the_field(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{field}:"):
        understand(GOOD | {field: value})
