"""A blocker by its number: `B3 resolved`, `ack B3`, `blocker 3 waiting for the part`."""

import re
from typing import Literal

from handlers.intents import MoveBlocker, Reading
from handlers.understanding.arguments import Context, after_fits
from handlers.understanding.folded import Piece
from handlers.understanding.news import read_news
from handlers.understanding.updates import own_note
from handlers.understanding.wording import TABLE, any_of, bounded, chain, compile_shape, pattern

Status = Literal["acknowledged", "resolved"]

_WORDS = TABLE["blocker"]
_NAMED = [(compile_shape(shape), kind) for kind in ("by_word", "by_sign") for shape in _WORDS[kind]]
_NO_NUMBER = re.compile(r"[./:%-]\d|%")
_END = rf"(?: ?{bounded(any_of(_WORDS['status_end']))})?(?=[ ,.:;!]|$)"
_STATUSES: tuple[Status, ...] = ("resolved", "acknowledged")
_BEHIND = {
    status: re.compile(rf"{chain(_WORDS['status_lead'], 2)}{bounded(any_of(_WORDS[status]))}{_END}")
    for status in _STATUSES
}
_BEFORE = {status: re.compile(rf"{bounded(any_of(_WORDS[status + '_first']))} ?") for status in _STATUSES}
_STORY = pattern(_WORDS["story"])


def move_blocker(piece: Piece, context: Context) -> Reading | None:
    """With a question open only what names a status, or names the blocker by the word, is no answer."""
    named = _named(piece.text, 0)
    if named is None:
        return _verb_first(piece)
    number, end, kind = named
    rest = piece.part(end).trimmed()
    status, note = _status_and_note(rest, context)
    answers = context.open_question and (kind == "by_sign" or not note)
    if status is None and (answers or _STORY.match(rest.text)):
        return None
    asked = rest.text.endswith("?")
    return Reading((MoveBlocker(number) if asked else MoveBlocker(number, status, note),))


def _verb_first(piece: Piece) -> Reading | None:
    """`resolve B3`, `ack B3`."""
    for status, verb in _BEFORE.items():
        said = verb.match(piece.text)
        named = _named(piece.text, said.end()) if said else None
        if named and after_fits(piece.text, named[1]):
            return Reading((MoveBlocker(named[0], status),))
    return None


def _named(text: str, at: int) -> tuple[int, int, str] | None:
    """The number, where its name ends, and how it was named."""
    for shape, kind in _NAMED:
        match = shape.match(text, at)
        if match and not _NO_NUMBER.match(text, match.end()):
            return int(match["number"]), match.end(), kind
    return None


def _status_and_note(rest: Piece, context: Context) -> tuple[Status | None, str | None]:
    """What is done is resolved; nearly, not yet and some day are the person's own words."""
    rest = rest.part(len(rest.text) - len(rest.text.lstrip()))
    for status, words in _BEHIND.items():
        said = words.match(rest.text)
        if said:
            return status, rest.part(said.end()).trimmed().own() or None
    news = read_news(rest, context.today)
    if news.status == "done" and not news.doubtful:
        return "resolved", own_note(rest, news)
    return None, rest.own() or None
