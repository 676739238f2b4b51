"""What stands behind a command word: nothing, a number, a person, a time, a reason. One reader per kind.

A reader gets a `Call` and answers a Reading, or None when the words are a sentence that only begins like the command.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from handlers.intents import (
    Away,
    Edit,
    Gap,
    Language,
    Later,
    Link,
    Loop,
    Practice,
    Reading,
    Sign,
    Skip,
    SpokenIntent,
    Suggest,
    Why,
)
from handlers.understanding.absences import Range, names_no_day, read_range
from handlers.understanding.folded import Piece
from handlers.understanding.moments import read_moment
from handlers.understanding.wording import LANGUAGES, PUNCTUATION, TABLE, ZH_NUMBER, any_of, bounded, number, pattern

SHORT = 60
# A topic of more words, while a question is open, is its answer.
MOST_WORDS = 3
LOCALES: dict[str, Literal["zh", "en"]] = {"zh": "zh", "en": "en"}

_AFTER = re.compile(rf"(?:[ ,]?{bounded(any_of(TABLE['politeness']['after']))}){{0,3}}[ .!?]*")
_ITEM = TABLE["item"]
_NUMBER = re.compile(
    rf"(?:{any_of(_ITEM['ordinal_before'] + _ITEM['before_number'])})? ?#? ?(?P<n>\d{{1,6}}|{ZH_NUMBER})"
    rf" ?(?:{any_of(_ITEM['ordinal_after'])})?"
)
_LANGUAGE = re.compile(
    rf"(?P<language>{bounded(any_of(LANGUAGES))})(?: ?{bounded(any_of(TABLE['language']['tail']))})*"
)
_OTHER_LANGUAGE = re.compile(TABLE["language"]["other"])
_PROSE = {name: re.compile(rf"{bounded(any_of(words))}") for name, words in TABLE["prose"].items()}
_VERB = pattern(TABLE["prose"]["verbs"])
_ANSWERED = pattern(TABLE["prose"]["answered"])
_SIGN = re.compile(f"[{re.escape(PUNCTUATION['clause'])}]")
_NOT_A_REASON = pattern(TABLE["skip"]["not_a_reason"])
_THIS_ONE = re.compile(rf"(?:{bounded(any_of(TABLE['skip']['this_one']))}[ ,:]?){{0,2}}")
_CODE = re.compile(
    r"(?=.*\d)(?:[a-z0-9]{6,12}|[a-z0-9]{4} ?- ?[a-z0-9]{4}|(?:[a-z2-9] ){7}[a-z2-9]|[a-z2-9]{4} [a-z2-9]{4})"
)
_REASON = pattern(TABLE["absence"]["reason"])
_LEAVE = re.compile(rf" ?(?:{bounded(any_of(TABLE['absence']['leave_word']))} ?)+")
_BECAUSE = {
    "skip": re.compile(rf" ?{bounded(any_of(TABLE['skip']['because']))} ?:? ?"),
    "absence": re.compile(rf" ?{bounded(any_of(TABLE['absence']['because']))} ?:? ?"),
}


@dataclass(frozen=True)
class Context:
    """What a message is read against. `now` is aware; days are those of `zone`."""

    now: datetime
    zone: ZoneInfo
    names: Sequence[str]
    open_question: bool

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True)
class Call:
    """A command word found at the start.

    `glued`: the next word follows without any space or sign; `set_off`: behind a sign.
    """

    argument: Piece
    glued: bool
    context: Context
    word: str = ""
    set_off: bool = False

    @property
    def text(self) -> str:
        return self.argument.text

    def own(self) -> str | None:
        return self.argument.own() or None


def after(piece: Piece, pattern: re.Pattern[str]) -> Piece:
    """The piece without the pattern at its start."""
    match = pattern.match(piece.text)
    return piece.part(match.end()) if match else piece


Reader = Callable[[Call], Reading | None]


def alone(kind: type[SpokenIntent]) -> Reader:
    """A word that takes nothing: only politeness may follow."""
    return lambda call: Reading((kind(),)) if _AFTER.fullmatch(call.text) else None  # type: ignore[call-arg]


def unasked(kind: type[SpokenIntent]) -> Reader:
    """The same, unless a question is open: then it is the answer."""
    return lambda call: None if call.context.open_question else alone(kind)(call)


def numbered(kind: type[Why] | type[Sign] | type[Practice] | type[Loop] | type[Edit], about: str = "") -> Reader:
    """`sign 3`, `loop`, and with `about` also `loop onboarding time`."""

    def read(call: Call) -> Reading | None:
        if _AFTER.fullmatch(call.text):
            return Reading((kind(),))
        match = _NUMBER.match(call.text)
        if match and _AFTER.fullmatch(call.text, match.end()):
            return Reading((kind(number=int(number(match["n"]))),))
        if not about or kind is Edit or not _is_topic(call, about):
            return None
        return Reading((kind(text=call.own()),))  # type: ignore[call-arg]

    return read


def _is_topic(call: Call, about: str) -> bool:
    """A short noun, not the rest of a sentence."""
    if call.glued or len(call.text) > SHORT or call.text.rstrip().endswith("?") or _VERB.search(call.text):
        return False
    if call.context.open_question and not _is_short(call.text):
        return False
    return _PROSE[about].match(call.text) is None


def _is_short(text: str) -> bool:
    """A few words in which nothing happens."""
    return len(text.split()) <= MOST_WORDS and not any(told.search(text) for told in (_SIGN, _VERB, _ANSWERED))


def code(call: Call) -> Reading | None:
    """`link` alone, or one word shaped like a code: with a figure in it, so that `link database` stays prose."""
    if _AFTER.fullmatch(call.text):
        return Reading((Link(),))
    match = _CODE.match(call.text)
    if match is None or not after_fits(call.text, match.end()):
        return None
    return Reading((Link(call.argument.part(0, match.end()).own()),))


def language(call: Call) -> Reading | None:
    """A language; the word alone, or one the bot does not speak, is asked about."""
    match = _LANGUAGE.match(call.text)
    if match and _AFTER.fullmatch(call.text, match.end()):
        return Reading((Language(LOCALES[LANGUAGES[match["language"]]]),))
    if call.word not in TABLE["language"]["firm"]:
        return None
    unknown = _OTHER_LANGUAGE.fullmatch(call.text.strip(" .!")) and not call.context.open_question
    return Reading((Language(),), asked_back=True) if _AFTER.fullmatch(call.text) or unknown else None


def later(call: Call) -> Reading | None:
    if call.glued and call.context.open_question and _AFTER.fullmatch(call.text) is None and len(call.text) > SHORT:
        return None
    moment = read_moment(call.text, call.context.now, call.context.zone)
    return Reading((Later(moment.until),), moment.past) if moment else None


def skip(call: Call) -> Reading | None:
    """A reason follows a connective, is set off, or is a few words; a sentence behind `skip` may be the answer."""
    rest = after(call.argument, _THIS_ONE)
    if _AFTER.fullmatch(rest.text):
        return Reading((Skip(),))
    if _BECAUSE["skip"].match(rest.text):
        return Reading((Skip(after(rest, _BECAUSE["skip"]).own() or None),))
    story = call.context.open_question and not call.set_off and rest.text[:1].isascii() and not _is_short(rest.text)
    if call.glued or story or _NOT_A_REASON.match(rest.text):
        return None
    return Reading((Skip(call.own()),))


def away(call: Call) -> Reading | None:
    """An absence always has an end: without one it is asked."""
    if _AFTER.fullmatch(call.text):
        return Reading((Away(),), asked_back=True)
    return away_range(call.argument, call.context) or _away_without_end(call)


def away_range(piece: Piece, context: Context) -> Reading | None:
    """The dates first, the reason behind them; or the other way round."""
    span = read_range(piece.text, 0, context.today)
    if span is not None:
        rest = piece.part(span.end)
        return _away(span, rest) if _is_reason(rest.text) else None
    for sign in re.finditer("[,;:]" if context.open_question else "[,;: ]", piece.text[:SHORT]):
        span = read_range(piece.text, sign.end(), context.today)
        if span and not piece.text[span.end :].strip(" .!") and _is_reason(" " + piece.text[: sign.start()]):
            return _away(span, piece.part(0, sign.start()))
    return None


def _away(span: Range, reason: Piece) -> Reading:
    words = after(reason.trimmed(), _LEAVE)
    said = after(words.trimmed(), _BECAUSE["absence"]).own() or None
    wrong = span.until if span.until and span.start and span.until < span.start else None
    until = None if wrong else span.until
    return Reading((Away(span.start, until, said, doubted=wrong),), asked_back=span.doubtful or until is None)


def _is_reason(rest: str) -> bool:
    """Nothing, or words set off from the dates."""
    stripped = rest.strip()
    if not stripped or _LEAVE.match(stripped):
        return True
    return len(rest) <= SHORT and (not rest[0].isalnum() or _BECAUSE["absence"].match(stripped) is not None)


def _away_without_end(call: Call) -> Reading | None:
    if not call.context.open_question and names_no_day(call.argument.text):
        return Reading((Away(),), asked_back=True)
    because = _BECAUSE["absence"].match(call.text)
    if because is None:
        return None
    return Reading((Away(reason=after(call.argument, _BECAUSE["absence"]).own() or None),), asked_back=True)


def suggest(call: Call) -> Reading | None:
    if not call.text.strip(" .!"):
        return Reading((Suggest(),), asked_back=True)
    if (call.glued and call.context.open_question) or _PROSE["suggest"].match(call.text):
        return None
    return Reading((Suggest(call.own()),))


def gap(call: Call) -> Reading | None:
    if _AFTER.fullmatch(call.text):
        return Reading((Gap(),), asked_back=True)
    told = call.context.open_question and call.word in TABLE["gap"]["told"]
    return Reading((Gap(call.own()),)) if _is_topic(call, "gap") and not told else None


PieceReader = Callable[[Piece, Context], Reading | None]

_SUBJECT = re.compile(rf"(?:{bounded(any_of(TABLE['absence']['subject'] + TABLE['absence']['take']))} ?)?")
_LEAVE_WORD = re.compile(rf"{bounded(any_of(TABLE['absence']['leave_word']))} ?")
_REASON_END = re.compile(rf"(?:{any_of(TABLE['status']['particles'])})?[ ,]*")
_LATER_LAST = re.compile(rf"(?: ?{bounded(any_of(TABLE['moment']['inverted']))}){{1,2}}[ .!]*$")


def away_last(piece: Piece, context: Context) -> Reading | None:
    """The dates before the word: `tomorrow on leave`, `taking Friday off`."""
    lead = _SUBJECT.match(piece.text)
    start = lead.end() if lead else 0
    span = read_range(piece.text, start, context.today)
    leave = _LEAVE.match(piece.text, span.end) if span else None
    if span is None or leave is None:
        return None
    rest = piece.part(leave.end())
    more = read_range(rest.text, 1 if rest.text[:1] == " " else 0, span.start or context.today)
    if more and span.start:
        span = Range(span.start, more.until or span.until, 0, more.doubtful)
        rest = rest.part(more.end)
    said = rest.trimmed().text
    if context.open_question and said and not (_BECAUSE["absence"].match(said) or _REASON.fullmatch(said)):
        return None
    return _away(span, rest) if _is_reason(rest.text) else None


def away_after_reason(piece: Piece, context: Context) -> Reading | None:
    """The reason first, without a connective: `a cold, two days of leave`. With a question open that is the answer."""
    reason = _REASON.match(piece.text)
    if reason is None or context.open_question:
        return None
    rest = after(piece.part(reason.end()), _REASON_END)
    word = after(rest, _SUBJECT)
    leave = _LEAVE_WORD.match(word.text)
    reading = away_range(word.part(leave.end()), context) if leave else away_last(rest, context)
    if reading is None or not isinstance(away := reading.intents[0], Away) or away.reason:
        return None
    return replace(reading, intents=(replace(away, reason=piece.part(0, reason.end()).own()),))


def away_because(piece: Piece, context: Context) -> Reading | None:
    """The reason before the word: ill, hence two days of leave."""
    because = _BECAUSE["absence"].match(piece.text)
    leave = _LEAVE_WORD.search(piece.text, because.end(), SHORT) if because else None
    if because is None or leave is None:
        return None
    span = read_range(piece.text, leave.end(), context.today)
    if span is None or piece.text[span.end :].strip(" .!"):
        return None
    return _away(span, piece.part(because.end(), leave.start()))


def later_last(piece: Piece, context: Context) -> Reading | None:
    """`tomorrow later`, in the Chinese order."""
    word = _LATER_LAST.search(piece.text[-SHORT:])
    if word is None or len(piece.text) > SHORT:
        return None
    moment = read_moment(piece.text[: word.start()], context.now, context.zone)
    if moment is None or (moment.until is None and not moment.past):
        return None
    return Reading((Later(moment.until),), moment.past)


def language_first(piece: Piece, context: Context) -> Reading | None:
    """`English please`. During a question a language alone is an answer."""
    match = _LANGUAGE.match(piece.text)
    if match is None or not after_fits(piece.text, match.end()):
        return None
    alone_said = match.end() == match.end("language") and not piece.text[match.end() :].strip(" .!")
    if context.open_question and alone_said:
        return None
    return Reading((Language(LOCALES[LANGUAGES[match["language"]]]),))


def after_fits(text: str, at: int) -> bool:
    return _AFTER.fullmatch(text, at) is not None
