"""One question as it is put to one person: its words, what he said so far or last time, and what he can press."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from models.check_ins import Answer, Response, Round
from models.ledger import Action
from services import answers, prefill
from services.question_kinds import (
    Question,
    ends_of,
    in_words,
    kind_of,
    options,
    plain_number,
    shown,
    unit_of,
    with_unit,
)
from services.render import day

STATUSES = (("done", "mark_done"), ("in_progress", "mark_moving"), ("behind", "mark_behind"))


@dataclass(frozen=True)
class Asked:
    """`place` of `count`; `before`: the draft, `last`: the last answer, both to be read; `item`: the number of the item
    it is about; `options`: as an open question keeps them."""

    number: int
    place: int
    count: int
    text: str
    hint: str
    before: str
    last: str
    options: list[dict[str, Any]]
    item: int | None

    def answers(self) -> list[dict[str, Any]]:
        """The options that answer it on their own: the whole check-in has a button for the same as last time."""
        return [each for each in self.options if each.get("key") != "same_answer"]

    def words(self) -> dict[str, Any]:
        """For the templates."""
        return {
            "number": self.place, "count": self.count, "question": self.text, "hint": self.hint,
            "before": self.before, "last": self.last,
        }  # fmt: skip


def asked(session: Session, response: Response, number: int, locale: str) -> Asked:
    round_ = answers.round_of(session, response)
    question = round_.questions[number]
    order = answers.asked(session, response)
    place = order.index(number) + 1 if number in order else number + 1
    if kind_of(question) == "action_status":
        return _about_an_item(session, response, number, locale, (place, len(order)))
    before, last = _so_far(session, response, round_, number, locale)
    return Asked(
        number, place, max(place, len(order)), in_words(question["ask"], locale), hint(question, locale),
        before.get("shown", ""), last.get("shown", ""),
        [*options(question, locale), *_again(before, "keep"), *_again(last, last.get("key", "same_answer"))], None,
    )  # fmt: skip


def _about_an_item(session: Session, response: Response, number: int, locale: str, where: tuple[int, int]) -> Asked:
    question = answers.round_of(session, response).questions[number]
    item = next(iter(answers.items_left(session, response, number)), None)
    presses = [{"value": value, "key": key} for value, key in STATUSES]
    text = in_words(question["ask"], locale)
    hint = _where_it_stands(item, locale) if item else ""
    return Asked(number, *where, text, hint, "", "", presses if item else [], item.number if item else None)


def _where_it_stands(item: Action, locale: str) -> str:
    return f"#{item.number} {item.title} · {item.progress}% · {day(locale, item.due_on)}"


def _so_far(
    session: Session, response: Response, round_: Round, number: int, locale: str
) -> tuple[dict[str, str], dict[str, str]]:
    """The draft, else the last answer, each as it is read and as it is typed. Nothing anonymous is said back."""
    question = round_.questions[number]
    if round_.anonymous:
        return {}, {}
    draft = answers.given(session, response).get(number)
    if draft is not None:
        return _both(question, draft, locale), {}
    earlier = prefill.earlier_of(session, response, round_)
    if question.get("prefill") == "plan":
        plan = prefill.plan_for(question, earlier)
        return {}, {**_both(question, plan, locale), "key": "as_planned"} if plan else {}
    last = prefill.last_answer(question, earlier)
    return {}, _both(question, last, locale) if last else {}


def _both(question: Question, answer: Answer, locale: str) -> dict[str, str]:
    """Empty where the question changed so that it is no answer any more."""
    given = prefill.as_now(question, answer, locale)
    if given is None:
        return {}
    return {"shown": shown(question, given.text, given.value, locale), "typed": prefill.typed(question, given)}


def _again(said: dict[str, str], key: str) -> list[dict[str, Any]]:
    return [{"value": said["typed"], "key": key}] if said else []


def hint(question: Question, locale: str) -> str:
    """What the ends of a scale mean; a number's unit and limits. In no language but the question's own."""
    kind = kind_of(question)
    if kind == "scale":
        low, high = ends_of(question)
        ends = ((low, question.get("low_means")), (high, question.get("high_means")))
        said = [f"{end} = {in_words(words, locale)}" for end, words in ends if words]
        return " · ".join(said) if said else f"{low} – {high}"
    return _limits(question, unit_of(question, locale)) if kind == "number" else ""


def _limits(question: Question, unit: str) -> str:
    low, high = (plain_number(Decimal(str(question[key]))) if key in question else "" for key in ("min", "max"))
    if low and high:
        return f"{low} – {with_unit(high, unit)}"
    if low or high:
        return f"{'≥' if low else '≤'} {with_unit(low or high, unit)}"
    return unit
