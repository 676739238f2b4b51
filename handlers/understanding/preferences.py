"""How a person wants it: the calendar that knows his days off, and how much the bot says."""

import re

from handlers.intents import Feed, Intensity, Reading
from handlers.understanding.arguments import Call, Context, after, after_fits
from handlers.understanding.folded import Piece
from handlers.understanding.wording import TABLE, any_of, bounded, chain, words_of

_CALENDAR, _INTENSITY = TABLE["calendar"], TABLE["intensity"]
_LEAD = re.compile(chain(_CALENDAR["lead"], 2))
_OFF = re.compile(rf"{bounded(any_of(_CALENDAR['off']))}")
_URL = re.compile(r"<?(?P<url>(?:https?|webcals?)://[^ \n<>|]+)(?:\|[^ >]*)?>?")
_URL_END = ".,;:!\u3002\uff0c\uff1b\uff01"
_LEVELS = words_of({level: _INTENSITY[level] for level in ("light", "standard", "active")})
_LEVEL = re.compile(
    rf"{chain(_INTENSITY['lead'], 2)}(?P<level>{bounded(any_of(_LEVELS))})"
    rf"(?: ?{bounded(any_of(_INTENSITY['tail']))})?[ .!]*"
)
_LEVEL_FIRST = re.compile(
    rf"(?P<level>{bounded(any_of(_LEVELS))}) ?{bounded(any_of(_INTENSITY['tail_of_level']))}[ .!]*"
)


def calendar(call: Call) -> Reading | None:
    """An address, or off; the word alone shows what is kept. `calendar is full` is talk."""
    if after_fits(call.text, 0):
        return Reading((Feed(),))
    rest = after(call.argument, _LEAD)
    off = _OFF.match(rest.text)
    if off and after_fits(rest.text, off.end()):
        return Reading((Feed(off=True),))
    url = _URL.match(rest.text)
    if url is None or not after_fits(rest.text, url.end()):
        return None
    return Reading((Feed(rest.part(*url.span("url")).raw().rstrip(_URL_END)),))


def intensity(call: Call) -> Reading | None:
    """A level; without one it is asked, unless it may be an answer. `reminders were annoying` is talk."""
    if after_fits(call.text, 0):
        return None if call.context.open_question else Reading((Intensity(),), asked_back=True)
    said = _LEVEL.fullmatch(call.text)
    return Reading((_intensity(said["level"]),)) if said else None


def level_first(piece: Piece, context: Context) -> Reading | None:
    """`fewer reminders please`."""
    said = _LEVEL_FIRST.match(piece.text)
    return Reading((_intensity(said["level"]),)) if said and after_fits(piece.text, said.end()) else None


def _intensity(word: str) -> Intensity:
    return Intensity(_LEVELS[word])  # type: ignore[arg-type]
