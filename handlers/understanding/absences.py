"""From when to when somebody is away: `until fri`, `3 days`, `Mon to Wed`. Both ends belong to the absence."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from handlers.understanding.dates import Day, Span, month_end, read_day, span_at
from handlers.understanding.wording import TABLE, any_of, bounded, pattern

_ABSENCE = TABLE["absence"]
_DAY = timedelta(days=1)


def _word(key: str) -> re.Pattern[str]:
    return re.compile(rf" ?{bounded(any_of(_ABSENCE[key]))} ?")


_BOTH = _word("both")
_FROM, _TO, _UNTIL, _FOR = _word("from"), _word("to"), _word("until"), _word("for")
_BEGINS, _AFTER, _BACK_ON, _BACK_AFTER = _word("begins"), _word("after"), _word("back_on"), _word("back_after")
_HALF_DAY = pattern(_ABSENCE["half_day"])
_HALF_MORE = re.compile(any_of(TABLE["moment"]["half_more"]))
_LIKE_A_DAY = re.compile(r"[^\d]{0,12}\d{1,2}(?:[^\d]{0,3}\d{1,2})?[^\d]{0,12}")
_SECOND_DAY = re.compile(r"(\d{1,2})(?![\d/.:])")


@dataclass(frozen=True)
class Range:
    """`end` is where the phrase ends in the text."""

    start: date | None
    until: date | None
    end: int
    doubtful: bool = False


def read_range(text: str, at: int, today: date) -> Range | None:
    """The range that starts at `at`; the longest of the readings."""
    readings = (
        _from_to(text, at, today),
        _days_of_month(text, at, today),
        _until(text, at, today),
        _back_on(text, at, today),
        _for_span(text, at, today),
        _half_day(text, at, today),
    )
    found = [reading for reading in readings if reading]
    return max(found, key=lambda reading: reading.end, default=None)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _from_to(text: str, at: int, today: date) -> Range | None:
    """`Mon to Wed`, `tomorrow for 3 days`, or one day by itself."""
    start = read_day(text, _skip(_FROM, text, at), today)
    if start is None or start.never:
        return None
    first = start.first or start.day
    to = _TO.match(text, start.end)
    last = _last_day(text, to.end(), start, first, today) if to else None
    if last:
        return Range(first, last[0], _skip(_AFTER, text, last[1]), doubtful=last[0] < first)
    both = read_day(text, _skip(_BOTH, text, start.end), today)
    if both and both.day == first + _DAY:
        return Range(first, both.day, _skip(_AFTER, text, both.end))
    lasting = span_at(text, _skip(_BEGINS, text, start.end))
    if lasting and lasting[0].unit not in ("hour", "minute"):
        return Range(first, _last_of(lasting[0].after(first), first), _skip(_AFTER, text, lasting[1]))
    return _one_day(text, at, start, first, today)


def _days_of_month(text: str, at: int, today: date) -> Range | None:
    """1-5 Dec, 24 to 28 December: the month stands behind both days."""
    bare = _SECOND_DAY.match(text, _skip(_FROM, text, at))
    to = _TO.match(text, bare.end()) if bare else None
    last = read_day(text, to.end(), today) if to else None
    if bare is None or last is None or not last.month_day or not 0 < int(bare[1]) <= last.day.day:
        return None
    return Range(last.day.replace(day=int(bare[1])), last.day, last.end)


def _one_day(text: str, at: int, start: Day, first: date, today: date) -> Range:
    """A day, a week or a month by its name; `from Monday` alone has no end."""
    half = _HALF_DAY.match(text, start.end + (text[start.end : start.end + 1] == " "))
    end = _skip(_AFTER, text, half.end() if half else start.end)
    if _FROM.match(text, at):
        return Range(first, None, _skip(_BEGINS, text, end), doubtful=True)
    return Range(first, _whole(start), end, doubtful=first < today)


def _whole(day: Day) -> date:
    """Away next week is the whole Monday-to-Sunday week."""
    if day.first is None:
        return day.day
    return max(day.options, default=day.day) if day.options else day.day


def _last_day(text: str, at: int, start: Day, first: date, today: date) -> tuple[date, int] | None:
    """In `Mon to Wed` and `Dec 5-9` the second day is read from the first one."""
    day = read_day(text, at, today)
    if day and day.day < first:
        day = read_day(text, at, first)
    bare = _SECOND_DAY.match(text, at)
    if bare and start.month_day and (day is None or day.end <= bare.end()):
        return _same_month(first, int(bare[1]), bare.end())
    return (_whole(day), day.end) if day and not day.never else None


def _same_month(first: date, day: int, end: int) -> tuple[date, int] | None:
    if not first.day <= day <= month_end(first).day:
        return None
    return first.replace(day=day), end


def _until(text: str, at: int, today: date) -> Range | None:
    match = _UNTIL.match(text, at)
    day = read_day(text, match.end(), today) if match else None
    if day is None or day.never:
        return None
    last = _whole(day)
    return Range(None, last, _skip(_AFTER, text, day.end), doubtful=last < today)


def names_no_day(text: str) -> bool:
    """Until a day the calendar does not have: `until Feb 29`, `until April 31`."""
    match = _UNTIL.match(text)
    return match is not None and _LIKE_A_DAY.fullmatch(text, match.end()) is not None


def _back_on(text: str, at: int, today: date) -> Range | None:
    """Back on Monday: away until the day before."""
    before = _BACK_ON.match(text, at)
    day = read_day(text, before.end() if before else at, today)
    if day is None or day.never:
        return None
    end = _skip(_BACK_AFTER, text, day.end)
    if before is None and end == day.end:
        return None
    return Range(None, day.day - _DAY, end, doubtful=day.day <= today)


def _for_span(text: str, at: int, today: date) -> Range | None:
    """3 days count from today and include it."""
    found = span_at(text, _skip(_FOR, text, at))
    if found is None or found[0].unit in ("hour", "minute"):
        return None
    span, end = found
    if half := _HALF_MORE.match(text, end):
        span, end = Span(span.amount + 1, span.unit), half.end()
    starts = _FROM.match(text, end)
    start = read_day(text, starts.end(), today) if starts else None
    if start:
        first = start.first or start.day
        return Range(first, _last_of(span.after(first), first), start.end)
    return Range(today, _last_of(span.after(today), today), _skip(_AFTER, text, end))


def _last_of(day_after: date, first: date) -> date:
    return max(first, day_after - _DAY)


def _half_day(text: str, at: int, today: date) -> Range | None:
    match = _HALF_DAY.match(text, _skip(_FOR, text, at))
    return Range(today, today, match.end()) if match else None
