"""What a message means: text in, intents out. Pure; words come from templates/commands.toml, never from here.

`COMMANDS` is the table: a row per command, its words under the same name in the file, and the reader of what follows.
"""

import itertools
import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.intents import (
    AddBehind,
    Back,
    Blockers,
    Board,
    Edit,
    Exceptions,
    Export,
    ForgetMe,
    Help,
    Here,
    Loop,
    Mine,
    MyData,
    Nudge,
    OnlyLead,
    Practice,
    Privacy,
    Reading,
    Reflect,
    Report,
    Said,
    Same,
    Seen,
    Setup,
    ShowDigest,
    Sign,
    SpokenIntent,
    Thanks,
    Unclear,
    Undo,
    Why,
    Withdraw,
)
from handlers.understanding import arguments as takes
from handlers.understanding.addressed import coach, invite, thanked_first, thanks, whynot
from handlers.understanding.arguments import Call, Context, Reader
from handlers.understanding.blockers import move_blocker
from handlers.understanding.dates import read_day
from handlers.understanding.folded import Piece, fold
from handlers.understanding.hours import quiet
from handlers.understanding.nearly import nearest
from handlers.understanding.new_action import new_action, weakly_new
from handlers.understanding.news import spelled
from handlers.understanding.preferences import calendar, intensity, level_first
from handlers.understanding.together import agenda, away, away_of_another, history, meet, notes
from handlers.understanding.updates import is_heading, opens_with_item, read_updates
from handlers.understanding.wording import PUNCTUATION, TABLE, any_of, bounded, chain

COMMANDS: dict[str, Reader] = {
    "board": takes.alone(Board),
    "mine": takes.alone(Mine),
    "digest": takes.alone(ShowDigest),
    "report": takes.alone(Report),
    "edit": takes.numbered(Edit),
    "same": takes.alone(Same),
    "withdraw": takes.alone(Withdraw),
    "only_lead": takes.alone(OnlyLead),
    "nudge": takes.alone(Nudge),
    "blockers": takes.alone(Blockers),
    "exceptions": takes.alone(Exceptions),
    "export": takes.alone(Export),
    "seen": takes.alone(Seen),
    "add_behind": takes.alone(AddBehind),
    "back": takes.alone(Back),
    "back_from": takes.unasked(Back),
    "undo": takes.alone(Undo),
    "help": takes.alone(Help),
    "setup": takes.alone(Setup),
    "link": takes.code,
    "invite": invite,
    "here": takes.alone(Here),
    "privacy": takes.alone(Privacy),
    "mydata": takes.alone(MyData),
    "forgetme": takes.alone(ForgetMe),
    "coach": coach,
    "history": history,
    "notes": notes,
    "meet": meet,
    "agenda": agenda,
    "reflect": takes.alone(Reflect),
    "calendar": calendar,
    "intensity": intensity,
    "thanks": thanks,
    "later": takes.later,
    "skip": takes.skip,
    "away": away,
    "language": takes.language,
    "quiet": quiet,
    "whynot": whynot,
    "suggest": takes.suggest,
    "gap": takes.gap,
    "why": takes.numbered(Why, about="why"),
    "sign": takes.numbered(Sign, about="sign"),
    "practice": takes.numbered(Practice, about="practice"),
    "loop": takes.numbered(Loop, about="loop"),
    "new": new_action,
    "new_weak": weakly_new,
}
# The command word stands last: `tomorrow on leave`, `English please`, `@bob thanks for …`.
WORD_LAST: tuple[takes.PieceReader, ...] = (
    move_blocker,
    level_first,
    away_of_another,
    takes.away_last,
    takes.away_because,
    takes.away_after_reason,
    takes.later_last,
    takes.language_first,
    thanked_first,
)

# No platform's command is longer; such a text is read by people only.
LONGEST = 6_000
MOST_POLITE = 16
# Nobody puts two things into a longer sentence without a full stop.
SHORT_SENTENCE = 200

_WORDS = {name: re.compile(bounded(any_of(TABLE["commands"][name]))) for name in COMMANDS}
_BEFORE = TABLE["politeness"]["before"]
_POLITE = [
    re.compile(rf"{bounded(any_of(_BEFORE))}[ ,:!.\n]{{0,3}}"),
    re.compile(rf"{bounded(any_of(_BEFORE, shortest=True))}[ ,:!.\n]{{0,3}}"),
    re.compile(rf"{chain(TABLE['thanks']['before'], 3, 1)}(?={_WORDS['thanks'].pattern})"),
]
_SLASH = re.compile(r"/([a-z0-9_-]+)(?:@[a-z0-9_]+)?")
_SLASH_ITEM = re.compile(r"\s?/(?:loop(?:@\w+)? )?(?=#)")
_BARE_THANKS = re.compile(rf"/(?:loop )?(?:{any_of(TABLE['thanks']['slash'])})(?:@\w+)?")
_SLASH_LOOP = re.compile(r"\s?/loop(?:@\w+)? ")
_LOOP = re.compile(r"/?loop ")
_SPACE = " ,:;.-\n"
_MERELY_POLITE = re.compile(rf"(?:{bounded(any_of(_BEFORE + TABLE['politeness']['after']))}[ ,:!.?]{{0,3}}){{1,4}}")
_ADDRESSED = f"{any_of(TABLE['commands']['thanks'] + TABLE['commands']['coach'])}"
_THEN_THANKS = rf"(?={chain(TABLE['thanks']['before'], 2)}{bounded(_ADDRESSED)} ?@)"
_SENTENCE = re.escape(PUNCTUATION["sentence"])
_SENTENCE_END = re.compile(rf"[{_SENTENCE}]|[{re.escape(PUNCTUATION['clause'])}] ?{_THEN_THANKS}")
_SENTENCE_OR_THANKS = re.compile(rf"[{_SENTENCE}]|[{re.escape(PUNCTUATION['clause'])} ] ?{_THEN_THANKS}")
_CLAUSE = re.compile(rf"[{re.escape(PUNCTUATION['clause'])}](?= ?\D)")
_HASH_NUMBER = re.compile(r"# ?\d")
_OWN_ABSENCE = re.compile(bounded(any_of(TABLE["absence"]["own"])))
_FREE_TEXT = ("coach", "thanks", "action.new", "suggest", "skip")
_OPENS_ANYWHERE = (
    "coach",
    "thanks",
    "action.new",
    "action.update",
    "action.show",
    "board",
    "mine",
    "digest",
    "help",
    "unclear",
)


def parse(
    text: str,
    *,
    now: datetime,
    zone: ZoneInfo,
    locale: str,
    open_question: bool,
    names: Sequence[str] = (),
) -> Reading:
    """Both languages are always understood; `locale` only says which one the answer will be in."""
    context = Context(now, zone, names, open_question)
    piece = takes.after(spelled(fold(text)), _SLASH_ITEM)
    if len(piece.text) > LONGEST or not any(char.isalnum() for char in piece.text):
        return _said(text)
    if open_question:
        return _during_a_question(piece, context)
    return _in_plain_talk(piece, context)


def _said(text: str) -> Reading:
    return Reading((Said(text.strip()),))


def _during_a_question(piece: Piece, context: Context) -> Reading:
    """Only what is a command as a whole is one; lines that open with `#N` are updates; the rest is the answer."""
    lines = [line for line in _split(piece, re.compile("\n")) if line.text.strip()]
    if any(opens_with_item(line, context.today) for line in lines):
        return _joined([_line(line, context) for line in lines])
    readings = [_command(part, context) for part in _parts(piece, context)]
    known = [reading for reading in readings if reading]
    return _joined(known) if len(known) == len(readings) else _said(piece.source)


def _line(line: Piece, context: Context) -> Reading:
    return _read(line, context) or _said(line.raw())


def _in_plain_talk(piece: Piece, context: Context) -> Reading:
    parts = [part for part in _parts(piece, context) if not is_heading(part.text.strip())]
    readings = [_read(part, context) for part in parts]
    if not any(readings):
        candidates, number = nearest(takes.after(piece, _SLASH_LOOP), context, _command)
        return Reading((Unclear(candidates, number),), asked_back=True) if candidates else _said(piece.source)
    return _joined([reading or _said(part.raw()) for reading, part in zip(readings, parts, strict=True)])


def _joined(readings: Sequence[Reading]) -> Reading:
    """In the order of the text; what is merely said is one answer."""
    intents: list[SpokenIntent] = []
    for intent in (intent for reading in readings for intent in reading.intents):
        said = next((place for place, earlier in enumerate(intents) if isinstance(earlier, Said)), None)
        if isinstance(intent, Said) and said is not None:
            intents[said] = Said("\n".join(each.text for each in (intents[said], intent) if isinstance(each, Said)))
        else:
            intents.append(intent)
    return Reading(tuple(intents), any(reading.asked_back for reading in readings))


def _parts(piece: Piece, context: Context) -> list[Piece]:
    """Sentences, each with those behind it that begin nothing of their own."""
    parts: list[Piece] = []
    before: Reading | None = None
    ends = _SENTENCE_OR_THANKS if opens_with_item(piece, context.today) else _SENTENCE_END
    for sentence in _not_merely_polite(_sentences(piece, ends, context)):
        reading = _read(sentence, context)
        if parts and (reading is None or not _begins(reading, before)) and (before or reading is None):
            parts[-1] = _together(piece, parts[-1], sentence)
        else:
            parts.append(sentence)
            before = reading
    return parts


def _sentences(piece: Piece, ends: re.Pattern[str], context: Context) -> list[Piece]:
    found = _split(piece, ends)
    if context.open_question:
        return found
    return [part for sentence in found for part in _beside_an_update(sentence, context)]


def _beside_an_update(sentence: Piece, context: Context) -> list[Piece]:
    """`#3 done, I'm away tomorrow`, `away tomorrow, #3 done`: one's own absence, or a new action, behind a comma."""
    if len(sentence.text) > SHORT_SENTENCE or not _HASH_NUMBER.search(sentence.text):
        return [sentence]
    for sign in _CLAUSE.finditer(sentence.text):
        before, behind = sentence.part(0, sign.start()), sentence.part(sign.end())
        if opens_with_item(before, context.today) and _surely_a_command(behind, context):
            return [before, behind]
        if opens_with_item(behind, context.today) and _surely_a_command(before, context):
            return [before, behind]
    return [sentence]


def _surely_a_command(piece: Piece, context: Context) -> bool:
    words = piece.trimmed()
    if _WORDS["new"].match(words.text):
        return True
    if not (_OWN_ABSENCE.match(words.text) or read_day(words.text, 0, context.today)):
        return False
    reading = _command(words, context)
    return reading is not None and not reading.asked_back and reading.intents[0].name == "away"


def _begins(reading: Reading, before: Reading | None) -> bool:
    """Inside a note or a reason, `why` and `later` are words like any other."""
    if before is None or before.intents[-1].name not in _FREE_TEXT:
        return True
    return reading.intents[0].name in _OPENS_ANYWHERE


def _split(piece: Piece, ends: re.Pattern[str]) -> list[Piece]:
    edges = [0, *(end.end() for end in ends.finditer(piece.text)), len(piece.text)]
    found = [piece.part(start, end) for start, end in itertools.pairwise(edges)]
    return [part for part in found if any(char.isalnum() for char in part.text)]


def _not_merely_polite(parts: list[Piece]) -> list[Piece]:
    """A greeting or a thank-you that stands by itself says nothing beside a command."""
    kept = [part for part in parts if not _MERELY_POLITE.fullmatch(part.text.strip(_SPACE))]
    return kept or parts


def _together(piece: Piece, first: Piece, second: Piece) -> Piece:
    start, end = piece.origin.index(first.origin[0]), len(piece.origin) - piece.origin[::-1].index(second.origin[-1])
    return piece.part(start, end)


def _read(piece: Piece, context: Context) -> Reading | None:
    command = _command(piece, context)
    if command:
        return command
    if context.open_question and not opens_with_item(piece, context.today):
        return None
    updates = read_updates(piece, context.today)
    return Reading(updates.intents, updates.asked_back) if updates else None


def _command(piece: Piece, context: Context) -> Reading | None:
    """The command at the start, after as little politeness as possible; what only decorates its end is cut off."""
    piece = piece.trimmed().undecorated()
    if _BARE_THANKS.fullmatch(piece.text):
        return Reading((Thanks(),), asked_back=True)
    for start in _starts(piece.text):
        rest = _unslashed(piece.part(start))
        inner = _LOOP.match(rest.text)
        reading = (inner and _command_at(rest.part(inner.end()), context)) or _command_at(rest, context)
        if reading:
            return reading
    return None


def _starts(text: str) -> list[int]:
    """Every place where greetings and fillers may end."""
    starts = [len(text) - len(text.lstrip(_SPACE))]
    for start in starts:
        if len(starts) >= MOST_POLITE:
            break
        ends = {match.end() for polite in _POLITE if (match := polite.match(text, start))}
        starts += [end for end in sorted(ends) if end not in starts and end < len(text)]
    return starts


def _unslashed(piece: Piece) -> Piece:
    slash = _SLASH.match(piece.text)
    if slash is None:
        return piece
    word = piece.part(slash.start(1), slash.end(1))
    return word.join(piece.part(slash.end()))


def _command_at(piece: Piece, context: Context) -> Reading | None:
    matches = ((name, words.match(piece.text)) for name, words in _WORDS.items())
    found = sorted(((match.end(), name) for name, match in matches if match), reverse=True)
    for end, name in found:
        if reading := COMMANDS[name](_call(piece, end, context)):
            return reading
    return next((reading for read in WORD_LAST if (reading := read(piece, context))), None)


def _call(piece: Piece, end: int, context: Context) -> Call:
    argument = piece.part(end)
    stripped = argument.part(len(argument.text) - len(argument.text.lstrip(_SPACE)))
    glued = bool(stripped.text) and stripped.text == argument.text and argument.text[0].isalnum()
    between = argument.text[: len(argument.text) - len(stripped.text)]
    return Call(stripped, glued, context, piece.text[:end], set_off=bool(between.strip()))
