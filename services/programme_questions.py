"""The questions of a programme file, as checked values: their kinds, when they are asked, what they start from."""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.limits import OPTION_CHARACTERS

Name = Annotated[str, Field(min_length=1, max_length=80)]
Locale = Literal["en", "zh"]
Kind = Literal["text", "choice", "scale", "number", "yes_no", "blocker", "action_status", "mood"]
COMPARED = {
    "is": ("text", "choice", "scale", "number", "yes_no"),
    "in": ("text", "choice", "scale", "number"),
    "below": ("scale", "number"),
    "above": ("scale", "number"),
    "answered": ("text", "choice", "scale", "number", "yes_no", "blocker"),
}
"""What a condition may ask of which kind. How somebody feels decides about nothing."""
BELONGS_TO = {
    "options": "choice", "low": "scale", "high": "scale", "low_means": "scale", "high_means": "scale",
    "unit": "number", "min": "number", "max": "number",
}  # fmt: skip
NAMES_ITS_AUTHOR = ("blocker", "action_status")
MOST_STEPS = 10
CHECKED = ConfigDict(extra="forbid", str_strip_whitespace=True, populate_by_name=True)
Path = tuple[Any, ...]
Problem = tuple[Path, str]


def _an_id(value: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_]{0,30}", value):
        raise ValueError(f"{value!r} will not do: small letters, digits and _, such as what_moved")
    return value


def _in_all_languages(value: Any) -> Any:
    """`S` is short for {en: S, zh: S}."""
    return {"en": value, "zh": value} if isinstance(value, str) else value


def _rounds(value: Any) -> Any:
    """Every scalar of the file comes as it is written."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


Id = Annotated[str, AfterValidator(_an_id)]
Label = Annotated[
    dict[Locale, Annotated[str, Field(min_length=1, max_length=OPTION_CHARACTERS)]],
    Field(min_length=1),
    BeforeValidator(_in_all_languages),
]
Every = Annotated[Literal["week", "month", "quarter"] | Annotated[int, Field(ge=2, le=60)], BeforeValidator(_rounds)]


class ConditionPart(BaseModel):
    """Asked only if an earlier question was answered so: `{question: load, above: 3}`."""

    model_config = CHECKED

    question: Id
    is_: str | None = Field(default=None, alias="is")
    in_: list[str] | None = Field(default=None, alias="in", min_length=1)
    below: float | None = None
    above: float | None = None
    answered: bool | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "ConditionPart":
        if len(self.model_fields_set - {"question"}) != 1:
            raise ValueError(f"say exactly one of {', '.join(COMPARED)}")
        return self

    def test(self) -> tuple[str, Any]:
        """("above", 3.0)"""
        said = self.model_dump(by_alias=True, exclude_none=True, exclude={"question"})
        return next(iter(said.items()))


class QuestionPart(BaseModel):
    """`every`: once a week, month or quarter, or every so many Rounds. `prefill`: what the answer starts from: the
    last answer to it, or the last answer to the question `from`, which was the plan."""

    model_config = CHECKED

    ask: dict[Locale, Annotated[str, Field(min_length=1, max_length=1000)]] = Field(min_length=1)
    kind: Kind = "text"
    id: Id | None = None
    options: list[Label] | None = Field(default=None, min_length=2, max_length=10)
    low: int | None = None
    high: int | None = None
    low_means: Label | None = None
    high_means: Label | None = None
    unit: Label | None = None
    min: float | None = None
    max: float | None = None
    when: ConditionPart | None = None
    every: Every | None = None
    prefill: Literal["last", "plan"] | None = None
    from_: Id | None = Field(default=None, alias="from")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "QuestionPart":
        for name, kind in BELONGS_TO.items():
            if getattr(self, name) is not None and kind != self.kind:
                raise ValueError(f"{name} belongs to kind: {kind}")
        if self.kind == "choice" and self.options is None:
            raise ValueError("a choice needs options")
        if self.kind == "scale":
            self._is_a_scale()
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError("min must be below max")
        if (self.prefill == "plan") != (self.from_ is not None):
            raise ValueError("prefill: plan and from: <the id of the plan's question> belong together")
        return self

    def _is_a_scale(self) -> None:
        self.low, self.high = 1 if self.low is None else self.low, 5 if self.high is None else self.high
        if not 1 <= self.high - self.low <= MOST_STEPS:
            raise ValueError(f"a scale goes up from low to high in at most {MOST_STEPS} steps")

    def as_row(self) -> dict[str, Any]:
        """As a CheckIn keeps it: only what is said."""
        return self.model_dump(by_alias=True, exclude_none=True)


def contradictions(questions: Sequence[QuestionPart], anonymous: bool) -> Iterator[Problem]:
    """Where they refer to each other wrongly; paths begin at ("questions", n)."""
    known: dict[str, QuestionPart] = {}
    for number, question in enumerate(questions):
        path = ("questions", number)
        yield from _of_one(question, known, path, anonymous)
        if question.id in known:
            yield (*path, "id"), f"the id {question.id!r} stands here twice"
        elif question.id is not None:
            known[question.id] = question
    yield from _plans_unknown(questions, known)
    if questions and all(question.every is not None for question in questions):
        yield ("questions", 0, "every"), "at least one question must be asked every time: leave out its `every`"


def _of_one(question: QuestionPart, known: dict[str, QuestionPart], path: Path, anonymous: bool) -> Iterator[Problem]:
    if anonymous and question.kind in NAMES_ITS_AUTHOR:
        yield (*path, "kind"), f"{question.kind} names its author: it cannot be asked anonymously"
    if anonymous and question.prefill is not None:
        yield (*path, "prefill"), "nobody knows the last answer to an anonymous question"
    if question.when is not None:
        wrong = _wrong_condition(question.when, known)
        if wrong:
            yield (*path, "when"), wrong


def _wrong_condition(when: ConditionPart, known: dict[str, QuestionPart]) -> str | None:
    asked = known.get(when.question)
    if asked is None:
        return f"no earlier question has the id {when.question!r}"
    test, value = when.test()
    if asked.kind not in COMPARED[test]:
        return f"{test!r} cannot be asked of kind: {asked.kind}"
    wanted = value if test == "in" else [value] if test == "is" else []
    return next((wrong for wrong in (_never(asked, each) for each in wanted) if wrong), None)


def _never(asked: QuestionPart, value: str) -> str | None:
    """Why this answer cannot be given."""
    if asked.kind == "choice" and value not in {label for option in asked.options or [] for label in option.values()}:
        return f"{value!r} is not one of its options"
    if asked.kind == "yes_no" and value not in ("yes", "no"):
        return "say yes or no"
    if asked.kind in ("scale", "number") and not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return f"{value!r} is not a number"
    return None


def _plans_unknown(questions: Sequence[QuestionPart], known: dict[str, QuestionPart]) -> Iterator[Problem]:
    """A plan is often asked for after what was done."""
    for number, question in enumerate(questions):
        if question.from_ is not None and question.from_ not in known:
            yield ("questions", number, "from"), f"no question has the id {question.from_!r}"
