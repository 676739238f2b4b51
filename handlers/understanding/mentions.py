"""Who is named in a message: `@name`, where the name ends, and names of known people written without the @."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from handlers.understanding.dates import read_day
from handlers.understanding.folded import Piece, fold
from handlers.understanding.wording import TABLE, any_of, bounded, pattern

_WORDS = TABLE["names"]
_AT = re.compile(r"(?<![a-z0-9._])@ ?(?=\S)")
_HANDLE = re.compile(r"[a-z0-9_\u00c0-\u024f]+(?:['.-][a-z0-9_\u00c0-\u024f]+)*")
_SECOND = re.compile(r" ([a-z\u00c0-\u024f]+(?:['-][a-z\u00c0-\u024f]+)*)(?![a-z0-9@])")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff\u00b7]+")
_NEXT = re.compile(any_of(_WORDS["zh_next"]))
_NOT_SECOND = frozenset(_WORDS["not_a_second_name"])
_CAPITALISED = re.compile(
    r"([a-z\u00c0-\u024f][\w'-]*(?: [a-z\u00c0-\u024f][\w'-]*)?)(?= for |,| and [\w'-]+(?: [\w'-]+)? for )"
)
_SPACED_NAME = re.compile(rf"[{_WORDS['zh_surnames']}][^\x00-\x7f]{{1,2}}(?= [^ ])")
_SET_OFF = re.compile(rf"[a-z\u00c0-\u024f][\w'-]*(?= ?:| {bounded(any_of(TABLE['coach']['about']))})")
_SHORT_NAME = rf"[{''.join(TABLE['thanks']['familiar'])}][{_WORDS['zh_surnames']}]"
_THANKED = re.compile(
    rf"(?!{any_of(TABLE['thanks']['not_a_name'])})(?:{_SHORT_NAME}|[{_WORDS['zh_surnames']}][\u3400-\u9fff]{{1,2}}?)"
    rf"(?= ?[,:]| ?(?:{any_of(TABLE['thanks']['helped'])}))|{_SHORT_NAME}(?= )"
)
_NOBODY = frozenset(TABLE["thanks"]["nobody"])
_EVERYONE = pattern(_WORDS["everyone"])


@dataclass(frozen=True)
class Mention:
    name: str
    start: int
    end: int


def find_mentions(piece: Piece, names: Sequence[str] = ()) -> list[Mention]:
    """In the order written."""
    found = []
    for at in _AT.finditer(piece.text):
        end = _name_end(piece, at.end(), names)
        if end > at.end():
            found.append(Mention(piece.part(at.end(), end).own(), at.start(), end))
    return found


def known_name_at(text: str, at: int, names: Sequence[str]) -> int:
    """Where the longest known name starting here ends; `at` itself when there is none."""
    folded = (fold(name).text.strip() for name in names)
    ends = [at + len(name) for name in folded if name and text.startswith(name, at)]
    return max((end for end in ends if not _goes_on(text, end)), default=at)


def likely_name_at(piece: Piece, at: int) -> int:
    """Nobody known and no @, but written as names are: `Bob for …`, a Chinese full name between spaces."""
    if read_day(piece.text, at, date(2000, 1, 1)):
        return at
    latin = _CAPITALISED.match(piece.text, at)
    if latin:
        words = [(word.start(), word[0]) for word in re.finditer(r"[\w'-]+", latin[1])]
        capital = all(piece.source[piece.origin[at + start]].isupper() for start, _ in words)
        return latin.end(1) if capital and not any(word in _NOBODY for _, word in words) else at
    han = _SPACED_NAME.match(piece.text, at)
    return han.end() if han else at


def told_name_at(piece: Piece, at: int) -> int:
    """A name set off behind a word of thanks or coaching, or followed by what the person did; else `at` itself."""
    latin = None if read_day(piece.text, at, date(2000, 1, 1)) else _SET_OFF.match(piece.text, at)
    if latin and piece.source[piece.origin[at]].isupper() and latin[0] not in _NOBODY:
        return latin.end()
    name = _THANKED.match(piece.text, at)
    return name.end() if name else at


def _name_end(piece: Piece, at: int, names: Sequence[str]) -> int:
    text = piece.text
    known = known_name_at(text, at, names)
    if known > at:
        return known
    han = _HAN.match(text, at)
    return at + _han_length(han[0]) if han else _latin_end(piece, at)


def _goes_on(text: str, end: int) -> bool:
    """`@Ana` is no mention of Ana in `@Anatol`."""
    return text[end - 1].isascii() and text[end : end + 1].isalnum() and text[end].isascii()


def _latin_end(piece: Piece, at: int) -> int:
    first = _HANDLE.match(piece.text, at)
    if first is None:
        return at
    second = _SECOND.match(piece.text, first.end())
    if second and _is_second_name(piece, first, second):
        return second.end()
    return first.end()


def _is_second_name(piece: Piece, first: re.Match[str], second: re.Match[str]) -> bool:
    """Both written with a capital, and the second is neither a date nor the next word of the sentence."""
    capitals = [piece.source[piece.origin[place]] for place in (first.start(), second.start(1))]
    if not all(char.isupper() for char in capitals) or not first[0].isalpha():
        return False
    return second[1] not in _NOT_SECOND and read_day(piece.text, second.start(1), date(2000, 1, 1)) is None


def _han_length(run: str) -> int:
    """Two or three characters, unless the name stands by itself or the next word shows where it ends."""
    everyone = _EVERYONE.match(run)
    if everyone:
        return everyone.end()
    surname = next((len(name) for name in _WORDS["zh_long_surnames"] if run.startswith(name)), 1)
    shortest, longest = surname + 1, surname + 2
    if len(run) <= shortest or (len(run) == longest and run[-1] not in _WORDS["zh_particles"]):
        return len(run)
    for length in (shortest, longest):
        if len(run) == length or _NEXT.match(run, length):
            return length
    return longest
