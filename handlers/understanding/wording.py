"""The words the bot understands: templates/commands.toml, compiled once into patterns.

A shape in that file is a phrase: `[x]` may be left out, `(a|b)` is a choice, a space may be missing, `{slot}` is one of
the slots below. Matching is on folded text (see folded.py): lower case, half width, single spaces.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parents[2] / "templates" / "commands.toml").read_text("utf-8"))
PUNCTUATION: dict[str, str] = TABLE["punctuation"]

Meaning = TypeVar("Meaning")


class Meanings(dict[str, Meaning]):
    """Word -> meaning. A space of the word may be missing, as in every shape."""

    @cached_property
    def _glued(self) -> dict[str, Meaning]:
        return {word.replace(" ", ""): meaning for word, meaning in self.items()}

    def __missing__(self, word: str) -> Meaning:
        return self._glued[word.replace(" ", "")]


NUMBER_WORDS = Meanings[float]({word: value for value, words in TABLE["numbers"] for word in words})
_ZH_DIGITS: dict[str, int] = TABLE["zh_digits"]
TEN: str = TABLE["zh_ten"]
_ZH_FIGURES = {*_ZH_DIGITS, TEN}
_LONG = 6

# A Latin word must not start or end inside another one; Chinese has no such edges.
_START = r"(?:(?<![a-z0-9_])|(?![a-z0-9_]))"
_END = r"(?:(?![a-z0-9_])|(?<![a-z0-9_]))"
_SIGNS = {"[": "(?:", "]": ")?", "(": "(?:", "|": "|", ")": ")", " ": " ?"}


def words_of(section: dict[str, list[str]]) -> Meanings[str]:
    """{meaning: [words]} turned round: word -> meaning."""
    return Meanings({word: meaning for meaning, words in section.items() for word in words})


def any_of(words: Iterable[str], shortest: bool = False) -> str:
    """The longest word wins."""
    return "|".join(_source(word) for word in sorted(words, key=len, reverse=not shortest))


def _source(shape: str, named: bool = False) -> str:
    parts = re.split(r"(\{\w+\}|[\[\]()| ])", shape)
    return "".join(_SIGNS.get(part) or _slot(part, named) for part in parts)


def _slot(part: str, named: bool) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part[1:-1]
    return f"(?P<{name}>{SLOTS[name]})" if named else f"(?:{SLOTS[name]})"


def bounded(source: str) -> str:
    return f"{_START}(?:{source}){_END}"


def chain(words: Iterable[str], most: int, least: int = 0) -> str:
    """Several of these words in a row."""
    return rf"(?:{bounded(any_of(words))}[ :]{{0,2}}){{{least},{most}}}"


@cache
def compile_shape(shape: str) -> re.Pattern[str]:
    """One phrase with its slots as named groups."""
    return re.compile(bounded(_source(shape, named=True)))


def pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Any of these phrases, slots unnamed."""
    return re.compile(bounded(any_of(words)))


def swapped_letters(words: Iterable[str]) -> dict[str, str]:
    """Each long Latin word as hurried fingers write it, two letters the wrong way round -> the word."""
    long = [word for word in words if word.isascii() and word.isalpha() and len(word) >= _LONG]
    swaps = {w[:i] + w[i + 1] + w[i] + w[i + 2 :]: w for w in long for i in range(1, len(w) - 1)}
    return {wrong: word for wrong, word in swaps.items() if wrong not in long}


def number(word: str) -> float:
    """`3`, `three`, `half a`, and Chinese numerals up to 99."""
    if word.replace(".", "", 1).isdecimal():
        return float(word)
    if not set(word) <= _ZH_FIGURES:
        return NUMBER_WORDS[word]
    if TEN not in word:
        return float("".join(str(_ZH_DIGITS[digit]) for digit in word))
    tens, _, ones = word.partition(TEN)
    return 10.0 * _ZH_DIGITS.get(tens, 1) + _ZH_DIGITS.get(ones, 0)


WEEKDAYS = words_of(TABLE["weekdays"])
MONTHS = words_of(TABLE["months"])
UNITS = words_of(TABLE["units"])
DAY_PARTS = words_of(TABLE["moments"])
LANGUAGES = words_of(TABLE["languages"])
ZH_NUMBER = f"[{''.join(_ZH_DIGITS)}{TEN}]{{1,3}}"

SLOTS: dict[str, str] = {
    "n": rf"(?<![\d.])\d{{1,3}}(?:\.\d)?(?![\d.%]\d?)|{any_of(NUMBER_WORDS)}|{ZH_NUMBER}",
    "unit": any_of(UNITS),
    "weekday": any_of(WEEKDAYS),
    "zh_weekday": f"[{''.join(TABLE['zh_weekdays'])}]",
    "month": any_of(MONTHS),
    "mm": rf"(?<!\d)\d{{1,2}}(?!\d)|{ZH_NUMBER}",
    "dd": rf"(?<!\d)\d{{1,2}}(?!\d)|{ZH_NUMBER}",
    "year": r"(?<!\d)\d{4}(?!\d)",
    "q": rf"[1-4]|{ZH_NUMBER}",
    "day_part": any_of(DAY_PARTS),
    "hour": rf"\d{{1,2}}(?!\d)|{ZH_NUMBER}",
    "minute": r"[0-5]\d",
    "language": any_of(LANGUAGES),
    "percent": r"(?<![\d.,-])\d{1,4}(?:\.\d{1,3})?",
    "goal": r"\d{1,3}",
    "number": r"\d{1,6}",
}
SLOTS["clock"] = "|".join(_source(shape) for shape in TABLE["clock_shapes"])
SLOTS["time"] = "|".join(_source(shape) for shape in TABLE["time_shapes"])
