"""Messages about actions: which are moved, by what news, and which are only mentioned."""

import re
from dataclasses import dataclass
from datetime import date

from handlers.folded import Piece, gaps, join_words
from handlers.intents import ShowAction, SpokenIntent, Unclear, UpdateAction
from handlers.items import Items, find_items
from handlers.news import News, clauses, read_news, says_something
from handlers.wording import PUNCTUATION, TABLE, any_of, bounded, chain, pattern

_ITEM = TABLE["item"]
_FILLER = re.compile(
    f"[ ,:]?{chain(_ITEM['before_item'] + TABLE['politeness']['before'] + TABLE['commands']['show'], 6)}"
)
_HEADING = re.compile(
    f"{chain(_ITEM['headings'] + TABLE['politeness']['before'], 5)}[{re.escape(PUNCTUATION['clause'])} ]*"
)
_DEPENDS = re.compile(rf"{bounded(any_of(_ITEM['depends']))} ?[(]?$")
_EMPTY = pattern(_ITEM["empty"])
_DANGLING_END = re.compile(rf"[ ,]*{bounded(any_of(_ITEM['dangling_end']))}[ ,]*$")
_DANGLING_START = re.compile(rf"^[ ,]*{bounded(any_of(_ITEM['dangling_start']))}(?=[ ,]|$|[^\x00-\x7f])[ ,]*")
_ASKS_FIRST = re.compile(rf"(?:{bounded(any_of(_ITEM['asking_first']))} ?)+")
_ASKS_LAST = re.compile(rf"{bounded(any_of(_ITEM['asking']))}[?! ]*$")
SHORT_QUESTION = 40


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
    return bool(found) and not found[0].weak and not piece.text[: found[0].start].strip()


def read_updates(piece: Piece, today: date) -> Updates | None:
    """None when the message moves no action: it names none, or only mentions one."""
    found = find_items(piece.text, lambda at: says_something(piece.text, at, today))
    found = [item for item in found if not item.weak or _weak_item_counts(piece, item, today)]
    if not found:
        return None
    sections = _sections(piece, found, today)
    read = [_read_section(section, today) for section in sections]
    if read[0] is None:
        return None
    known = [updates for updates in read if updates]
    intents = tuple(intent for updates in known for intent in updates.intents)
    return Updates(intents, any(updates.asked_back for updates in known))


def _weak_item_counts(piece: Piece, item: Items, today: date) -> bool:
    """12号 is an action only when news about it follows; else it is a day of the month."""
    return says_something(piece.text, item.end, today)


def _sections(piece: Piece, found: list[Items], today: date) -> list[Section]:
    starts = [_first_section(piece, found[0])]
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


def _first_section(piece: Piece, item: Items) -> tuple[Items, int]:
    return item, _clause_start(piece.text, 0, item.start)


def _clause_start(text: str, start: int, end: int) -> int:
    """Where the clause begins that ends at `end`."""
    before = list(clauses(text[start:end] + "x"))
    return start + before[-1][0] if before else start


def _where_next_begins(piece: Piece, before: Items, item: Items, today: date) -> int | None:
    """Does a second number open a new update, and from which word on? None: it is only a remark."""
    text = piece.text
    gap = text[before.end : item.start]
    head = _clause_start(text, before.end, item.start)
    if _DEPENDS.search(gap):
        return None
    if head > before.end:
        return head if _opens(piece, head, item, today) else None
    if not left_over(gap, read_news(piece.part(before.end, item.start), today)):
        return item.start
    return item.start if says_something(text, item.end, today) else None


def _opens(piece: Piece, head: int, item: Items, today: date) -> bool:
    words = piece.part(head, item.start)
    if _is_filler(words.text):
        return True
    news = read_news(words.join(piece.part(item.end, item.end + 40)), today)
    return not news.empty and not _left_over_in_head(words, news)


def _is_filler(text: str) -> bool:
    return _FILLER.fullmatch(text.strip() + " ") is not None or not text.strip(" ,:")


def _read_section(section: Section, today: date) -> Updates | None:
    plain = _is_filler(section.head.text)
    if _is_question(section):
        return Updates(tuple(ShowAction(number) for number in section.items.numbers))
    body = section.tail if plain else section.head.join(section.tail)
    news = read_news(body, today)
    if not plain and (news.empty or _left_over_in_head(section.head, news)):
        return _mentioned(section, today)
    note = _note(body, news)
    if section.context.text and not is_heading(section.context.text):
        note = join_words([section.context.own(), note or ""])
    return _updates(section.items, news, note)


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
    asks = tail.endswith("?") or _ASKS_LAST.search(tail) is not None
    return asks and (_is_filler(head) or _ASKS_FIRST.fullmatch(head) is not None)


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


def _note(body: Piece, news: News) -> str | None:
    """The person's own words, without what became a slot."""
    pieces = [body.part(start, end) for start, end in gaps(len(body.text), news.taken)]
    kept = [words for piece in pieces if _says(piece.text) and (words := _trim_connectives(piece))]
    note = join_words(kept)
    return note if note and _says(note.lower()) else None


def _trim_connectives(piece: Piece) -> str:
    while match := _DANGLING_END.search(piece.text):
        piece = piece.part(0, match.start())
    while match := _DANGLING_START.match(piece.text):
        piece = piece.part(match.end())
    return piece.raw()
