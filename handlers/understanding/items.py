"""Which actions a message names: `#12`, `task 12`, the 12th item, and bare numbers behind a finishing verb."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from handlers.understanding.wording import NUMBER_WORDS, PUNCTUATION, TABLE, ZH_NUMBER, any_of, bounded, number

_ITEM = TABLE["item"]
_EDGE = r"(?![0-9a-z_%]|[.:/-]\d|,\d{3}(?!\d))"
_SHARE = any_of(TABLE["counted"]["zh_share"])
_LETTER = rf"(?:{any_of(TABLE['counted']['latin'])})(?![a-z])"
_COUNTED = rf"(?! ?(?!{_SHARE})(?:{any_of(TABLE['counted']['zh'])}|{_LETTER}))"
JOINER = rf"(?: ?(?:{any_of(_ITEM['joiners'] + _ITEM['list_marks'])}) ?){{1,2}}"
_PICTURE = "\u2600-\u27bf\U0001f000-\U0001faff"
_CLOSED = rf"(?= ?(?:[{re.escape(PUNCTUATION['clause'])}\n{_PICTURE}]|$))"
_BRACKET = f"[{re.escape(PUNCTUATION['brackets'])}]"
_HASH = rf"(?P<open>{_BRACKET})?(?<![0-9a-z_&#])# ?(?P<hash>\d{{1,6}})(?![0-9a-z_%]|\.\d)(?:(?(open) ?{_BRACKET}|)|)"

_SPELLED = any_of(word for word, value in NUMBER_WORDS.items() if value > 1 and word.isascii() and word.isalpha())

_AFTER_SPELLED = rf" ?[{re.escape(PUNCTUATION['clause'])}\n]|$| {bounded(any_of(_ITEM['after_spelled']))}| \d"
_WORD_NUMBER = rf"\d{{1,6}}|{ZH_NUMBER}|(?:{_SPELLED})(?={_AFTER_SPELLED})"

_NAMED = re.compile(
    "|".join(
        (
            _HASH,
            rf"{bounded(any_of(_ITEM['before_number']))}[ :#]{{0,2}}(?P<word>{_WORD_NUMBER}){_EDGE}{_COUNTED}",
            rf"(?:{any_of(_ITEM['ordinal_before'])}) ?(?P<nth>\d{{1,6}}|{ZH_NUMBER}) ?"
            rf"(?:{any_of(_ITEM['ordinal_after'])})(?!{any_of(_ITEM['ordinal_not_before'])})",
            rf"(?<![0-9a-z_.])(?P<before>\d{{1,6}}|{ZH_NUMBER}) ?(?:{any_of(_ITEM['after_number'])})",
            rf"(?<![0-9a-z_.])(?P<bare>\d{{1,6}}) ?(?:{any_of(_ITEM['bare_after'])})",
        )
    )
)
_JOINED = re.compile(rf"{JOINER}|,? ?")
_BARE_NEXT = re.compile(rf"{JOINER}(\d{{1,6}}){_EDGE}{_COUNTED}")
_AFTER_BARE = re.compile(rf"{_CLOSED}|{JOINER}#?\d")

_UNHASHED = re.compile(rf"[{re.escape(PUNCTUATION['clause'] + PUNCTUATION['sentence'])}] ?(\d{{1,6}}){_EDGE}{_COUNTED}")

_DONE = TABLE["status"]["done"]
_VERB = bounded(any_of(_DONE["verbs"] + _DONE["whole"]))
_BARE = rf"\d{{1,6}}{_EDGE}{_COUNTED}"
_WHEN = bounded(any_of(TABLE["after_verb"]["when"]))
_FINISHED = re.compile(
    rf"{_VERB}(?:{any_of(TABLE['status']['particles'])})? ?:? ?(?:{any_of(_ITEM['before_number'])})? ?"
    rf"(?P<list>{_BARE}(?:(?:{JOINER}#?{_BARE})+(?:{_CLOSED}|(?= {_WHEN}))|{_CLOSED})(?!{JOINER}#?\d))"
)


@dataclass(frozen=True)
class Items:
    """Actions named together. `weak`: its ending is that of a day as well; `hashed`: written with its #."""

    numbers: tuple[int, ...]
    start: int
    end: int
    weak: bool = False
    hashed: bool = False


def find_items(text: str, says_something: Callable[[int], bool]) -> list[Items]:
    """Numbers standing together share what follows. `says_something(at)`: is there news to read at this place?"""
    named = [_named(match) for match in _NAMED.finditer(text)]
    taken = {place for item in named for place in range(item.start, item.end)}
    named += [_unhashed(match) for match in _UNHASHED.finditer(text) if named and says_something(match.end())]
    named += [_bare(match) for match in _FINISHED.finditer(text) if match.start("list") not in taken]
    grouped: list[Items] = []
    for item in sorted(named, key=lambda item: item.start):
        item = _with_bare_numbers(text, item, says_something)
        if grouped and item.start < grouped[-1].end:
            continue
        if grouped and _JOINED.fullmatch(text, grouped[-1].end, item.start):
            before = grouped.pop()
            item = replace(item, numbers=before.numbers + item.numbers, start=before.start, hashed=before.hashed)
        grouped.append(item)
    return grouped


def _named(match: re.Match[str]) -> Items:
    kind = match.lastgroup or ""
    return Items((int(number(match[kind])),), match.start(), match.end(), kind == "bare", kind == "hash")


def _unhashed(match: re.Match[str]) -> Items:
    return Items((int(match[1]),), match.start(1), match.end())


def _bare(match: re.Match[str]) -> Items:
    numbers = tuple(int(digits) for digits in re.findall(r"\d+", match["list"]))
    return Items(numbers, match.start("list"), match.end("list"))


def _with_bare_numbers(text: str, item: Items, says_something: Callable[[int], bool]) -> Items:
    """`#12, 14 and 15 done`: the # need not be repeated."""
    while following := _BARE_NEXT.match(text, item.end):
        if not (_AFTER_BARE.match(text, following.end()) or says_something(following.end())):
            break
        item = replace(item, numbers=(*item.numbers, int(following[1])), end=following.end())
    return item
