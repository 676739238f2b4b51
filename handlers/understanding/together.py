"""What two people share: when they meet, the agenda, the notes; and an absence written down for somebody else."""

import re
from dataclasses import replace

from handlers.intents import Agenda, Away, History, Meet, Notes, Reading
from handlers.understanding import arguments as takes
from handlers.understanding.addressed import ABOUT, leading_people
from handlers.understanding.arguments import Call, Context, after, after_fits
from handlers.understanding.folded import Piece
from handlers.understanding.mentions import find_mentions
from handlers.understanding.moments import read_moment, says_a_time
from handlers.understanding.wording import TABLE, any_of, bounded, chain

_LEAD = re.compile(rf"[ ,:]*{chain(TABLE['meet']['lead'], 2)}")
_TAIL = re.compile(rf"(?:[ ,]*{bounded(any_of(TABLE['meet']['tail']))}){{1,2}}[ .!?]*$")
_IS = re.compile(rf" ?{chain(TABLE['absence']['of_another'], 2)}")
_AWAY = re.compile(bounded(any_of(TABLE["commands"]["away"])))
_ALSO_COACHING = frozenset(TABLE["meet"]["also_coaching"])


def notes(call: Call) -> Reading | None:
    """`notes @bob quoting`; the word alone shows one's own."""
    found = _about_people(call)
    return Reading((Notes(*found),)) if found else None


def history(call: Call) -> Reading | None:
    """`history @bob`; the word alone is one's own."""
    found = _about_people(call)
    return Reading((History(found[0]),)) if found and not found[1] else None


def agenda(call: Call) -> Reading | None:
    """`agenda @bob the test rig` adds a point; without one it is shown."""
    found = _about_people(call)
    return Reading((Agenda(*found),)) if found else None


def _about_people(call: Call) -> tuple[tuple[str, ...], str | None] | None:
    """Who, and the words behind them; `notes are in the wiki` names nobody."""
    if after_fits(call.text, 0):
        return (), None
    if call.context.open_question and not call.text.startswith("@"):
        return None
    who, end = leading_people(call.argument, call.context.names)
    return (who, after(call.argument.part(end).trimmed(), ABOUT).own() or None) if who else None


def meet(call: Call) -> Reading | None:
    """A person and a time. Without the time it is asked; with prose in its place this is no appointment."""
    who, when = _who_and_when(call)
    if not who:
        return None
    if after_fits(when, 0):
        return None if call.word in _ALSO_COACHING else Reading((Meet(who),), asked_back=True)
    moment = read_moment(when, call.context.now, call.context.zone)
    if moment is None or (moment.until is None and not moment.past):
        return None
    if moment.past or not says_a_time(when):
        return Reading((Meet(who),), asked_back=True)
    return Reading((Meet(who, moment.until),))


def _who_and_when(call: Call) -> tuple[tuple[str, ...], str]:
    """The person first, `@bob thu 15:00`, or last, `thu 15:00 with @bob`."""
    who, end = leading_people(call.argument, call.context.names)
    when = call.argument.part(end)
    if not who and (mentions := find_mentions(call.argument, call.context.names)):
        first = mentions[0]
        who, end = leading_people(call.argument.part(first.start), call.context.names)
        when = call.argument.part(0, first.start).join(call.argument.part(first.start + end))
    words = after(when, _LEAD).text
    tail = _TAIL.search(words[: takes.SHORT])
    return who, words[: tail.start()] if tail else words


def away(call: Call) -> Reading | None:
    """One's own absence, or `away @bob until fri`."""
    if not call.text.startswith("@"):
        return takes.away(call)
    return _of(call.argument, call)


def away_of_another(piece: Piece, context: Context) -> Reading | None:
    """`@bob is away until Friday`. With a question open that is the answer."""
    if context.open_question or not piece.text.startswith("@"):
        return None
    who, end = leading_people(piece, context.names)
    rest = after(piece.part(end), _IS)
    rest = rest.part(len(rest.text) - len(rest.text.lstrip()))
    word = _AWAY.match(rest.text)
    if not who:
        return None
    if word is None:
        return _for(who, takes.away_last(rest, context))
    argument = rest.part(word.end())
    argument = argument.part(len(argument.text) - len(argument.text.lstrip(" ,:")))
    return _for(who, takes.away(Call(argument, False, context, word[0])))


def _of(argument: Piece, call: Call) -> Reading | None:
    who, end = leading_people(argument, call.context.names)
    rest = argument.part(end)
    rest = rest.part(len(rest.text) - len(rest.text.lstrip(" ,:")))
    return _for(who, takes.away(replace(call, argument=rest, glued=False))) if who else None


def _for(who: tuple[str, ...], reading: Reading | None) -> Reading | None:
    if reading is None or not isinstance(reading.intents[0], Away):
        return None
    return replace(reading, intents=(replace(reading.intents[0], who=who),))
