"""Commands that name a person: `coach @bob …`, `thanks @bob @ana for … #value`, `whynot @bob`."""

import re
from collections.abc import Sequence

from handlers.intents import Coach, Invite, Reading, Thanks, WhyNot
from handlers.understanding.arguments import Call, Context, after
from handlers.understanding.folded import Piece, gaps, join_words
from handlers.understanding.mentions import find_mentions, known_name_at, likely_name_at, told_name_at
from handlers.understanding.wording import TABLE, any_of, bounded, chain

_THANKS = TABLE["thanks"]
_VALUE = re.compile(r"(?<![\w#])#([^\W\d][\w-]*)")
_CITED = re.compile(r"(?<![\w#])# ?(\d{1,6})(?!\w)")
_JOINER = re.compile(rf" ?(?:{any_of(_THANKS['joiner'] + TABLE['item']['list_marks'])})? ?")
_AGAIN = re.compile(rf" ?{chain(_THANKS['again'], 2)}")
_FOR = re.compile(rf" ?{chain(_THANKS['lead'], 2)}")
_REASON = re.compile(rf" ?{chain(_THANKS['lead'], 1, 1)}")
_SUFFIX = re.compile(any_of(_THANKS["suffix"]))
_COACH_WITH = re.compile(rf" ?{chain(TABLE['coach']['with'], 1)}")
ABOUT = re.compile(rf" ?{chain(TABLE['coach']['lead'], 1)}")
_WHYNOT_ME = re.compile(rf" ?(?:{bounded(any_of(TABLE['whynot']['me']))})? ?")
_WHYNOT_TAIL = re.compile(
    rf"(?:[ ,]?{bounded(any_of(TABLE['whynot']['tail'] + TABLE['politeness']['after']))}){{0,2}}[ .!?]*"
)
_NOTHING = re.compile(rf"(?:[ ,]?{bounded(any_of(TABLE['politeness']['after']))}){{0,3}}[ .!?]*")
_PREFIX_ONLY = frozenset(_THANKS["prefix_only"])
_WORD_OF_THANKS = re.compile(bounded(any_of(set(TABLE["commands"]["thanks"]) - _PREFIX_ONLY)))


def whynot(call: Call) -> Reading | None:
    who, end = leading_people(call.argument, call.context.names)
    if who:
        return Reading((WhyNot(who),)) if _WHYNOT_TAIL.fullmatch(call.text, end) else None
    if call.word in TABLE["whynot"]["loose"] and not call.text.strip("?!. "):
        return None
    rest = after(call.argument, _WHYNOT_ME)
    return Reading((WhyNot(),)) if _WHYNOT_TAIL.fullmatch(rest.text) else None


def invite(call: Call) -> Reading | None:
    """People and nothing else: `invite Bob to the meeting` is talk, and an answer may begin with the word."""
    if _NOTHING.fullmatch(call.text):
        return Reading((Invite(),), asked_back=True)
    if call.context.open_question and not call.text.startswith("@"):
        return None
    who, end = leading_people(call.argument, call.context.names)
    return Reading((Invite(who),)) if who and _NOTHING.fullmatch(call.text, end) else None


def coach(call: Call) -> Reading | None:
    if _NOTHING.fullmatch(call.text):
        return Reading((Coach(),), asked_back=True)
    argument = after(call.argument, _COACH_WITH)
    who, end = leading_people(argument, call.context.names)
    if not who and not call.context.open_question and (end := told_name_at(argument, 0)):
        who = (argument.part(0, end).own(),)
    if not who:
        return None
    text = after(argument.part(end).trimmed(), ABOUT).own() or None
    return Reading((Coach(who, text),), asked_back=text is None)


def thanks(call: Call) -> Reading | None:
    """A person and a reason; without a person it is politeness."""
    argument = after(call.argument, _AGAIN)
    who, end = leading_people(argument, call.context.names)
    if call.word in _PREFIX_ONLY:
        praise = _SUFFIX.match(argument.text[end:].lstrip())
        return _thanks(who, argument, (0, argument.text.index(praise[0], end) + len(praise[0]))) if praise else None
    if who:
        told = call.word in _THANKS["cause"] and call.context.open_question and not _REASON.match(argument.text, end)
        return None if told else _thanks(who, argument, (0, end))
    people, name = _thanked_people(argument) if not call.context.open_question else ((), 0)
    if people:
        return _thanks(people, argument, (0, name))
    mentions = find_mentions(argument, call.context.names)
    if not mentions or call.glued:
        return None
    who, end = leading_people(argument.part(mentions[0].start), call.context.names)
    return _thanks(who, argument, (mentions[0].start, mentions[0].start + end))


def _thanked_people(argument: Piece) -> tuple[tuple[str, ...], int]:
    """Names as Chinese writes them without an @, and where what they did begins."""
    end = told_name_at(argument, 0)
    name = argument.part(0, end).own()
    return ((name,), end + argument.text.startswith(_THANKS["of"], end)) if name else ((), 0)


def thanked_first(piece: Piece, context: Context) -> Reading | None:
    """`@bob thanks for the demo`."""
    who, end = leading_people(piece, context.names)
    rest = piece.part(end).trimmed()
    word = _WORD_OF_THANKS.match(rest.text) if who else None
    if word is None:
        return None
    argument = after(rest.part(word.end()), _AGAIN)
    return _thanks(who, argument, (0, 0))


def _thanks(who: tuple[str, ...], argument: Piece, people: tuple[int, int]) -> Reading:
    values = [match for match in _VALUE.finditer(argument.text) if match.start() >= people[1] or not people[0]]
    spans = sorted({people, *(match.span() for match in values)})
    pieces = [argument.part(start, end) for start, end in gaps(len(argument.text), spans)]
    said = [after(piece.trimmed(), _FOR).trimmed() for piece in pieces]
    reason = join_words([piece.raw() for piece in said if any(char.isalnum() for char in piece.text)]) or None
    names = tuple(argument.part(*match.span(1)).own() for match in values)
    cited = tuple(int(digits) for digits in _CITED.findall(argument.text))
    return Reading((Thanks(who, reason, names, cited),), asked_back=reason is None)


def leading_people(piece: Piece, names: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """The persons at the start, and where the words about them begin."""
    who: list[str] = []
    at = 0
    mentions = {mention.start: mention for mention in find_mentions(piece, names)}
    while True:
        joiner = _JOINER.match(piece.text, at) if at or piece.text[:1] == " " else None
        start = joiner.end() if joiner else at
        if mention := mentions.get(start):
            who.append(mention.name)
            at = mention.end
        elif (known := max(known_name_at(piece.text, start, names), likely_name_at(piece, start))) > start:
            who.append(piece.part(start, known).own())
            at = known
        else:
            return tuple(dict.fromkeys(who)), at
