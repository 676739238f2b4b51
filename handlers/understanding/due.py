"""When an action is to be finished: a new date (`by Friday`), or so much later than its own (`push it a week`)."""

import re
from dataclasses import dataclass
from datetime import date

from handlers.understanding.dates import Day, read_day, read_span
from handlers.understanding.wording import TABLE, any_of, bounded, chain, compile_shape

_DUE = TABLE["due"]
_SHIFT = TABLE["shift"]

_STRONG = re.compile(rf"{bounded(any_of(_DUE['strong']))}[ :]{{0,2}}{chain(_DUE['more'], 2)}")
_WEAK = re.compile(rf"{bounded(any_of(_DUE['weak']))}[ :]{{0,2}}{chain(_DUE['more'], 1)}")
_AFTER = re.compile(rf" ?{bounded(any_of(_DUE['after']))}")
_BY = re.compile(any_of(_DUE["by"]))
_NOT_BEFORE = re.compile(rf"{bounded(any_of(_DUE['not_before']))} ?$")
_FINISH_LEAD = re.compile(chain(_DUE["finish_lead"], 4))
_FINISH = re.compile(rf" ?{bounded(any_of(_DUE['finish']))}")
_FINISH_TAIL = re.compile(rf"(?: ?{bounded(any_of(_DUE['finish_tail']))}){{0,2}}")
_PAST_TAIL = re.compile(any_of(_DUE["past_tail"]))
_PREPOSITION = re.compile(chain(_DUE["deadline"], 1))
_FIRM = re.compile(rf"{bounded(any_of(_DUE['firm']))} ?$")
_CANNOT = re.compile(any_of(_DUE["cannot"]))
_CONNECTED = re.compile(rf"{bounded(any_of(_DUE['connectives']))} ?$")
_OPEN = re.compile(bounded(any_of(_SHIFT["open"])))
_BEFORE_SHIFT = re.compile(chain(_SHIFT["before"], 3))

_LATER = [compile_shape(shape) for shape in _SHIFT["later"]]
_LATER_FIRST = [compile_shape(shape) for shape in _SHIFT["later_first"]]
_EARLIER = [compile_shape(shape) for shape in _SHIFT["earlier"]]
_ANY_LATER = re.compile(bounded(any_of(_SHIFT["later"])))
_ANY_EARLIER = re.compile(bounded(any_of(_SHIFT["earlier"])))


@dataclass(frozen=True)
class Due:
    """What one phrase says about the date. It stands at start..end; `doubtful`: to be asked about."""

    start: int
    end: int
    day: Day | None = None
    shift: str | None = None
    doubtful: bool = False


def due_at(clause: str, at: int, today: date) -> Due | None:
    """A date or a shift that starts right here, where a clause begins."""
    return _shift_first(clause, at) or finished_by(clause, at, today) or _bare_date(clause, at, today)


def finished_by(clause: str, at: int, today: date) -> Due | None:
    """A date and a finishing verb, to the clause's end: news even behind other words."""
    return _date_then_finish(clause, at, today) or _finish_then_date(clause, at, today)


def due_within(clause: str, at: int, today: date) -> Due | None:
    """A date or a shift anywhere in the clause, because its own word says so."""
    found = [due for due in (_moved_to(clause, at, today), _moved_by(clause, at)) if due]
    return min(found, key=lambda due: due.start, default=None)


def open_due(clause: str) -> bool:
    """A new date is wanted and none is said: `postponed`, in Chinese also with the reason behind a space."""
    word = _OPEN.match(clause)
    return word is not None and _ends(clause, word.end())


def _moved_to(clause: str, at: int, today: date) -> Due | None:
    for word in _STRONG.finditer(clause, at):
        day = read_day(clause, word.end(), today)
        before = clause[at : word.start()]
        if day and not day.never and not _NOT_BEFORE.search(before):
            its = before.strip() in _DUE["possessive"]
            alone = its or not before.strip() or _CONNECTED.search(before)
            return Due(at if its else word.start(), _after(clause, day.end), day, doubtful=not alone or day.day < today)
    return None


def _moved_by(clause: str, at: int) -> Due | None:
    for sign, anywhere, shapes in (("", _ANY_LATER, _LATER), ("-", _ANY_EARLIER, _EARLIER)):
        found = anywhere.search(clause, at)
        if found and not _NOT_BEFORE.search(clause[at : found.start()]):
            return _shift(shapes, clause, found.start(), sign)
    return None


def _shift_first(clause: str, at: int) -> Due | None:
    lead = _BEFORE_SHIFT.match(clause, at)
    start = lead.end() if lead else at
    for sign, shapes in (("", _LATER + _LATER_FIRST), ("-", _EARLIER)):
        due = _shift(shapes, clause, start, sign)
        if due:
            return Due(at, due.end, shift=due.shift)
    return None


def _shift(shapes: list[re.Pattern[str]], clause: str, at: int, sign: str) -> Due | None:
    matches = [match for shape in shapes if (match := shape.match(clause, at))]
    if not matches:
        return None
    longest = max(matches, key=lambda match: match.end())
    span = read_span(longest.groupdict())
    if span.unit in ("hour", "minute") or not span.amount:
        return None
    return Due(at, longest.end(), shift=sign + span.iso())


def _date_then_finish(clause: str, at: int, today: date) -> Due | None:
    """The Chinese order: tomorrow done. With a past ending behind it, it is finished already."""
    lead = _end_of(_FINISH_LEAD, clause, at)
    weak = _WEAK.match(clause, lead)
    start = weak.end() if weak else lead
    day = read_day(clause, start, today)
    if day is None or day.never:
        return None
    after = _after(clause, day.end)
    finish = _FINISH.match(clause, _end_of(_FINISH_LEAD, clause, _blank(clause, after)))
    if finish is None or _CANNOT.match(clause, finish.end()) or not _ends(clause, _tail(clause, finish.end())):
        return None
    said_ahead = start > at or after > day.end or finish.start() > after + 1 or day.deadline
    end = _tail(clause, finish.end())
    if _PAST_TAIL.match(clause, finish.end()):
        return Due(at, end, day, doubtful=True) if day.day > today and not (day.weekday or day.month_day) else None
    if day.day == today and day.weekday:
        return Due(at, end, day, doubtful=not said_ahead)
    return _if_ahead(Due(at, end, day), today, said_ahead)


def _finish_then_date(clause: str, at: int, today: date) -> Due | None:
    """will be done by Friday, finish tomorrow. `finished on Friday` is past."""
    lead = _end_of(_FINISH_LEAD, clause, at)
    finish = _FINISH.match(clause, lead)
    if finish is None:
        return None
    preposition = _end_of(_PREPOSITION, clause, _blank(clause, _tail(clause, finish.end())))
    day = read_day(clause, preposition, today)
    end = _after(clause, day.end) if day else 0
    if day is None or day.never or not _ends(clause, end):
        return None
    firm = _FIRM.search(clause[finish.end() : preposition]) or finish[0].strip() in _DUE["plain"]
    said_ahead = lead > at or bool(firm) or day.deadline
    if not said_ahead and (day.weekday or day.month_day):
        return None
    return _if_ahead(Due(at, end, day), today, said_ahead)


def _if_ahead(due: Due, today: date, said_ahead: bool) -> Due | None:
    day = due.day.day if due.day else today
    return due if day > today or (day == today and said_ahead) else None


def _bare_date(clause: str, at: int, today: date) -> Due | None:
    """`#12 Friday`, `by Friday`: the whole clause is the date, and it lies ahead."""
    weak = _WEAK.match(clause, at)
    start = weak.end() if weak else at
    day = read_day(clause, start, today)
    if day is None or day.never or not _ends(clause, _after(clause, day.end)):
        return None
    if day.loose and not weak and not _BY.match(clause, day.end):
        return None
    return _if_ahead(Due(at, _after(clause, day.end), day), today, weak is not None)


def _after(clause: str, at: int) -> int:
    while match := _AFTER.match(clause, at):
        at = match.end()
    return at


def _tail(clause: str, at: int) -> int:
    return _end_of(_FINISH_TAIL, clause, at)


def _blank(clause: str, at: int) -> int:
    return at + 1 if clause[at : at + 1] == " " else at


def _ends(clause: str, at: int) -> bool:
    """The clause ends here, or a Chinese one goes on after a space."""
    rest = clause[at:]
    return not rest.strip() or (rest[0] == " " and not rest[1].isascii())


def _end_of(pattern: re.Pattern[str], clause: str, at: int) -> int:
    match = pattern.match(clause, at)
    return match.end() if match else at
