"""When `later` is: `1h`, `this afternoon`. Counted from the person's own now, with the zone's offset."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from handlers.understanding.dates import Span, read_day, span_at
from handlers.understanding.wording import (
    DAY_PARTS,
    SLOTS,
    TABLE,
    any_of,
    bounded,
    chain,
    compile_shape,
    number,
    pattern,
)

_MOMENT = TABLE["moment"]
_CLOCK = TABLE["clock"]
_MORNING = "09:00"
_AFTERNOON_UNTIL = 7

_LEAD = re.compile(rf" ?{chain(_MOMENT['lead'], 3)}")
_TAIL = re.compile(rf"(?:[ ,]?{bounded(any_of(_MOMENT['tail'] + TABLE['politeness']['after']))}){{0,3}}[ .!]*")
_NO_TIME = re.compile(rf"(?: ?{bounded(any_of(_MOMENT['no_time']))}){{0,3}}[ .!]*")
_HALF_MORE = re.compile(rf" ?(?:{any_of(_MOMENT['half_more'])})")
_TIME = re.compile(rf" ?,? ?{bounded(SLOTS['time'])}")
_PART = re.compile(bounded(any_of(DAY_PARTS)))
_PM = pattern(_CLOCK["pm"])
_AM = pattern(_CLOCK["am"])
_CLOCKS = [(compile_shape(shape), minutes) for shape, minutes in TABLE["clock_minutes"]]


@dataclass(frozen=True)
class Moment:
    """A time already past has no `until`."""

    until: datetime | None
    past: bool = False


def read_moment(words: str, now: datetime, zone: ZoneInfo) -> Moment | None:
    """`1h`, `tonight`, `at 3pm`; no time said is a Moment without one; None: this is no time at all."""
    if _NO_TIME.fullmatch(words):
        return Moment(None)
    lead = _LEAD.match(words)
    for start in sorted({0, lead.end() if lead else 0}):
        for until, end in (*_after_span(words, start, now, zone), *_on_day(words, start, now, zone)):
            if _TAIL.fullmatch(words, end):
                return Moment(until) if until > now else Moment(None, past=True)
    return None


def _after_span(words: str, at: int, now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, int]]:
    found = span_at(words, _blank(words, at))
    if found is None:
        return
    span, end = found
    more = _HALF_MORE.match(words, end)
    if more:
        span, end = Span(span.amount + 0.5, span.unit), more.end()
    if span.unit in ("hour", "minute"):
        length = timedelta(**{span.unit + "s": span.amount})
        yield (now.astimezone(UTC) + length).astimezone(zone).replace(microsecond=0), end
    else:
        yield _at(span.after(now.astimezone(zone).date()), _MORNING, zone), end


def _on_day(words: str, at: int, now: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, int]]:
    """A day, a part of a day, a time by the clock, or several of them."""
    start, today = _blank(words, at), now.astimezone(zone).date()
    day = read_day(words, start, today)
    end = day.end if day else start
    time_match = None if day and _has_time(words[start:end]) else _TIME.match(words, end)
    if time_match:
        end = time_match.end()
    said = words[start:end]
    if not said.strip():
        return
    when = day.first or day.day if day else today
    yield _at(when, _clock(said) or _part(said), zone), end
    behind = read_day(words, _blank(words, _after_on(words, end)), today) if time_match and day is None else None
    if behind:
        yield _at(behind.first or behind.day, _clock(said) or _part(said), zone), behind.end


def _after_on(words: str, at: int) -> int:
    """`at 4pm on Friday`."""
    lead = _LEAD.match(words, at)
    return lead.end() if lead else at


def says_a_time(words: str) -> bool:
    """A clock or a part of the day, rather than a day alone; a stretch from now is a time too."""
    return _has_time(words) or _PART.search(words) is not None or _hours_from_now(words)


def _hours_from_now(words: str) -> bool:
    lead = _LEAD.match(words)
    found = span_at(words, _blank(words, lead.end() if lead else 0))
    return found is not None and found[0].unit in ("hour", "minute")


def _has_time(said: str) -> bool:
    return _clock(said) is not None


def _part(said: str) -> str:
    part = _PART.search(said)
    return DAY_PARTS[part[0]] if part else _MORNING


def _clock(said: str) -> str | None:
    """A time by the clock. A bare 3 is the afternoon's: nobody puts a check-in off to the night."""
    for shape, minutes in _CLOCKS:
        match = shape.search(said)
        if match:
            groups = match.groupdict()
            hour = int(number(groups["hour"]))
            minute = int(groups.get("minute") or minutes)
            return f"{_hour(hour, said):02}:{minute:02}"
    return None


def _hour(hour: int, said: str) -> int:
    if _PM.search(said) and hour < 12:
        return hour + 12
    if _AM.search(said):
        return hour % 12
    return hour + 12 if 0 < hour < _AFTERNOON_UNTIL else hour


def _at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """Through UTC, so that a time the clocks jump over becomes one that exists."""
    wall = datetime.combine(day, time.fromisoformat(clock), zone)
    return wall.astimezone(UTC).astimezone(zone)


def _blank(words: str, at: int) -> int:
    return at + 1 if words[at : at + 1] == " " else at
