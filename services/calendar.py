"""The one room that decides about time: zones, daylight saving, rhythms, weeks, days off.

Wall time and IANA zone come in, aware UTC goes out. A wall time that a spring change skips moves forward by the gap;
one that an autumn change repeats means its first pass. Of days off the organization's own word counts first, then the
country's, then the person's work days.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr
from sqlmodel import Session, select

from models.organization import WEEKDAYS, CompanyDay, Organization, Person, Team
from services import statutory

EARTHS_FIRST_ZONE = timedelta(hours=14)
FARTHEST_OCCURRENCE_YEARS = 5
CYCLE_YEARS = 7600
ALLOWED_PARTS = {
    "FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYWEEKNO", "BYYEARDAY", "UNTIL", "WKST",
}  # fmt: skip
ALLOWED_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


@cache
def zone(key: str) -> ZoneInfo:
    """The zone, held for ever: ZoneInfo's own cache keeps only eight. Raises ValueError for a zone that is none."""
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"{key!r} is not an IANA time zone such as Asia/Shanghai") from unknown


def wall_time(written: str) -> time:
    """ "09:30" as a time. Raises ValueError."""
    try:
        return datetime.strptime(written, "%H:%M").time()  # noqa: DTZ007  a wall time belongs to no zone yet
    except (TypeError, ValueError) as wrong:
        raise ValueError(f'{written!r} is not a time such as "09:30"') from wrong


def instant(on: date, at: str, zone_key: str) -> datetime:
    """When it is `at` on that local date, in UTC."""
    local = datetime.combine(on, wall_time(at), tzinfo=zone(zone_key))
    return local.astimezone(UTC)


def local(moment: datetime, zone_key: str) -> datetime:
    return moment.astimezone(zone(zone_key))


def local_date(moment: datetime, zone_key: str) -> date:
    return local(moment, zone_key).date()


def begins_on_earth(on: date) -> datetime:
    """The instant (UTC) at which that date begins in the first zone of the planet."""
    return datetime.combine(on, time(), tzinfo=UTC) - EARTHS_FIRST_ZONE


def check_rhythm(rhythm: str, starts_on: date) -> None:
    """Raises ValueError for an RRULE that cannot be read, fires more than daily, or never fires."""
    parts = _parts(rhythm)
    if parts.get("FREQ") not in ALLOWED_FREQUENCIES:
        raise ValueError(f"{rhythm!r} must begin with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY")
    if unknown := sorted(parts.keys() - ALLOWED_PARTS):
        raise ValueError(f"{rhythm!r}: a rhythm names days; {', '.join(unknown)} is not supported")
    if not re.fullmatch("[1-9][0-9]{0,2}", parts.get("INTERVAL", "1")):
        raise ValueError(f"{rhythm!r}: INTERVAL is a number from 1 to 999")
    try:
        first = next_occurrence(rhythm, starts_on, starts_on - timedelta(days=1))
    except (ValueError, TypeError, AttributeError, IndexError, KeyError) as wrong:
        raise ValueError(f"{rhythm!r} is not a rhythm (RRULE): {wrong}") from wrong
    if first is None:
        raise ValueError(f"{rhythm!r} never fires")


def next_occurrence(rhythm: str, starts_on: date, after: date) -> date | None:
    """The first date of the rhythm later than `after`, or None when none comes within five years.

    dateutil searches a rule that never fires until the year 9999, for seconds. The calendar repeats every 400 years,
    weekdays and leap years included: so the search is made in the last of those cycles.
    """
    start = datetime.combine(_moved(starts_on, CYCLE_YEARS), time())
    earliest = datetime.combine(_moved(max(after, starts_on - timedelta(days=1)), CYCLE_YEARS), time())
    horizon = earliest + timedelta(days=366 * FARTHEST_OCCURRENCE_YEARS)
    parts = _parts(rhythm)
    until = _moved(_day_of(parts["UNTIL"]), CYCLE_YEARS) if "UNTIL" in parts else horizon.date()
    parts["UNTIL"] = f"{min(until, horizon.date()):%Y%m%d}"
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    found = rrulestr(rule, dtstart=start, ignoretz=True).after(earliest)
    return _moved(found.date(), -CYCLE_YEARS) if found else None


def is_daily(rhythm: str) -> bool:
    return _parts(rhythm).get("FREQ") == "DAILY"


def _moved(day: date, years: int) -> date:
    return day.replace(year=day.year + years)


def _day_of(until: str) -> date:
    """The date of an UNTIL, whether or not an hour stands with it. Raises ValueError."""
    return datetime.strptime(until[:8], "%Y%m%d").date()  # noqa: DTZ007  a date belongs to no zone


def _parts(rhythm: str) -> dict[str, str]:
    if any(char in rhythm for char in "\r\n:"):
        raise ValueError(f"{rhythm!r}: one rule only, without DTSTART")
    return dict(part.split("=", 1) for part in rhythm.upper().split(";") if "=" in part)


# --- days off


@dataclass(frozen=True)
class Day:
    """Whether a day is worked; if not, why: "holiday" or "company_day" with its name, or "day_off"."""

    working: bool
    code: str = ""
    name: str = ""


def is_working_day(work_days: Collection[str], on: date) -> bool:
    return WEEKDAYS[on.weekday()] in work_days


def day_of(session: Session, person: Person, on: date, team: Team | None = None) -> Day:
    """What the local date `on` is for this person, told in his language; absences are another matter.

    The country is his own, else the team's he is asked in, else the organization's.
    """
    country = person.country or (team.country if team else None) or _country(session, person.organization_id)
    company = _company_day(session, person.organization_id, on)
    return decide(person.work_days, company, country, on, person.locale)


def day_of_team(session: Session, team: Team, members: Iterable[Person], on: date) -> Day:
    """What the date is for a team as a whole, told in its language: worked if any of these members works then.

    The country is the team's, else the organization's. A team of nobody is taken to work from Monday to Friday.
    """
    country = team.country or _country(session, team.organization_id)
    company = _company_day(session, team.organization_id, on)
    weeks = [member.work_days for member in members] or [list(WEEKDAYS[:5])]
    days = [decide(work_days, company, country, on, team.locale) for work_days in weeks]
    return next((day for day in days if day.working), days[0])


def decide(work_days: Collection[str], company: CompanyDay | None, country: str | None, on: date, locale: str) -> Day:
    """A weekend day worked in exchange for another, or on the company's word, is for who works Monday to Friday."""
    if company is not None and not company.working:
        return Day(False, "company_day", company.name)
    name = statutory.holiday(country, on, locale) if country and company is None else None
    if name is not None:
        return Day(False, "holiday", name)
    exchanged = company is not None or (country is not None and statutory.is_worked_in_exchange(country, on))
    if is_working_day(work_days, on) or (exchanged and set(WEEKDAYS[:5]) <= set(work_days)):
        return Day(True)
    return Day(False, "day_off")


def _country(session: Session, organization_id: int) -> str | None:
    return session.get_one(Organization, organization_id).country


def _company_day(session: Session, organization_id: int, on: date) -> CompanyDay | None:
    return session.exec(
        select(CompanyDay).where(CompanyDay.organization_id == organization_id, CompanyDay.on_date == on)
    ).first()


# --- weeks, quiet hours, durations


def next_weekly(weekday: int, at: str, zone_key: str, after: datetime) -> datetime:
    """The first instant (UTC) later than `after` at which it is that weekday and time there."""
    today = local_date(after, zone_key)
    ahead = (weekday - today.weekday()) % 7
    candidates = (instant(today + timedelta(days=ahead + extra), at, zone_key) for extra in (0, 7))
    return next(moment for moment in candidates if moment > after)


def after_quiet(now: datetime, zone_key: str, start: str, until: str) -> datetime | None:
    """The end (UTC) of the quiet hours that `now` lies in, or None. They may go over midnight; local "HH:MM"."""
    if start == until:
        return None
    today = local_date(now, zone_key)
    for begins in (today - timedelta(days=1), today):
        ends = begins if start < until else begins + timedelta(days=1)
        if instant(begins, start, zone_key) <= now < instant(ends, until, zone_key):
            return instant(ends, until, zone_key)
    return None


def iso_week(moment: datetime, zone_key: str) -> str:
    """The ISO week it is there: "2026-W48"."""
    year, week, _ = local_date(moment, zone_key).isocalendar()
    return f"{year}-W{week:02d}"


def week_bounds(week: str, zone_key: str) -> tuple[datetime, datetime]:
    """Monday 00:00 there until the next Monday 00:00, in UTC."""
    year, number = week.split("-W")
    monday = date.fromisocalendar(int(year), int(number), 1)
    return instant(monday, "00:00", zone_key), instant(monday + timedelta(days=7), "00:00", zone_key)


def shifted(day: date, duration: str) -> date:
    """The date an ISO duration (P7D, -P7D, P1M) away; the end of a shorter month stays its end. Raises ValueError."""
    shape = re.fullmatch(r"(-?)P([0-9]{1,4})([DM])", duration)
    if shape is None:
        raise ValueError(f"{duration!r} is not a duration of days or months")
    amount = int(shape[2]) * (-1 if shape[1] else 1)
    return day + (relativedelta(months=amount) if shape[3] == "M" else timedelta(days=amount))
