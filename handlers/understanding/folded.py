"""A person's message folded for matching (one case, one width, single spaces), from which the own words can be cut."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from handlers.understanding.wording import PUNCTUATION

_STRAIGHT = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\ufe0f": "", "\u2116": "#"}
_SIGNS = re.escape(PUNCTUATION["clause"] + PUNCTUATION["sentence"] + PUNCTUATION["wide"])
_LAST_SIGN = re.compile(rf"([{_SIGNS}])[{_SIGNS}\s]*$")
_FIRST_SIGN = re.compile(rf"^[\s]*([{_SIGNS}])")
_TRIMMED = " \t\r\n" + PUNCTUATION["trimmed"]


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    if char in _STRAIGHT:
        return _STRAIGHT[char]
    if "\u2460" <= char <= "\u2473":
        return ","
    if char in "\n\r\u2028\u2029":
        return "\n"
    if char.isspace():
        return " "
    if unicodedata.category(char) in ("Cf", "Cc", "Mn") and not unicodedata.combining(char):
        return ""
    return unicodedata.normalize("NFKC", char).lower()


@dataclass(frozen=True)
class Piece:
    """A stretch of a message. `text` is folded; `origin[i]` is where its i-th character stands in `source`."""

    text: str
    source: str
    origin: tuple[int, ...]

    def part(self, start: int, end: int | None = None) -> "Piece":
        return Piece(self.text[start:end], self.source, self.origin[start:end])

    def raw(self) -> str:
        words = self.text.strip()
        start = self.text.find(words)
        return self.source[self.origin[start] : self.origin[start + len(words) - 1] + 1] if words else ""

    def own(self) -> str:
        """The person's own words, spelled as typed, without the punctuation around them."""
        return _close_brackets(strip_signs(self.raw()))

    def trimmed(self) -> "Piece":
        kept = self.text.strip(_TRIMMED)
        start = self.text.find(kept) if kept else 0
        return self.part(start, start + len(kept))

    def undecorated(self) -> "Piece":
        """Without the emoji at its end."""
        end = len(self.text)
        while end and _is_sign(self.text[end - 1]):
            end -= 1
        return self.part(0, end)

    def join(self, other: "Piece") -> "Piece":
        """Two stretches with what stood between them left out of the matching."""
        left, right = self.text.rstrip(), other.text.lstrip()
        if not left or not right:
            return self if left else other
        after = other.origin[len(other.text) - len(right) :]
        if not left[-1].isascii() and not right[0].isascii():
            return Piece(left + right, self.source, (*self.origin[: len(left)], *after))
        return Piece(f"{left} {right}", self.source, (*self.origin[: len(left)], after[0], *after))


def fold(source: str) -> Piece:
    """Runs of spaces become one, so that no pattern needs an unbounded blank."""
    chars: list[str] = []
    origin: list[int] = []
    for place, char in enumerate(source):
        for folded in _fold(char):
            if folded in " \n" and chars and chars[-1] in " \n":
                chars[-1] = "\n" if "\n" in (folded, chars[-1]) else " "
                continue
            chars.append(folded)
            origin.append(place)
    return Piece("".join(chars), source, tuple(origin))


def strip_signs(words: str) -> str:
    """Without the punctuation and the emoji around the words."""
    start, end = 0, len(words)
    while start < end and _is_sign(words[start]):
        start += 1
    while start < end and _is_sign(words[end - 1]):
        end -= 1
    return words[start:end]


def _is_sign(char: str) -> bool:
    return char in _TRIMMED or unicodedata.category(char) in ("So", "Sk", "Cf") or char == "\ufe0f"


def gaps(length: int, taken: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """What the taken stretches leave of a text."""
    edges = [0, *(edge for pair in sorted(taken) for edge in pair), length]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]


def join_words(parts: list[str]) -> str:
    """Each joint keeps one of the signs that stood there."""
    note = ""
    for part in parts:
        sign = _LAST_SIGN.search(note) or _FIRST_SIGN.match(part)
        words = part.strip(_TRIMMED)
        before = note.rstrip(_TRIMMED)
        note = f"{before}{_joint(sign, before, words)}{part.lstrip(_TRIMMED)}" if before else part
    return strip_signs(note)


def _joint(sign: re.Match[str] | None, before: str, words: str) -> str:
    if sign is None:
        return " "
    return sign[1] + (" " if sign[1].isascii() and words[:1].isascii() else "")


def _close_brackets(words: str) -> str:
    opened = words.count("(") + words.count("\uff08") - words.count(")") - words.count("\uff09")
    if opened == 1 and words[:1] in "(\uff08":
        return words[1:]
    return words
