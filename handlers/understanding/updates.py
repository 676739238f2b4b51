"""Messages about actions: which are moved, by what news, and which are only mentioned."""

import re
from dataclasses import dataclass, replace
from datetime import date

from handlers.intents import ShowAction, SpokenIntent, Unclear, UpdateAction
from handlers.understanding.folded import Piece, gaps, join_words
from handlers.understanding.items import Items, find_items
from handlers.understanding.news import News, clauses, read_news, says_something
from handlers.understanding.wording import PUNCTUATION, TABLE, any_of, bounded, chain, pattern

_ITEM = TABLE["item"]
_FILLERS = _ITEM["before_item"] + _ITEM["dangling_end"] + TABLE["politeness"]["before"] + TABLE["commands"]["show"]
_FILLER = re.compile(f"[ ,:]?{chain(_FILLERS, 6)}")
_FILLER_END = re.compile(rf"[ ,]*{chain(_FILLERS, 4, 1)}$")
_POLITE = re.compile(chain(TABLE["politeness"]["before"], 4))
_HEADING = re.compile(
    f"{chain(_ITEM['headings'] + TABLE['politeness']['before'], 5)}[{re.escape(PUNCTUATION['clause'])} ]*"
)
_DEPENDS = re.compile(rf"{bounded(any_of(_ITEM['depends']))} ?[(]?$")
_EMPTY = pattern(_ITEM["empty"])
_DANGLING_END = re.compile(rf"[ ,]*{bounded(any_of(_ITEM['dangling_end']))}[ ,]*$")
_DANGLING_START = re.compile(rf"^[ ,]*{bounded(any_of(_ITEM['dangling_start']))}(?=[ ,]|$|[^\x00-\x7f])[ ,]*")
_ASKS_FIRST = re.compile(rf"(?:{bounded(any_of(_ITEM['asking_first']))} ?)+")
_ASKS_LAST = re.compile(rf"{bounded(any_of(_ITEM['asking']))}[?! ]*$")
_CHANGING = pattern(_ITEM["changing"])
_AROUND = PUNCTUATION["brackets"] + PUNCTUATION["trimmed"] + " \n/"
SHORT_QUESTION = 40
LINE = 200
# A message naming more than these is a list pasted from somewhere, not news.
MOST_ITEMS = 60


@dataclass(frozen=True)
class Section:
    """One or more actions, the words before them in their clause, and the words about them."""

    items: Items
    head: Piece
    tail: Piece
    context: Piece


@dataclass(frozen=True)
class Updates:
    intents: tuple[SpokenIntent, ...]
    asked_back: bool = False


def is_heading(text: str) -> bool:
    """`Today's update:` above a list says nothing itself."""
    return _HEADING.fullmatch(text) is not None


def opens_with_item(piece: Piece, today: date) -> bool:
    """`#12 …`, `task 12 …`: with a question open, only these are updates."""
    found = find_items(piece.text[:80], lambda at: says_something(piece.text, at, today))
    if not found or found[0].weak:
        return False
    before = piece.text[: found[0].start].strip(_AROUND)
    if not any(char.isalpha() for char in before) or _POLITE.fullmatch(before):
        return True
    return _is_filler(before) and not _says(piece.text[found[0].end :])


def read_updates(piece: Piece, today: date) -> Updates | None:
    """None when the message moves no action: it names none, or only mentions one."""
    found = find_items(piece.text, lambda at: says_something(piece.text, at, today))
    found = [item for item in found if not item.weak or _weak_item_counts(piece, item, today)]
    if not 0 < len(found) <= MOST_ITEMS:
        return None
    sections = _sections(piece, found, today)
    read = [_read_section(section, today) for section in sections]
    if read[0] is None:
        return None
    known = [updates for updates in read if updates]
    intents = tuple(intent for updates in known for intent in updates.intents)
    return Updates(intents, any(updates.asked_back for updates in known))


def _weak_item_counts(piece: Piece, item: Items, today: date) -> bool:
    """A number with a day's ending is an action only when news follows; else it is a day of the month."""
    return says_something(piece.text, item.end, today)


def _sections(piece: Piece, found: list[Items], today: date) -> list[Section]:
    starts = [_first_section(piece, found[0], today)]
    for item in found[1:]:
        head = _where_next_begins(piece, starts[-1][0], item, today)
        if head is not None:
            starts.append((item, head))
    ends = [head for _, head in starts[1:]] + [len(piece.text)]
    contexts = [piece.part(0, starts[0][1])] + [piece.part(0, 0)] * (len(starts) - 1)
    return [
        Section(item, piece.part(head, item.start), piece.part(item.end, end), context)
        for (item, head), end, context in zip(starts, ends, contexts, strict=True)
    ]


def _first_section(piece: Piece, item: Items, today: date) -> tuple[Items, int]:
    """`done: #12, #14`: news set off before the numbers belongs to them."""
    start = _clause_start(piece.text, 0, item.start)
    before = _clause_start(piece.text, 0, start - 1) if start else 0
    news = read_news(piece.part(before, start), today) if before < start else News()
    alone = not news.empty and not left_over(piece.text[before:start], news)
    return item, before if alone and not piece.text[start : item.start].strip() else start


def _clause_start(text: str, start: int, end: int) -> int:
    """Where the clause begins that ends at `end`; nobody writes more than a line before the number."""
    start = max(start, end - LINE)
    before = list(clauses(text[start:end] + "x"))
    return start + before[-1][0] if before else start


def _where_next_begins(piece: Piece, before: Items, item: Items, today: date) -> int | None:
    """Does a second number open a new update, and from which word on? None: it is only a remark."""
    text = piece.text
    gap = text[before.end : item.start]
    head = _clause_start(text, before.end, item.start)
    if head > before.end and not _is_filler(text[head : item.start]) and _opens(piece, head, item, today):
        return head
    if _DEPENDS.search(gap[-LINE:]):
        return None
    if head > before.end:
        return head if _opens(piece, head, item, today) else None
    joint = _FILLER_END.search(gap[-LINE:])
    next_start = item.start - len(joint[0]) if joint else item.start
    said = piece.part(before.end, next_start)
    if not left_over(said.text, read_news(said, today)):
        return next_start
    return next_start if says_something(text, item.end, today) else None


def _opens(piece: Piece, head: int, item: Items, today: date) -> bool:
    words = piece.part(head, item.start)
    if _is_filler(words.text):
        return True
    news = read_news(words.join(piece.part(item.end, item.end + 40)), today)
    return not news.empty and not _left_over_in_head(words, news)


def _is_filler(text: str) -> bool:
    words = text.strip(_AROUND)
    return not words or _FILLER.fullmatch(words + " ") is not None


def _read_section(section: Section, today: date) -> Updates | None:
    plain = _is_filler(section.head.text)
    asked = _is_question(section)
    if asked and not _asks_for_change(section, today):
        return Updates(tuple(ShowAction(number) for number in section.items.numbers))
    if not plain and len(section.items.numbers) > 1 and (split := _each_its_own(section, today)):
        return split
    body = section.tail if plain else section.head.join(section.tail)
    news = read_news(body, today)
    if not plain and (news.empty or _left_over_in_head(section.head, news)):
        return _mentioned(section, today)
    note = own_note(body, news)
    if any(char.isalpha() for char in section.context.text) and not is_heading(section.context.text):
        note = join_words([section.context.own(), note or ""])
    asked = asked or section.tail.text.rstrip().endswith("?")
    return _updates(section.items, replace(news, doubtful=news.doubtful or asked), note)


def _asks_for_change(section: Section, today: date) -> bool:
    """`can we push it by a week?`, `could you set #12 to 60%?` want no look at the action."""
    news = read_news(section.tail, today)
    changes = _CHANGING.search(section.head.text) or _CHANGING.search(section.tail.text)
    return news.due is not None or news.shift is not None or (changes is not None and not news.empty)


def _each_its_own(section: Section, today: date) -> Updates | None:
    """`finished #12 and #14 is at 60%`: the last number has its own news."""
    first, last = read_news(section.head, today), read_news(section.tail, today)
    if first.empty or last.empty or _left_over_in_head(section.head, first):
        return None
    *others, number = section.items.numbers
    own = _updates(replace(section.items, numbers=(number,)), last, own_note(section.tail, last))
    shared = _updates(replace(section.items, numbers=tuple(others)), first, None)
    return Updates(shared.intents + own.intents, shared.asked_back or own.asked_back)


def _updates(items: Items, news: News, note: str | None) -> Updates:
    if news.empty and not note:
        return Updates(tuple(ShowAction(number) for number in items.numbers))
    due, options = (news.due.day, news.due.options) if news.due else (None, ())
    intents = tuple(
        UpdateAction(number, news.status, news.progress, due, news.shift, note, options) for number in items.numbers
    )
    return Updates(intents, news.doubtful)


def _mentioned(section: Section, today: date) -> Updates | None:
    """Prose that mentions an action is talk; with news in it, it could be an update."""
    if read_news(section.tail, today).empty:
        return None
    return Updates((Unclear(("action.update", "action.show"), section.items.numbers[0]),), True)


def _is_question(section: Section) -> bool:
    head, tail = section.head.text.strip(), section.tail.text.strip()
    if len(head) + len(tail) > SHORT_QUESTION:
        return False
    asked_first = _ASKS_FIRST.fullmatch(head) is not None
    return asked_first or ((tail.endswith("?") or _ASKS_LAST.search(tail) is not None) and _is_filler(head))


def _left_over_in_head(head: Piece, news: News) -> bool:
    """Words before the number that neither became a slot nor mean nothing."""
    words = head.text.rstrip()
    understood = tuple((start, min(end, len(words))) for start, end in news.read if start < len(words))
    rest = _without(words, understood)
    return not all(_is_filler(words) or not _says(words) for words in rest)


def left_over(text: str, news: News) -> bool:
    """Are there words which did not become a slot?"""
    return any(_says(words) for words in _without(text, news.taken))


def _says(words: str) -> bool:
    stripped = words.strip(PUNCTUATION["trimmed"] + " \n?")
    return any(char.isalnum() for char in stripped) and not _EMPTY.fullmatch(stripped)


def _without(text: str, taken: tuple[tuple[int, int], ...]) -> list[str]:
    return [text[start:end] for start, end in gaps(len(text), taken)]


def own_note(body: Piece, news: News) -> str | None:
    """The person's own words, without what became a slot."""
    length = len(body.text)
    pieces = [(body.part(start, end), start > 0, end < length) for start, end in gaps(length, news.taken)]
    kept = [words for piece, *cut in pieces if _says(piece.text) and (words := _trim_connectives(piece, *cut))]
    note = join_words(kept)
    return note if note and _says(note.lower()) else None


def _trim_connectives(piece: Piece, cut_before: bool, cut_behind: bool) -> str:
    """`so` and `and` lose their sense where a slot was cut out beside them."""
    while cut_behind and (match := _DANGLING_END.search(piece.text)):
        piece = piece.part(0, match.start())
    while cut_before and (match := _DANGLING_START.match(piece.text)):
        piece = piece.part(match.end())
    return piece.raw()
