"""Dates as people write them, in both languages. Every reader answers from `today`; nothing here knows a clock."""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from handlers.understanding.wording import MONTHS, SLOTS, TABLE, UNITS, WEEKDAYS, any_of, bounded, compile_shape, number

NEAR = timedelta(days=90)
SUNDAY, FRIDAY = 6, 4

Groups = dict[str, str]


@dataclass(frozen=True)
class Day:
    """A date phrase read. `options`: both readings, when both are near. `first`: where a week or month begins.

    `weekday` and `month_day` name a day that comes again, so it may have been meant as past."""

    day: date
    options: tuple[date, ...] = ()
    first: date | None = None
    loose: bool = False
    weekday: bool = False
    month_day: bool = False
    deadline: bool = False
    never: bool = False
    end: int = 0


@dataclass(frozen=True)
class Span:
    """So many units: `3 days`, `a week`."""

    amount: float
    unit: str

    def after(self, day: date) -> date:
        if self.unit == "month":
            months = add_months(day, int(self.amount))
            return months + timedelta(days=15) if self.amount % 1 else months
        return day + timedelta(days=int(self.amount * (7 if self.unit == "week" else 1)))

    def iso(self) -> str:
        if self.unit == "month" and not self.amount % 1:
            return f"P{int(self.amount)}M"
        return f"P{int(self.amount * {'month': 30, 'week': 7, 'day': 1}[self.unit])}D"


def read_span(groups: Groups) -> Span:
    unit = groups.get("unit") or "days"
    return Span(number(groups.get("n") or "1"), UNITS[unit])


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_end(day: date, months: int = 0) -> date:
    moved = add_months(day.replace(day=1), months)
    return moved.replace(day=monthrange(moved.year, moved.month)[1])


def monday(today: date, weeks: int = 0) -> date:
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)


def _int(word: str) -> int:
    return int(number(word))


def _weekday(groups: Groups) -> int:
    word = groups.get("weekday")
    if word is not None:
        return int(WEEKDAYS[word])
    return min("".join(TABLE["zh_weekdays"]).index(groups["zh_weekday"]), SUNDAY)


def _month(groups: Groups) -> int:
    return int(MONTHS[groups["month"]]) if groups.get("month") else _int(groups["mm"])


def _next_time(month: int, day: int, today: date) -> date:
    """A month and day already past means next year."""
    this_year = date(today.year, month, day)
    return this_year if this_year >= today else date(today.year + 1, month, day)


def _full(groups: Groups, _: date) -> Day:
    return Day(date(int(groups["year"]), _month(groups), _int(groups["dd"])))


def _month_day(groups: Groups, today: date) -> Day:
    return Day(_next_time(_month(groups), _int(groups["dd"]), today), month_day=True)


def _in_year(years: int) -> Callable[[Groups, date], Day]:
    return lambda groups, today: Day(date(today.year + years, _month(groups), _int(groups["dd"])))


def _slashed(groups: Groups, today: date) -> Day:
    """5/6 is May 6 or 5 June. The month stands first, and is asked about when the other reading is near."""
    first, second = int(groups["mm"]), int(groups["dd"])
    readings = [_try_slashed(m, d, groups.get("year"), today) for m, d in ((first, second), (second, first))]
    valid = [day for day in dict.fromkeys(readings) if day is not None]
    doubtful = len(valid) == 2 and valid[1] - today <= NEAR
    return Day(valid[0], options=tuple(valid) if doubtful else (), month_day=True)


def _try_slashed(month: int, day: int, year: str | None, today: date) -> date | None:
    try:
        return date(int(year), month, day) if year else _next_time(month, day, today)
    except ValueError:
        return None


def _day_of_month(groups: Groups, today: date) -> Day:
    wanted = _int(groups["dd"])
    month = today if wanted >= today.day else add_months(today.replace(day=1), 1)
    return Day(month.replace(day=wanted), month_day=True)


def _next_month_day(groups: Groups, today: date) -> Day:
    return Day(add_months(today.replace(day=1), 1).replace(day=_int(groups["dd"])))


def _coming_weekday(groups: Groups, today: date) -> Day:
    ahead = (_weekday(groups) - today.weekday()) % 7
    return Day(today + timedelta(days=ahead), weekday=True)


def _weekday_of(weeks: int) -> Callable[[Groups, date], Day]:
    return lambda groups, today: Day(monday(today, weeks) + timedelta(days=_weekday(groups)))


def _next_weekday(groups: Groups, today: date) -> Day:
    """In mid-week `next Friday` may be this one or the one after: both are near."""
    this = monday(today) + timedelta(days=_weekday(groups))
    following = this + timedelta(weeks=1)
    return Day(following, options=(this, following) if this > today else ())


def _never(_: Groups, today: date) -> Day:
    return Day(today, never=True)


def _in_n(groups: Groups, today: date) -> Day:
    return Day(_whole_days(groups).after(today))


def _n_ago(groups: Groups, today: date) -> Day:
    span = _whole_days(groups)
    return Day(replace(span, amount=-span.amount).after(today))


def _whole_days(groups: Groups) -> Span:
    span = read_span(groups)
    if span.unit in ("hour", "minute"):
        raise ValueError("hours are moments, not dates")
    return span


def _quarter_end(quarter: int, today: date) -> date:
    """`quarter` counts from 0 and may run over into the next years."""
    return month_end(date(today.year, 1, 1), quarter * 3 + 2)


def _named_quarter_end(groups: Groups, today: date) -> Day:
    end = _quarter_end(_int(groups["q"]) - 1, today)
    return Day(end if end >= today else _quarter_end(_int(groups["q"]) + 3, today))


def _named_month_end(groups: Groups, today: date) -> Day:
    end = month_end(date(today.year, _month(groups), 1))
    return Day(end if end >= today else month_end(date(today.year + 1, _month(groups), 1)))


def _week_end(groups: Groups, today: date) -> Day:
    return Day(max(today, monday(today) + timedelta(days=FRIDAY)))


def _whole_week(weeks: int) -> Callable[[Groups, date], Day]:
    """A week without its day: Friday and Sunday are both meant by it."""

    def read(_: Groups, today: date) -> Day:
        first = monday(today, weeks)
        ends = (first + timedelta(days=FRIDAY), first + timedelta(days=SUNDAY))
        ahead = tuple(day for day in ends if day >= today)
        return Day(ahead[0], options=ahead if len(ahead) == 2 else (), first=max(first, today))

    return read


def _whole_month(months: int) -> Callable[[Groups, date], Day]:
    def read(_: Groups, today: date) -> Day:
        end = month_end(today, months)
        return Day(end, options=(end.replace(day=15), end), first=max(end.replace(day=1), today))

    return read


READERS: dict[str, Callable[[Groups, date], Day]] = {
    "full": _full,
    "month_day": _month_day,
    "this_year_day": _in_year(0),
    "next_year_day": _in_year(1),
    "slashed": _slashed,
    "loose_month_day": lambda groups, today: replace(_month_day(groups, today), loose=True),
    "day_of_month": _day_of_month,
    "next_month_day": _next_month_day,
    "weekday": _coming_weekday,
    "this_weekday": _weekday_of(0),
    "next_weekday_zh": _weekday_of(1),
    "after_next_weekday": _weekday_of(2),
    "next_weekday": _next_weekday,
    "last_weekday": _weekday_of(-1),
    "never": _never,
    "in_n": _in_n,
    "n_ago": _n_ago,
    "month_end": lambda _, today: Day(month_end(today)),
    "next_month_end": lambda _, today: Day(month_end(today, 1)),
    "named_month_end": _named_month_end,
    "mid_month": lambda _, today: _day_of_month({"dd": "15"}, today),
    "quarter_end": lambda _, today: Day(_quarter_end((today.month - 1) // 3, today)),
    "next_quarter_end": lambda _, today: Day(_quarter_end((today.month - 1) // 3 + 1, today)),
    "named_quarter_end": _named_quarter_end,
    "year_end": lambda _, today: Day(date(today.year, 12, 31)),
    "next_year_end": lambda _, today: Day(date(today.year + 1, 12, 31)),
    "week_end": _week_end,
    "next_week_end": lambda _, today: Day(monday(today, 1) + timedelta(days=FRIDAY)),
    "weekend": lambda _, today: Day(monday(today) + timedelta(days=SUNDAY)),
    "next_weekend": lambda _, today: Day(monday(today, 1) + timedelta(days=SUNDAY)),
    "this_week": _whole_week(0),
    "next_week": _whole_week(1),
    "this_month": _whole_month(0),
    "next_month": _whole_month(1),
    "today_end": lambda _, today: Day(today, deadline=True),
}

_SHAPES = [(means, shape) for means, shapes in TABLE["dates"]["shapes"] for shape in shapes]
_DAYS = [(int(days), word) for days, words in TABLE["dates"]["days"].items() for word in words]
_ANY = re.compile(bounded(any_of([shape for _, shape in _SHAPES] + [word for _, word in _DAYS])))
_TIME = re.compile(rf" ?{bounded(SLOTS['time'])}")


def read_day(text: str, at: int, today: date) -> Day | None:
    """The longest date phrase that starts at `at`, a time of day behind it included."""
    if not _ANY.match(text, at):
        return None
    found = [day for day in (*_named_days(text, at, today), *_shaped_days(text, at, today)) if day is not None]
    if not found:
        return None
    longest = max(found, key=lambda day: day.end)
    longest = replace(longest, end=len(text[: longest.end].rstrip(" ")))  # an optional ending may take a space along
    time = _TIME.match(text, longest.end)
    return replace(longest, end=time.end()) if time else longest


def _named_days(text: str, at: int, today: date) -> list[Day]:
    return [
        Day(today + timedelta(days=days), end=match.end())
        for days, word in _DAYS
        if (match := compile_shape(word).match(text, at))
    ]


def _shaped_days(text: str, at: int, today: date) -> list[Day | None]:
    matches = ((means, compile_shape(shape).match(text, at)) for means, shape in _SHAPES)
    return [_valid(means, match, today) for means, match in matches if match]


def _valid(means: str, match: re.Match[str], today: date) -> Day | None:
    """31 February is no date, whoever wrote it."""
    try:
        return replace(READERS[means](match.groupdict(), today), end=match.end())
    except (ValueError, OverflowError, KeyError, IndexError):
        return None


@cache
def _span_pattern() -> re.Pattern[str]:
    return compile_shape("{n} {unit}")


def span_at(text: str, at: int) -> tuple[Span, int] | None:
    match = _span_pattern().match(text, at)
    return (read_span(match.groupdict()), match.end()) if match else None
