"""What a calendar (ICS) says about days off: read without trust, and never its titles kept.

A calendar is written by strangers: only the lines of events that can matter are given to the libraries, rules that fire
more than daily are not followed, and what must be counted is counted, so that no text costs more than a moment.
"""

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event

from services import calendar
from services.feeds import FeedError, Off
from services.render import TEMPLATES

DAY = timedelta(days=1)
MOST_EVENTS = 2_000
MOST_DAYS_SEARCHED = 500_000
"""Of all rules together: the libraries go through every day since a rule's first one."""
MOST_RULES_THAT_NEVER_FIRE = 3
LONGEST_LINE = 10_000
LONGEST_ABSENCE = timedelta(days=366)
MORNING, EVENING, A_WORKING_DAY = time(7), time(19), timedelta(hours=6)
YEARS = range(1980, 2101)
KEPT = (
    "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SUMMARY", "CATEGORIES",
    "TRANSP", "STATUS", "SEQUENCE", "X-MICROSOFT-CDO-BUSYSTATUS",
)  # fmt: skip
SUB_DAILY = re.compile("FREQ=(SECOND|MINUTE|HOUR)LY|BY(SECOND|MINUTE|HOUR|EASTER)=", re.IGNORECASE)
WITHOUT_END = re.compile("(COUNT|UNTIL)=[^;]*;?", re.IGNORECASE)
NAME = re.compile("[A-Za-z0-9-]+")
LEAVE: list[str] = tomllib.loads((TEMPLATES / "answers.toml").read_text("utf-8"))["leave"]
SAYS_LEAVE = re.compile("|".join(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in LEAVE))


Lines = list[str]


def read(text: str, zone: ZoneInfo, first: date, last: date) -> list[Off]:
    """The days off that touch `first` to `last`, soonest first. Raises FeedError, and nothing else."""
    if "BEGIN:VCALENDAR" not in text[:10_000].upper():
        raise FeedError("not_a_calendar")
    series = _series(_events(text))
    if sum(len(events) for events in series) > MOST_EVENTS:
        raise FeedError("too_much")
    budget = _Budget()
    found: dict[str, Off] = {}
    for events in series:
        for off in _days_off(events, zone, first, last, budget):
            found[off.key] = off
            if len(found) > MOST_EVENTS:
                raise FeedError("too_much")
    return sorted(found.values(), key=lambda off: (off.start, off.key))


def _events(text: str) -> Iterator[Lines]:
    """The lines that matter of each event, unfolded; what stands inside of it (alarms) is left out."""
    inside: Lines | None = None
    depth = 0
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        word = line[:20].strip().upper()
        if word == "BEGIN:VEVENT" and inside is None:
            inside, depth = [], 0
        elif inside is None:
            continue
        elif word == "END:VEVENT":
            yield inside
            inside = None
        elif word.startswith(("BEGIN:", "END:")):
            depth += 1 if word.startswith("BEGIN:") else -1
        elif depth == 0 and len(line) <= LONGEST_LINE and _name(line) in KEPT:
            inside.append(line)


def _name(line: str) -> str:
    name = NAME.match(line)
    return name[0].upper() if name else ""


def _series(events: Iterable[Lines]) -> list[list[Lines]]:
    """The events that belong together, where one of them may be an absence and none is a trap."""
    together: dict[str, list[Lines]] = defaultdict(list)
    for number, lines in enumerate(events):
        uid = next((line for line in lines if _name(line) == "UID"), f"UID:{number}")
        together[uid].append(lines)
    return [
        events
        for events in together.values()
        if any(_may_count(lines) for lines in events) and not any(_fires_within_a_day(lines) for lines in events)
    ]


def _fires_within_a_day(lines: Lines) -> bool:
    return any(_name(line) == "RRULE" and SUB_DAILY.search(line) for line in lines)


def _may_count(lines: Lines) -> bool:
    """It takes time, and it is a whole day, out of office, or has a word for leave in it."""
    whole = "\n".join(lines)
    if re.search("^TRANSP[^:\n]*: *TRANSPARENT", whole, re.MULTILINE | re.IGNORECASE):
        return False
    days = re.search(r"^DTSTART[^:\n]*:\d{8}\s*$", whole, re.MULTILINE | re.IGNORECASE)
    return bool(days or re.search("BUSYSTATUS[^:\n]*:OOF", whole, re.IGNORECASE) or SAYS_LEAVE.search(whole.lower()))


class _Budget:
    """How much searching one calendar may still cost."""

    def __init__(self) -> None:
        self.days = MOST_DAYS_SEARCHED
        self.never = MOST_RULES_THAT_NEVER_FIRE

    def search(self, days: int) -> None:
        self.days -= max(days, 1)
        if self.days < 0:
            raise FeedError("too_much")

    def never_fires(self) -> None:
        self.never -= 1
        if self.never < 0:
            raise FeedError("too_much")


def _days_off(events: Sequence[Lines], zone: ZoneInfo, first: date, last: date, budget: _Budget) -> list[Off]:
    """Of one series; one that makes no sense is left out, whatever the libraries say of it."""
    try:
        parsed = [Event.from_ical("\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])) for lines in events]
        whole = Calendar()
        for event in parsed:
            if not _is_harmless(event, last, len(parsed), budget):
                return []
            whole.add_component(event)
        occurrences = recurring_ical_events.of(whole).between(first - 2 * DAY, last + 2 * DAY)
        budget.search(len(occurrences))
        found = [_off(event, zone) for event in occurrences if _counts(event)]
    except FeedError:
        raise
    except Exception:  # what is wrong in somebody's calendar is nobody's bug here, and the other events still count
        return []
    return [off for off in found if off is not None and off.start <= last and off.end >= first]


def _is_harmless(event: Any, last: date, count: int, budget: _Budget) -> bool:
    """Its dates are of our time, and its rules fire: the libraries seek the next time of one that does not for long."""
    start, end = _date(event["DTSTART"].dt), _date(event.end)
    if start.year not in YEARS or end.year not in YEARS or end - start > LONGEST_ABSENCE:
        return False
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        budget.search((last - start).days * count)
        always = WITHOUT_END.sub("", rule.to_ical().decode()).strip(";")
        if calendar.next_occurrence(always, start, last) is None:
            budget.never_fires()
            return False
    return True


def _date(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _counts(event: Any) -> bool:
    """It takes the person's time, and it is a whole day, or says that he is out of office or on leave."""
    busy = _said(event, "X-MICROSOFT-CDO-BUSYSTATUS")
    if "TRANSPARENT" in _said(event, "TRANSP") or "CANCELLED" in _said(event, "STATUS"):
        return False
    if busy and busy not in ("BUSY", "OOF"):
        return False
    is_day = not isinstance(event["DTSTART"].dt, datetime)
    words = f"{_said(event, 'SUMMARY')}\n{_said(event, 'CATEGORIES')}".lower()
    return is_day or busy == "OOF" or SAYS_LEAVE.search(words) is not None


def _said(event: Any, name: str) -> str:
    """Everything said under that name, in capitals."""
    values = event.get(name, [])
    parts = [getattr(value, "cats", [value]) for value in (values if isinstance(values, list) else [values])]
    return "\n".join(str(word) for words in parts for word in words).strip().upper()


def _off(event: Any, zone: ZoneInfo) -> Off | None:
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    if isinstance(start, datetime):
        first, last = _working_days(_local(start, zone), _local(end, zone))
    else:
        first, last = start, max(start, _date(end) - DAY)
    name = f"{event.get('UID', end)}|{start.isoformat()}"
    key = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32]
    return Off(key, first, last) if first <= last else None


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    """Wall time there; a time without a zone is the person's own."""
    return moment.replace(tzinfo=None) if moment.tzinfo is None else moment.astimezone(zone).replace(tzinfo=None)


def _working_days(start: datetime, end: datetime) -> tuple[date, date]:
    """The days of whose daytime it takes at least six hours; the second lies before the first where there is none."""
    first, last = start.date(), end.date()
    if _daytime(start, end, first) < A_WORKING_DAY:
        first += DAY
    if _daytime(start, end, last) < A_WORKING_DAY:
        last -= DAY
    return first, last


def _daytime(start: datetime, end: datetime, day: date) -> timedelta:
    return min(end, datetime.combine(day, EVENING)) - max(start, datetime.combine(day, MORNING))
