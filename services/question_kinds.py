"""The kinds of questions: how an answer, typed or pressed, is read, what its buttons are, how it is shown. Pure.

A question is the dict a Round keeps: see services/programme_questions.py: QuestionPart.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from services.render import TEMPLATES, label

Question = dict[str, Any]
WORDS: dict[str, list[str]] = tomllib.loads((TEMPLATES / "answers.toml").read_text("utf-8"))
"""Words that answer the bot's questions, in all languages."""
MOODS = ("great", "good", "okay", "low", "bad")
LOCALES = ("en", "zh")
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")
THOUSANDS = re.compile(r"([0-9]{1,3})((?:[, '][0-9]{3})+)((?:\.[0-9]+)?)$")
EUROPEAN = re.compile(r"([0-9]{1,3})((?:\.[0-9]{3})+),([0-9]+)$")
SIGNS = ("", "%", "\u2030", "\u00b0")
"""Units that follow the number without a space."""
NO_BLOCKER = "none"


@dataclass(frozen=True)
class Read:
    """`text` is what a reader reads, `value` what it stands for where the kind has values."""

    text: str
    value: str | None = None


@dataclass(frozen=True)
class Unread:
    """What is wrong with it: a code of the template answer_unread, and what belongs to that code."""

    code: str
    values: dict[str, str] = field(default_factory=dict)


def kind_of(question: Question) -> str:
    return str(question.get("kind", "text"))


def in_words(words: dict[str, str], locale: str) -> str:
    """In that language, else in the first it was written in."""
    return words.get(locale) or next(iter(words.values()))


def folded(text: str) -> str:
    """One width, one case, without the signs and spaces around it."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain.strip().strip(WORDS["trimmed_signs"][0]).strip()


def read(question: Question, text: str, locale: str) -> Read | Unread:
    return READERS.get(kind_of(question), _words)(question, text.strip(), locale)


def _words(_question: Question, text: str, _locale: str) -> Read:
    return Read(text)


def _blocker(_question: Question, text: str, _locale: str) -> Read:
    return Read(text, NO_BLOCKER if is_no_blocker(text) else None)


def is_no_blocker(text: str) -> bool:
    """ "nothing", "none", "n/a": no blocker is raised by it."""
    return folded(text) in WORDS["no_blocker"]


def _choice(question: Question, text: str, locale: str) -> Read | Unread:
    """Its label in any language, else its place: the first is 1."""
    options: list[dict[str, str]] = question["options"]
    named = [number for number, each in enumerate(options) if folded(text) in map(folded, each.values())]
    number = named[0] if named else _place(text, len(options))
    if number is None:
        return Unread("choice", {"options": " / ".join(in_words(each, locale) for each in options)})
    return Read(in_words(options[number], locale), str(number))


def _place(text: str, count: int) -> int | None:
    typed = folded(text)
    number = int(typed) - 1 if re.fullmatch("[0-9]{1,2}", typed) else -1
    return number if 0 <= number < count else None


def _yes_no(_question: Question, text: str, locale: str) -> Read | Unread:
    for value in ("yes", "no"):
        if folded(text) in WORDS[value]:
            return Read(label(locale, value), value)
    return Unread("yes_no")


def _mood(_question: Question, text: str, locale: str) -> Read | Unread:
    """The word, with or without its face, or the face alone."""
    for mood in MOODS:
        labels = [label(each, f"mood_{mood}") for each in LOCALES]
        known = [mood, *labels, *(part for each in labels for part in each.split(" ", 1))]
        if folded(text) in map(folded, known) or text in known:
            return Read(label(locale, f"mood_{mood}"), mood)
    number = _place(text, len(MOODS))
    if number is None:
        return Unread("choice", {"options": " / ".join(label(locale, f"mood_{mood}") for mood in MOODS)})
    return Read(label(locale, f"mood_{MOODS[number]}"), MOODS[number])


def ends_of(question: Question) -> tuple[int, int]:
    return int(question.get("low", 1)), int(question.get("high", 5))


def _scale(question: Question, text: str, _locale: str) -> Read | Unread:
    """ "4", "4/5", or the word of one end."""
    low, high = ends_of(question)
    for end, key in ((low, "low_means"), (high, "high_means")):
        if folded(text) in map(folded, question.get(key, {}).values()):
            return Read(f"{end}/{high}", str(end))
    number = number_in(re.sub(rf"\s*/\s*{high}$", "", _figures(text)))
    if number is None or number != number.to_integral_value() or not low <= number <= high:
        return Unread("scale", {"low": str(low), "high": str(high)})
    return Read(f"{int(number)}/{high}", str(int(number)))


def _figures(text: str) -> str:
    """Folded, but for what stands before: ".5" is a half."""
    return unicodedata.normalize("NFKC", text).casefold().strip().rstrip(WORDS["trimmed_signs"][0])


def number_in(text: str) -> Decimal | None:
    """The number a text is: "3.5", "3,5", "1,200", "1.200,5", in digits of any width; None if it is not one."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u3001", ",").strip()
    sign, digits = ("-" if plain.startswith("-") else ""), plain.lstrip("+-").strip()
    if len(plain) - len(plain.lstrip("+-")) > 1 or len(digits) > 40:
        return None
    if found := EUROPEAN.match(digits):
        digits = found[1] + found[2].replace(".", "") + "." + found[3]
    elif found := THOUSANDS.match(digits):
        digits = found[1] + re.sub("[^0-9]", "", found[2]) + found[3]
    else:
        digits = re.sub(r"^([0-9]+),([0-9]+)$", r"\1.\2", digits)
    return Decimal(sign + digits) if NUMBER.fullmatch(digits) else None


def _number(question: Question, text: str, locale: str) -> Read | Unread:
    """With or without its unit, in any language."""
    units = "|".join(re.escape(_figures(each)) for each in question.get("unit", {}).values())
    number = number_in(re.sub(rf"\s*(?:{units})$", "", _figures(text)))
    unit = unit_of(question, locale)
    if number is None:
        return Unread("number", {"unit": unit})
    for key, code, wrong in (("min", "too_small", number.__lt__), ("max", "too_large", number.__gt__)):
        limit = question.get(key)
        if limit is not None and wrong(Decimal(str(limit))):
            return Unread(code, {"limit": with_unit(plain_number(Decimal(str(limit))), unit)})
    value = plain_number(number)
    return Read(with_unit(value, unit), value)


def unit_of(question: Question, locale: str) -> str:
    return in_words(question["unit"], locale) if "unit" in question else ""


def plain_number(number: Decimal) -> str:
    """Without an exponent and without zeros that say nothing."""
    written = f"{number:f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written in ("-0", "") else written


def with_unit(value: str, unit: str) -> str:
    return f"{value}{unit}" if unit in SIGNS else f"{value} {unit}"


READERS: dict[str, Callable[[Question, str, str], Read | Unread]] = {
    "choice": _choice, "scale": _scale, "number": _number, "yes_no": _yes_no, "blocker": _blocker, "mood": _mood,
}  # fmt: skip


def options(question: Question, locale: str) -> list[dict[str, Any]]:
    """The answers one can press: what each stands for, and its label (`key`) or text."""
    kind = kind_of(question)
    if kind == "choice":
        texts = [in_words(each, locale) for each in question["options"]]
        return [{"value": text, "text": text} for text in texts]
    if kind == "scale":
        low, high = ends_of(question)
        return [{"value": str(number), "text": str(number)} for number in range(low, high + 1)]
    if kind == "yes_no":
        return [{"value": value, "key": value} for value in ("yes", "no")]
    return [{"value": mood, "key": f"mood_{mood}"} for mood in MOODS] if kind == "mood" else []


def shown(question: Question, text: str, value: str | None, locale: str) -> str:
    """An answer as somebody of that language reads it; what has no value is the person's own words."""
    kind = kind_of(question)
    if value is None or kind in ("text", "blocker", "action_status"):
        return text
    if kind == "choice":
        return in_words(question["options"][int(value)], locale)
    if kind == "scale":
        return f"{value}/{ends_of(question)[1]}"
    if kind == "number":
        return with_unit(value, unit_of(question, locale))
    return label(locale, value if kind == "yes_no" else f"mood_{value}")


def change(before: str, after: str) -> str:
    """ "+2.5": what a number's value moved by since the last time; "" where it did not."""
    moved = Decimal(after) - Decimal(before)
    return "" if not moved else f"{'+' if moved > 0 else ''}{plain_number(moved)}"


def same(one: Question, other: Question) -> bool:
    """The same question in two Rounds: by its id, else by its words."""
    if kind_of(one) != kind_of(other):
        return False
    return one["id"] == other["id"] if "id" in one and "id" in other else bool(one["ask"] == other["ask"])


def find(question: Question, among: Sequence[Question]) -> int | None:
    """Where the same question stands among those of another Round."""
    return next((number for number, each in enumerate(among) if same(question, each)), None)
