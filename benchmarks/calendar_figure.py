"""The figure of the promise "right local time": run `.venv/bin/python -m benchmarks.calendar_figure`.

Every IANA zone, every date of ten years, a wall time that changes from date to date and, where the clocks change, five
around the hour they skip or repeat. The oracle asks only what the clocks show at an instant of UTC: it finds each
change of a zone's clocks by halving, and of the instants that show the wall time takes the first. Returns 1 when
anything is wrong.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from services import calendar

FIRST, LAST = date(2024, 1, 1), date(2033, 12, 31)
NO_ZONES = {"Factory", "localtime"}
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Figure:
    zones: int = 0
    instants: int = 0
    changes: int = 0
    errors: int = 0


@dataclass(frozen=True)
class Change:
    """From `at` (UTC, the first second of it) the zone's clocks show UTC plus `after` instead of `before`."""

    at: datetime
    before: timedelta
    after: timedelta


def figure(keys: list[str], first: date = FIRST, last: date = LAST, every: int = 1) -> Figure:
    """`every`: of the ordinary dates only each so manieth, for a sample."""
    found = Figure(zones=len(keys))
    for number, key in enumerate(keys):
        changes = list(_changes(ZoneInfo(key), first, last))
        found.changes += len(changes)
        for on, at in [*_ordinary(first, last, every, number), *_near(changes)]:
            found.instants += 1
            found.errors += calendar.instant(on, at, key) != _oracle(on, at, key, changes)
    return found


def zones() -> list[str]:
    return sorted(available_timezones() - NO_ZONES)


def _ordinary(first: date, last: date, every: int, seed: int) -> Iterator[tuple[date, str]]:
    """One wall time a date, so spread that every minute of the day comes up."""
    for number in range(seed % every, (last - first).days + 1, every):
        minute = (number * 397 + seed * 61) % 1440
        yield first + DAY * number, f"{minute // 60:02d}:{minute % 60:02d}"


def _near(changes: list[Change]) -> Iterator[tuple[date, str]]:
    """A minute before, at, in the middle and at the end of what the clocks skip or repeat."""
    for change in changes:
        low, high = sorted((change.before, change.after))
        begins, ends = change.at + low, change.at + high
        for shown in (begins - MINUTE, begins, begins + (ends - begins) / 2, ends - MINUTE, ends):
            yield shown.date(), f"{shown:%H:%M}"


def _changes(zone: ZoneInfo, first: date, last: date) -> Iterator[Change]:
    """Found by looking at the offset every six hours, and halving those in which it differs down to a second."""
    begins = datetime.combine(first - DAY, datetime.min.time(), UTC)
    moments = (begins + 6 * HOUR * number for number in range(4 * ((last - first).days + 4)))
    offsets = ((moment, _offset(moment, zone)) for moment in moments)
    for (low, before), (high, after) in pairwise(offsets):
        if before != after:
            yield _halved(low, high, zone)


def _halved(low: datetime, high: datetime, zone: ZoneInfo) -> Change:
    before, after = _offset(low, zone), _offset(high, zone)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        low, high = (low, middle) if _offset(middle, zone) != before else (middle, high)
    return Change(high, before, after)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _oracle(on: date, at: str, key: str, changes: list[Change]) -> datetime:
    """The first instant of UTC at which the clocks show it; where they skip it, as much later as they skip."""
    shown = datetime.combine(on, datetime.min.time(), UTC) + HOUR * int(at[:2]) + MINUTE * int(at[3:])
    zone, near = ZoneInfo(key), [change for change in changes if abs(change.at - shown) < 2 * DAY]
    if not near:
        return shown - _offset(shown, zone)
    candidates = {shown - offset for change in near for offset in (change.before, change.after)}
    right = [each for each in candidates if each.astimezone(zone).replace(tzinfo=UTC) == shown]
    if right:
        return min(right)
    gap = next(change for change in near if change.at + change.before <= shown < change.at + change.after)
    return shown - gap.before


def main() -> int:
    began = time.perf_counter()
    found = figure(zones())
    print(f"zones {found.zones}, dates {FIRST} to {LAST}, clock changes {found.changes}")
    print(f"instants checked {found.instants}, errors {found.errors}, {time.perf_counter() - began:.0f} seconds")
    return 1 if found.errors else 0


if __name__ == "__main__":
    sys.exit(main())
