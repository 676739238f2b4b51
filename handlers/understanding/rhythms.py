"""When a check-in comes, as people say it: "every 2 weeks on Friday 9:30", into an RRULE and a time by the clock.

Words stand in templates/rhythms.toml. What is missing is left to whoever asked; nothing is guessed but the first
working day of a month or a quarter of which no day was said.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from handlers.understanding.folded import fold
from handlers.understanding.wording import (
    MONTHS,
    SLOTS,
    TABLE,
    WEEKDAYS,
    any_of,
    compile_shape,
    number,
    pattern,
)
from services import calendar

WORDS: dict[str, Any] = tomllib.loads((Path(__file__).parents[2] / "templates" / "rhythms.toml").read_text("utf-8"))[
    "rhythm"
]
CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKING = ",".join(CODES[:5])
QUARTERS_BEGIN, QUARTERS_END = "1,4,7,10", "3,6,9,12"
LONGEST_COMMON_MONTH_DAY = 28

_PHRASES = (
    "too_often", "working_days", "daily", "weekly", "monthly", "quarterly", "yearly", "once_in", "last", "last_day",
    "noon",
)  # fmt: skip
_SAYS = {name: pattern(WORDS[name]) for name in _PHRASES}
_POINTED = re.compile(r"(?<!\d)(\d{1,2})\.([0-5]\d)(?!\d)")
_EVERY = [(compile_shape(shape), count) for shape, count in WORDS["every"]]
_EVERY_N = [(compile_shape(shape), 0) for shape in WORDS["every_n"]]
_EVERY_N_BETWEEN = [(compile_shape(shape), 1) for shape in WORDS["every_n_between"]]
_FIRST = [(compile_shape(shape), place) for shape, place in WORDS["first"]]
_IN_MONTH = [compile_shape(shape) for shape in WORDS["in_month"]]
_MONTH_DAY = [compile_shape(shape) for shape in WORDS["month_day"]]
_CLOCKS = [(compile_shape(shape), minutes) for shape, minutes in TABLE["clock_minutes"]]
_PM, _AM = (pattern(TABLE["clock"][half]) for half in ("pm", "am"))
_WEEKDAY = re.compile(rf"(?<![a-z])(?P<day>{any_of(WEEKDAYS)})s?(?![a-z])")
_ZH = f"[{''.join(TABLE['zh_weekdays'])}]"
_ZH_MORE = re.compile(
    rf"(?:{any_of(WORDS['zh_week'])})(?P<days>{_ZH}(?:[{re.escape(WORDS['zh_between'])}]{{0,2}}{_ZH})+)"
)
_RANGE = re.compile(
    rf"(?P<first>{any_of(WEEKDAYS)}) ?(?:{any_of(WORDS['to'])}) ?(?P<last>{any_of(WEEKDAYS)}|{SLOTS['zh_weekday']})"
)


@dataclass(frozen=True)
class Rhythm:
    """`rule` is an RRULE, `at` a local "HH:MM"; None where nothing was said of it.

    `problem`: too_often, never, which_day (a week without a weekday), bad_time, unread.
    """

    rule: str | None = None
    at: str | None = None
    problem: str = ""


def read_rhythm(said: str, today: date) -> Rhythm:
    """What of it could be read. A rule that is returned fires, and at most once a day."""
    text = fold(said).text.strip()
    if _SAYS["too_often"].search(text):
        return Rhythm(problem="too_often")
    at, text = _clock(_POINTED.sub(r"\1:\2", text))
    if at == "":
        return Rhythm(problem="bad_time")
    rule = text.upper().replace(" ", "") if "freq=" in text else _rule(_SAYS["once_in"].sub(" ", text))
    if rule is None:
        return Rhythm(at=at, problem="" if at and not text.strip(" ,.") else _why_unread(text))
    return _checked(rule, at, today)


def _why_unread(text: str) -> str:
    return "which_day" if _SAYS["weekly"].search(text) else "unread"


def _checked(rule: str, at: str | None, today: date) -> Rhythm:
    """Refuses what never fires, and what a written RRULE would make fire more than once a day."""
    if re.search("FREQ=(SECOND|MINUTE|HOUR)LY|BYHOUR|BYMINUTE|BYSECOND", rule):
        return Rhythm(problem="too_often")
    try:
        calendar.check_rhythm(rule, today)
    except ValueError as wrong:
        return Rhythm(at=at, problem="never" if "never fires" in str(wrong) else "unread")
    return Rhythm(rule, at)


def _clock(text: str) -> tuple[str | None, str]:
    """The time by the clock, "" for one that is none, and the text without it."""
    for shape, minutes in _CLOCKS:
        match = shape.search(text)
        if match:
            hour, minute = int(number(match["hour"])), int(match.groupdict().get("minute") or minutes)
            hour = _hour(hour, text)
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            return (f"{hour:02}:{minute:02}" if hour < 24 else ""), _PM.sub(" ", _AM.sub(" ", rest))
    return ("12:00", _SAYS["noon"].sub(" ", text)) if _SAYS["noon"].search(text) else (None, text)


def _hour(hour: int, text: str) -> int:
    if _PM.search(text) and hour < 12:
        return hour + 12
    return hour % 12 if _AM.search(text) and hour == 12 else hour


def _rule(text: str) -> str | None:
    """An RRULE; the longest unit that is named decides."""
    days, interval = _days(text), _interval(text)
    if in_month := _in_month(text):
        return f"FREQ=YEARLY;BYMONTH={in_month[0]};BYMONTHDAY={in_month[1]}"
    if _SAYS["quarterly"].search(text):
        place = _place(text)
        months = QUARTERS_END if place == -1 else QUARTERS_BEGIN
        return f"FREQ=MONTHLY;BYMONTH={months};{_nth(days, place)}"
    if _SAYS["monthly"].search(text) or (not interval and _place(text, bare=True) and (days or _works(text))):
        return f"FREQ=MONTHLY{interval};{_of_month(text, days)}"
    if days:
        return f"FREQ=WEEKLY{interval};BYDAY={','.join(days)}"
    if _works(text):
        return f"FREQ=WEEKLY;BYDAY={WORKING}"
    return f"FREQ=DAILY{interval}" if _SAYS["daily"].search(text) else None


def _works(text: str) -> bool:
    return _SAYS["working_days"].search(text) is not None


def _in_month(text: str) -> tuple[int, int] | None:
    """ "29 February every year"; a day of a month that comes once a year."""
    if not _SAYS["yearly"].search(text):
        return None
    for shape in _IN_MONTH:
        match = shape.search(text)
        if match:
            groups = match.groupdict()
            month = int(MONTHS[groups["month"]]) if groups.get("month") else int(number(groups["mm"]))
            return month, int(number(groups["dd"]))
    return None


def _of_month(text: str, days: list[str]) -> str:
    working = _works(text)
    if _SAYS["last_day"].search(text) and not days and not working:
        return "BYMONTHDAY=-1"
    for shape in _MONTH_DAY:
        match = None if days or working else shape.search(text)
        if match:
            return _month_day(int(number(match["dd"])))
    return _nth(days, _place(text))


def _month_day(day: int) -> str:
    """A month too short for it has its last day."""
    if LONGEST_COMMON_MONTH_DAY < day <= 31:
        candidates = ",".join(str(each) for each in range(LONGEST_COMMON_MONTH_DAY, day + 1))
        return f"BYMONTHDAY={candidates};BYSETPOS=-1"
    return f"BYMONTHDAY={day}"


def _nth(days: list[str], place: int) -> str:
    return f"BYDAY={','.join(days) or WORKING};BYSETPOS={place}"


def _place(text: str, bare: bool = False) -> int:
    """Which of them in its month: -1 the last, 1 the first; unsaid it is the first, or 0 if `bare`."""
    if _SAYS["last"].search(text):
        return -1
    return next((place for shape, place in _FIRST if shape.search(text)), 0 if bare else 1)


def _interval(text: str) -> str:
    for shape, more in (*_EVERY_N_BETWEEN, *_EVERY_N):
        match = shape.search(text)
        if match:
            count = int(number(match["n"])) + more
            return f";INTERVAL={count}" if count > 1 else ""
    count = next((count for shape, count in _EVERY if shape.search(text)), 1)
    return f";INTERVAL={count}" if count > 1 else ""


def _days(text: str) -> list[str]:
    """Codes of the weekdays named, Monday first: several, and from one to another."""
    found: set[int] = set()
    for match in _RANGE.finditer(text):
        first, last = int(WEEKDAYS[match["first"]]), _zh_or_word(match["last"])
        found |= set(range(first, last + 1)) if first <= last else {*range(first, 7), *range(last + 1)}
    for match in _WEEKDAY.finditer(text):
        found.add(int(WEEKDAYS[match["day"]]))
    for match in _ZH_MORE.finditer(text):
        found |= {_zh_or_word(sign) for sign in match["days"] if sign in TABLE["zh_weekdays"]}
    return [CODES[index] for index in sorted(found)]


def _zh_or_word(word: str) -> int:
    if word in WEEKDAYS:
        return int(WEEKDAYS[word])
    signs: list[str] = TABLE["zh_weekdays"]
    return min(signs.index(word), 6)
