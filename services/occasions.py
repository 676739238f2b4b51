"""The occasions of a rhythm: which date comes next, and what becomes of one on a day the team does not work."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from models.check_ins import CheckIn
from models.organization import Membership, Person, Team
from services import calendar

FARTHEST_MOVE = 31
"""How many days an occasion is moved to find one that is worked."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Occasion:
    """The rhythm's date `for_` and the day `on` it is held; `not_held`: the code of why it is not.

    `detail` belongs to that code (the day's name, the date a pause ends), or tells from where it was moved.
    """

    for_: date
    on: date
    not_held: str = ""
    detail: str = ""


def asked_in(session: Session, team_id: int) -> Sequence[Person]:
    """Who is asked in this team's check-ins."""
    return session.exec(
        select(Person)
        .join(Membership, col(Membership.person_id) == Person.id)
        .where(Membership.team_id == team_id, Membership.asked, Person.active)
        .order_by(col(Person.id))
    ).all()


def coming(session: Session, check_in: CheckIn, after: date, today: date) -> Iterator[Occasion]:
    """Every occasion later than the date `after`, held or not, for as long as the rhythm fires.

    Daily means every working day: a day nobody of the team works is then no occasion at all. `today` is the team's:
    nothing is moved to before it.
    """
    team = session.get_one(Team, check_in.team_id)
    members = asked_in(session, team.id)
    idle = 0
    while (for_ := calendar.next_occurrence(check_in.rhythm, check_in.starts_on, after)) is not None:
        occasion = _at(session, check_in, team, members, for_, today)
        no_occasion = occasion.not_held == "day_off" and calendar.is_daily(check_in.rhythm) and idle < FARTHEST_MOVE
        idle = idle + 1 if no_occasion else 0
        if not no_occasion:
            yield occasion
        after = for_


def _at(
    session: Session, check_in: CheckIn, team: Team, members: Sequence[Person], for_: date, today: date
) -> Occasion:
    if not members:
        return Occasion(for_, for_, "nobody")
    day = calendar.day_of_team(session, team, members, for_)
    step = {"before": -DAY, "after": DAY}.get(team.off_day)
    if day.working:
        occasion = Occasion(for_, for_)
    elif step is None or calendar.is_daily(check_in.rhythm):
        occasion = Occasion(for_, for_, day.code, day.name)
    else:
        occasion = _moved(session, team, members, Occasion(for_, for_, day.code, day.name), step)
    if check_in.paused_until and min(for_, occasion.on) < check_in.paused_until:
        return Occasion(for_, for_, "paused", check_in.paused_until.isoformat())
    went_by = occasion.on < for_ and occasion.on < today
    return Occasion(for_, for_, day.code, day.name) if went_by else occasion


def _moved(session: Session, team: Team, members: Sequence[Person], off: Occasion, step: timedelta) -> Occasion:
    """Held on the nearest working day in that direction; told from where."""
    for number in range(1, FARTHEST_MOVE + 1):
        on = off.for_ + step * number
        if calendar.day_of_team(session, team, members, on).working:
            return Occasion(off.for_, on, detail=moved_from(off.for_, off.detail))
    return off


MOVED = "moved from "


def moved_from(for_: date, name: str) -> str:
    return f"{MOVED}{for_.isoformat()}: {name}" if name else f"{MOVED}{for_.isoformat()}"


def rhythms_date(on: date, detail: str) -> date:
    """The rhythm's date of a Round held on that day with that detail."""
    return date.fromisoformat(detail.removeprefix(MOVED)[:10]) if detail.startswith(MOVED) else on
