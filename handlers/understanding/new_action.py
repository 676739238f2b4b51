"""`new <title> @owner by <date> measure <measure>`, in any readable order; what is missing is asked for."""

import re
from dataclasses import dataclass, replace
from datetime import date

from handlers.intents import NewAction, Reading
from handlers.understanding.arguments import Call
from handlers.understanding.dates import Day, read_day
from handlers.understanding.folded import Piece, gaps, join_words
from handlers.understanding.mentions import find_mentions, known_name_at
from handlers.understanding.wording import PUNCTUATION, TABLE, any_of, bounded, chain

_NEW = TABLE["new"]
_SIGN = re.escape(PUNCTUATION["clause"] + PUNCTUATION["sentence"])
_ME = re.compile(rf"(?:{any_of(_NEW['me'])})(?![a-z0-9])")
_OWNER = re.compile(rf"{bounded(any_of(_NEW['owner']))} ?:? ?")
_OWNER_AFTER = re.compile(rf" ?{bounded(any_of(_NEW['owner_after']))}")
_TWO_NAMES = re.compile(rf"([\u3400-\u9fff]{{2,3}})(?:{any_of(_NEW['joiner'])})([\u3400-\u9fff]{{2,3}})")
_MYSELF = frozenset(_NEW["myself"])
_JOINER = re.compile(rf"[ ,]*(?:{any_of(_NEW['joiner'])})?[ ,]*")
_OWNER_WORD = re.compile(rf"[^\s{_SIGN}@#]{{1,20}}")
_MEASURE = re.compile(
    rf"(?<![^\s{_SIGN}]){bounded(any_of(_NEW['measure']))} ?:? ?|{bounded(any_of(_NEW['measure_glued']))} ?:? ?"
)
_TITLE = re.compile(rf"{bounded(any_of(_NEW['title']))} ?:? ?")
_DUE = re.compile(rf"{bounded(any_of(_NEW['due']))} ?:? ?")
_DUE_AFTER = re.compile(rf" ?(?:{chain(TABLE['due']['after'], 2, 1)})(?:{any_of(_NEW['due_verb'])})?")
_PLACE = re.compile(rf"(?:^|[\s{_SIGN}])(?=\S)|(?=@)")
_AGAIN = re.compile(rf" ?(?:{any_of(_NEW['due_verb'])})")


@dataclass(frozen=True)
class Found:
    start: int
    end: int


@dataclass(frozen=True)
class Owners(Found):
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class DueDate(Found):
    day: Day | None = None
    marked: bool = False


def new_action(call: Call) -> Reading | None:
    """Said strongly (`new action …`): whatever follows is one, unless the sentence is about such items."""
    return None if call.glued and _STORY.match(call.text) else _read(call.argument, call)


def weakly_new(call: Call) -> Reading | None:
    """`new …`, `add …`: an action when a person, a date or a measure stands with it, or a title set off by a colon."""
    reading = _read(call.argument, call)
    intent = reading.intents[0]
    assert isinstance(intent, NewAction)
    if not call.text.strip():
        return reading if call.word in _NEW["plain"] else None
    said = [slot for slot in (intent.owner, intent.measure, intent.due) if slot]
    if len(said) > 1 or (said and said[0] != intent.due and not call.context.open_question):
        return reading
    plain = call.word in _NEW["plain"] and not call.glued and not call.context.open_question
    return reading if plain and not _is_talk(call.text) else None


def _is_talk(text: str) -> bool:
    return text[:1].isdecimal() or bool(re.match(_TALK, text)) or len(text) > 120


_TALK = bounded(any_of(_NEW["talk"]))
_STORY = re.compile(any_of(_NEW["story"]))


def _read(piece: Piece, call: Call) -> Reading:
    owners = _owners(piece, call)
    due = _due(piece, call.context.today, owners)
    measure = _measure(piece, owners, due)
    taken = [(found.start, found.end) for found in (*owners, *(each for each in (due, measure) if each))]
    title = _title(piece, taken)
    names = tuple(dict.fromkeys(name for found in owners for name in found.names))
    day = due.day if due else None
    intent = NewAction(
        title,
        names[0] if names else None,
        day.day if day else None,
        _measured(piece, measure),
        day.options if day else (),
        names if len(names) > 1 else (),
    )
    return Reading((intent,), _asked(intent, call.context.today))


def _asked(intent: NewAction, today: date) -> bool:
    missing = None in (intent.title, intent.owner, intent.due, intent.measure)
    past = intent.due is not None and intent.due < today
    return missing or past or bool(intent.due_options or intent.owner_options)


def _owners(piece: Piece, call: Call) -> list[Owners]:
    """In the order written: mentions, `owner Bob`, `I'll own it`. A date or measure in between changes nothing."""
    found = [
        Owners(match.start(), match.end(), ("me",)) for match in _ME.finditer(piece.text) if _stands(piece.text, match)
    ]
    words = {word.end(): word.start() for word in _OWNER.finditer(piece.text)}
    me = list(found)
    for mention in find_mentions(piece, call.context.names):
        if not _overlaps(me, mention.start, mention.end):
            behind = _OWNER_AFTER.match(piece.text, mention.end)
            start = words.get(mention.start, mention.start)
            found.append(Owners(start, behind.end() if behind else mention.end, (mention.name,)))
    for match in _OWNER.finditer(piece.text):
        if not _overlaps(found, match.start(), match.end() + 1) and (named := _named_owner(piece, match, call)):
            found.append(named)
    return _joined(piece.text, sorted(found, key=lambda owner: owner.start))


def _joined(text: str, owners: list[Owners]) -> list[Owners]:
    """The word between two of them belongs to neither the title nor a name."""
    ends = [owner.start for owner in owners[1:]] + [len(text)]
    return [
        replace(owner, end=end) if end < len(text) and _JOINER.fullmatch(text[owner.end : end]) else owner
        for owner, end in zip(owners, ends, strict=False)
    ]


def _stands(text: str, match: re.Match[str]) -> bool:
    return match.start() == 0 or text[match.start() - 1] in " \n@" + PUNCTUATION["clause"] + PUNCTUATION["sentence"]


def _overlaps(found: list[Owners], start: int, end: int) -> bool:
    return any(owner.start < end and start < owner.end for owner in found)


def _named_owner(piece: Piece, word: re.Match[str], call: Call) -> Owners | None:
    known = known_name_at(piece.text, word.end(), call.context.names)
    match = _OWNER_WORD.match(piece.text, word.end())
    end = known if known > word.end() else match.end() if match else word.end()
    if end == word.end() or read_day(piece.text, word.end(), call.context.today):
        return None
    if known == word.end() and (verb := _OWNER_AFTER.search(piece.text, word.end() + 1, end)):
        end = verb.start()
    if word[0].strip() in _NEW["owner_needs_verb"] and not _OWNER_AFTER.match(piece.text, end):
        return None
    behind = _OWNER_AFTER.match(piece.text, end)
    names = tuple(_named(piece.part(start, stop)) for start, stop in _each_name(piece.text, word.end(), end))
    return Owners(word.start(), behind.end() if behind else end, names)


def _named(name: Piece) -> str:
    return "me" if name.text in _MYSELF else name.own()


def _each_name(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Two Chinese names with nothing but their joiner between them are two persons."""
    both = _TWO_NAMES.fullmatch(text, start, end)
    return [both.span(1), both.span(2)] if both else [(start, end)]


def _due(piece: Piece, today: date, owners: list[Owners]) -> DueDate | None:
    """A date behind `by`, or before its ending; else the last one that stands by itself.

    A date inside the measure (`measure quotes leave within 3 days`) is the due date only if there is no other.
    """
    found = [due for due in _dates(piece.text, today) if not _overlaps(owners, due.start, due.end)]
    measure = _MEASURE.search(piece.text)
    found = [due for due in found if not measure or due.start < measure.start()] or found
    marked = [due for due in found if due.marked]
    return marked[0] if marked else found[-1] if found else None


def _dates(text: str, today: date) -> list[DueDate]:
    found: list[DueDate] = []
    for place in _PLACE.finditer(text):
        due = _date_at(text, place.end(), today)
        if due and (not found or due.start >= found[-1].end):
            found.append(due)
    return found


def _date_at(text: str, at: int, today: date) -> DueDate | None:
    word = _DUE.match(text, at)
    if word and read_day(text, word.end(), today) is None:
        word = None  # `in` before a date is its preposition, in `in 3 weeks` it belongs to it
    start = word.end() if word else at
    day = read_day(text, start, today)
    if day is None or day.never or (day.loose and word is None):
        return None
    behind = _DUE_AFTER.match(text, day.end)
    end = behind.end() if behind else day.end
    verb = _AGAIN.match(text, end)
    if text[end : end + 1].isalnum() and not (
        word or behind or (verb and not text[verb.end() : verb.end() + 1].isalnum())
    ):
        return None
    return DueDate(at, verb.end() if verb else end, day, bool(word or behind))


def _measure(piece: Piece, owners: list[Owners], due: DueDate | None) -> Found | None:
    """From its word to the next slot."""
    word = _MEASURE.search(piece.text)
    if word is None:
        return None
    starts = [found.start for found in (*owners, *([due] if due else [])) if found.start >= word.end()]
    return Found(word.start(), min(starts, default=len(piece.text)))


def _measured(piece: Piece, measure: Found | None) -> str | None:
    if measure is None:
        return None
    word = _MEASURE.match(piece.text, measure.start)
    return piece.part(word.end() if word else measure.start, measure.end).own() or None


def _title(piece: Piece, taken: list[tuple[int, int]]) -> str | None:
    pieces = [piece.part(start, end).trimmed() for start, end in gaps(len(piece.text), _merged(taken))]
    said = [piece for piece in pieces if any(char.isalnum() for char in piece.text)]
    if said and (word := _TITLE.match(said[0].text)):
        said[0] = said[0].part(word.end())
    return join_words([piece.raw() for piece in said]) or None


def _merged(taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(taken):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
