"""Something close to a command or an update: the two nearest readings, so that the bot asks instead of guessing."""

import re
from collections.abc import Callable

from handlers.intents import Edit, Loop, NewAction, Practice, Reading, Sign, SpokenIntent, Why
from handlers.understanding.arguments import Context
from handlers.understanding.dates import read_day
from handlers.understanding.folded import Piece, fold
from handlers.understanding.items import JOINER
from handlers.understanding.news import is_not_yet, read_news
from handlers.understanding.updates import left_over
from handlers.understanding.wording import PUNCTUATION, TABLE, any_of, bounded

_NUMBER = re.compile(rf"(\d{{1,6}})(?:{JOINER}\d{{1,6}})*(?![\d.%/-])")
_ORDINARY = frozenset(TABLE["nearly"]["ordinary"])
_NAMES = {
    "new": "action.new",
    "new_weak": "action.new",
    "show": "action.show",
    "back_from": "back",
    "add_behind": "behind.agenda",
}
_WORDS = [
    (word, _NAMES.get(name, name)) for name, words in TABLE["commands"].items() for word in words if "[" not in word
]
COMMAND_NAMES = frozenset(name for _, name in _WORDS)
_TYPOS = {typo: name for name, typos in TABLE["typos"].items() for typo in typos}
_AN_UPDATE = ("action.update", "action.show")
_FINISHED = ("action.update", "report")
_OR = re.compile(rf" ?{bounded(any_of(TABLE['nearly']['or']))} ?")
LONGEST = 40

Command = Callable[[Piece, Context], Reading | None]


def nearest(piece: Piece, context: Context, command: Command) -> tuple[tuple[str, ...], int | None]:
    """Candidates, best first, and the action's number if one stands there; none for plain talk."""
    piece = piece.trimmed()
    number = _NUMBER.match(piece.text)
    rest = piece.part(number.end()) if number else piece
    if number and not rest.text.strip(PUNCTUATION["trimmed"] + " ?"):
        return ("action.show", "action.update"), int(number[1])
    news = read_news(rest, context.today)
    day = read_day(piece.text, 0, context.today)
    if day and day.end == len(piece.text):
        return (), None
    said = not news.empty or news.doubtful
    if said and (number or not (left_over(rest.text, news) or is_not_yet(rest.text))):
        if number is None and news.status == "done":
            return _FINISHED, None
        return _AN_UPDATE, int(number[1]) if number else None
    return _either(piece, context, command) or _misspelt(piece, context, command), None


def _either(piece: Piece, context: Context, command: Command) -> tuple[str, ...]:
    """`later or skip`: two commands, and the person has not chosen."""
    word = _OR.search(piece.text) if len(piece.text) <= LONGEST else None
    if word is None:
        return ()
    readings = [command(part, context) for part in (piece.part(0, word.start()), piece.part(word.end()))]
    names = [reading.intents[0].name for reading in readings if reading]
    return tuple(names) if len(set(names)) == len(readings) else ()


def _misspelt(piece: Piece, context: Context, command: Command) -> tuple[str, ...]:
    text = piece.text.strip(PUNCTUATION["trimmed"] + "?/ ")
    if any(text == word for word, _ in _WORDS):
        return ()
    if text in _TYPOS:
        return _two(_TYPOS[text], text)
    known_first = any(word == text.partition(" ")[0] for word, _ in _WORDS)
    near = _closest(text) if len(text) <= LONGEST and not known_first else None
    if near:
        return _two(near, text)
    return _first_word_misspelt(text, piece, context, command)


def _first_word_misspelt(text: str, piece: Piece, context: Context, command: Command) -> tuple[str, ...]:
    """`coahc @bob …`: only when what follows is shaped like that command's argument."""
    first, _, rest = text.partition(" ")
    name = _TYPOS.get(first) or _closest(first)
    meant = next((word for word, of in _WORDS if of == name and " " not in word), None)
    if not rest or meant is None or name is None:
        return ()
    reading = command(fold(f"{meant} {piece.source.strip().partition(' ')[2]}"), context)
    return _two(name, first) if reading and _shaped(reading.intents[0]) else ()


def _shaped(intent: SpokenIntent) -> bool:
    """Free text fits any command, so it proves nothing."""
    if isinstance(intent, (Why, Sign, Practice, Loop, Edit)):
        return intent.number is not None
    if isinstance(intent, NewAction):
        return bool(intent.owner or intent.measure)
    return intent.name in ("coach", "thanks", "later", "away", "language", "whynot")


def _closest(text: str) -> str | None:
    if text in _ORDINARY or len(text) < 3:
        return None
    found = [(_distance(text, word), word, name) for word, name in _WORDS if _comparable(text, word)]
    near = [(distance, name) for distance, word, name in found if 0 < distance <= _allowed(word)]
    return min(near)[1] if near else None


def _comparable(text: str, word: str) -> bool:
    """A misspelt word keeps its first letter and about its length."""
    return text[0] == word[0] and abs(len(text) - len(word)) <= 2


def _allowed(word: str) -> int:
    if not word.isascii():
        return 1 if len(word) >= 4 else 0
    return 0 if len(word) < 4 else 1 if len(word) < 6 else 2


def _two(name: str, text: str) -> tuple[str, ...]:
    """The nearest, and the next nearest of another kind."""
    found = [(word, other) for word, other in _WORDS if other != name and len(word) < LONGEST]
    others = sorted((_distance(text, word), word[0] != text[0], other) for word, other in found)
    return (name, others[0][2]) if others else (name, "help")


def _distance(one: str, other: str) -> int:
    """Letters to add, drop, change or swap (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        previous, before, row = before, row, [i]
        for j, right in enumerate(other, 1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, previous[j - 2] + 1)
            row.append(cost)
    return row[-1]
