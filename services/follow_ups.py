"""Which questions of a Round are asked: on its day by their cadence, of a person by his answers so far. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from services.question_kinds import NO_BLOCKER, Question, find, kind_of


class Given(Protocol):
    """An answer."""

    @property
    def text(self) -> str: ...
    @property
    def value(self) -> str | None: ...


def questions_on(
    on_date: date, questions: Sequence[Question], earlier: Sequence[tuple[date, Sequence[Question]]]
) -> list[Question]:
    """Those whose turn it is. `earlier`: the Rounds held before with what they asked, the newest first."""
    return [question for question in questions if _has_its_turn(question, on_date, earlier)]


def _has_its_turn(question: Question, on_date: date, earlier: Sequence[tuple[date, Sequence[Question]]]) -> bool:
    every = question.get("every")
    if every is None:
        return True
    if isinstance(every, int):
        lately = earlier[: every - 1]
    else:
        lately = [each for each in earlier if _period(every, each[0]) == _period(every, on_date)]
    return all(find(question, asked) is None for _, asked in lately)


def _period(every: str, day: date) -> tuple[int, int]:
    if every == "week":
        return day.isocalendar()[:2]
    return day.year, day.month if every == "month" else (day.month - 1) // 3


def that_apply(questions: Sequence[Question], given: Mapping[int, Given]) -> list[int]:
    """The numbers of the questions whose conditions hold: they look at earlier answers only, and at no hidden one."""
    apply: list[int] = []
    for number, question in enumerate(questions):
        if _holds(question.get("when"), questions, {each: given[each] for each in apply if each in given}):
            apply.append(number)
    return apply


def _holds(when: dict[str, Any] | None, questions: Sequence[Question], given: Mapping[int, Given]) -> bool:
    if when is None:
        return True
    number = next((n for n, question in enumerate(questions) if question.get("id") == when["question"]), None)
    answer = given.get(number) if number is not None else None
    if number is None or answer is None:
        return when.get("answered") is False
    return _is_so(when, questions[number], answer)


def _is_so(when: dict[str, Any], question: Question, answer: Given) -> bool:
    if "answered" in when:
        return bool(when["answered"]) == (answer.value != NO_BLOCKER or kind_of(question) != "blocker")
    if "below" in when or "above" in when:
        number = Decimal(answer.value or 0)
        return number < Decimal(str(when["below"])) if "below" in when else number > Decimal(str(when["above"]))
    wanted = when["in"] if "in" in when else [when["is"]]
    return any(_equals(question, answer, each) for each in wanted)


def _equals(question: Question, answer: Given, wanted: str) -> bool:
    kind = kind_of(question)
    if kind == "choice":
        return wanted in question["options"][int(answer.value or 0)].values()
    if kind in ("scale", "number"):
        return Decimal(answer.value or 0) == Decimal(wanted)
    if kind == "yes_no":
        return answer.value == wanted
    return answer.text.strip().casefold() == wanted.strip().casefold()
