"""Follow-ups are asked of those they are for, and each question when its turn has come."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.follow_ups import questions_on, that_apply
from services.programme_file import ProgrammeError, read

START = """organization: {name: Acme, time_zone: Asia/Shanghai}
people: [{name: Ana, slack: U0ANA}]
teams:
  - name: Product
    members: [Ana]
    check_ins:
      - name: Weekly
        rhythm: FREQ=WEEKLY;BYDAY=MO
        at: "09:30"
        anonymous: %s
        questions:
"""
WRONG = [
    ("{ask: {en: A}, when: {question: load, above: 3}}", "no earlier question has the id 'load'"),
    ("{ask: {en: A}, kind: choice}", "a choice needs options"),
    ("{ask: {en: A}, kind: choice, options: [S]}", "at least 2 items"),
    ("{ask: {en: A}, unit: kg}", "unit belongs to kind: number"),
    ("{ask: {en: A}, kind: scale, low: 5, high: 5}", "a scale goes up"),
    ("{ask: {en: A}, kind: scale, low: 0, high: 50}", "a scale goes up"),
    ("{ask: {en: A}, kind: number, min: 9, max: 3}", "min must be below max"),
    ("{ask: {en: A}, kind: riddle}", "Input should be"),
    ("{ask: {en: A}, prefill: plan}", "belong together"),
    ("{ask: {en: A}, prefill: plan, from: nowhere}", "no question has the id 'nowhere'"),
    ("{ask: {en: A}, every: fortnight}", "every"),
    ("{ask: {en: A}, every: month}", "at least one question must be asked every time"),
    ("{ask: {en: A}, id: Big One}", "small letters"),
    ("{ask: {en: A}, when: {question: a}}", "say exactly one of"),
]


def problems(questions: str, anonymous: str = "false") -> list[tuple[int, str]]:
    lines = "".join(f"          - {line}\n" for line in questions.splitlines())
    with pytest.raises(ProgrammeError) as caught:
        read(START % anonymous + lines)
    return caught.value.problems


@pytest.mark.parametrize(("question", "sentence"), WRONG)
def test_a_question_that_makes_no_sense_is_named_with_its_line(question: str, sentence: str) -> None:
    (line, said), *_ = problems(question)
    assert sentence in said
    assert line == 12


def test_questions_that_contradict_each_other_are_named_with_their_lines() -> None:
    found = problems(
        "{ask: {en: A}, id: a, kind: choice, options: [S, M]}\n"
        "{ask: {en: B}, id: a}\n"
        "{ask: {en: C}, when: {question: a, is: L}}\n"
        "{ask: {en: D}, when: {question: a, above: 3}}\n"
        "{ask: {en: E}, id: e, kind: mood}\n"
        "{ask: {en: F}, when: {question: e, is: bad}}"
    )
    assert [line for line, _ in found] == [13, 14, 15, 17]
    assert "'L' is not one of its options" in found[1][1]


def test_what_names_its_author_is_not_asked_anonymously() -> None:
    found = problems(
        "{ask: {en: A}, kind: blocker}\n{ask: {en: B}, kind: action_status}\n{ask: {en: C}, prefill: last}", "yes"
    )
    assert [line for line, _ in found] == [12, 13, 14]


def given(**answers: tuple[str, str | None]) -> dict[int, Any]:
    return {int(name[1:]): SimpleNamespace(text=text, value=value) for name, (text, value) in answers.items()}


QUESTIONS: list[dict[str, Any]] = [
    {"ask": {"en": "Load?"}, "kind": "scale", "id": "load", "low": 1, "high": 5},
    {"ask": {"en": "What would help?"}, "id": "help", "when": {"question": "load", "above": 3.0}},
    {"ask": {"en": "By whom?"}, "when": {"question": "help", "answered": True}},
    {"ask": {"en": "Where?"}, "kind": "choice", "id": "where",
     "options": [{"en": "Home", "zh": "\u5bb6"}, {"en": "Desk"}]},
    {"ask": {"en": "Desk?"}, "when": {"question": "where", "in": ["Desk"]}},
    {"ask": {"en": "Blocked?"}, "kind": "blocker", "id": "way"},
    {"ask": {"en": "Since when?"}, "when": {"question": "way", "answered": True}},
]  # fmt: skip


def test_a_follow_up_is_asked_only_where_its_condition_holds() -> None:
    assert that_apply(QUESTIONS, {}) == [0, 3, 5]
    assert that_apply(QUESTIONS, given(q0=("3/5", "3"))) == [0, 3, 5]
    assert that_apply(QUESTIONS, given(q0=("4/5", "4"))) == [0, 1, 3, 5]
    assert that_apply(QUESTIONS, given(q0=("4/5", "4"), q1=("a tester", None))) == [0, 1, 2, 3, 5]
    assert that_apply(QUESTIONS, given(q3=("Desk", "1"))) == [0, 3, 4, 5]
    assert that_apply(QUESTIONS, given(q3=("\u5bb6", "0"))) == [0, 3, 5]
    assert that_apply(QUESTIONS, given(q5=("no rig", None))) == [0, 3, 5, 6]
    assert that_apply(QUESTIONS, given(q5=("nothing", "none"))) == [0, 3, 5]


def test_what_hangs_on_a_hidden_answer_is_hidden_too() -> None:
    assert that_apply(QUESTIONS, given(q0=("2/5", "2"), q1=("a tester", None))) == [0, 3, 5]


MONTHLY = {"ask": {"en": "Month?"}, "kind": "text", "every": "month"}
FOURTH = {"ask": {"en": "Fourth?"}, "kind": "text", "every": 4}
ALWAYS = {"ask": {"en": "Always?"}, "kind": "text"}
QUARTERLY = {"ask": {"en": "Quarter?"}, "kind": "text", "every": "quarter"}


def test_each_question_has_its_own_rhythm() -> None:
    """A year of Mondays, of which the first of March is not held."""
    earlier: list[tuple[date, list[dict[str, Any]]]] = []
    day = date(2026, 1, 5)
    while day.year == 2026:
        if day != date(2026, 3, 2):
            earlier.insert(0, (day, questions_on(day, [ALWAYS, MONTHLY, FOURTH, QUARTERLY], earlier)))
        day += timedelta(days=7)
    monthly = [on for on, asked in earlier if MONTHLY in asked]
    assert [(on.month, on.day) for on in reversed(monthly)][:4] == [(1, 5), (2, 2), (3, 9), (4, 6)]
    assert len(monthly) == 12
    assert [on.month for on, asked in reversed(earlier) if QUARTERLY in asked] == [1, 4, 7, 10]
    held = [number for number, (_, asked) in enumerate(reversed(earlier)) if FOURTH in asked]
    assert held == list(range(0, 51, 4))
    assert all(ALWAYS in asked for _, asked in earlier)
