"""Questions for oneself, one a month: asked on a person's first working day of it at 10:00, and his alone until he
shows the answer to his leads.

Team.reflect_due_at (UTC) is when its people are looked at next: at the latest when the next month begins on earth.
Who is away, has not agreed or cannot be written to is looked at again on each working day until the month is over.
"""

import tomllib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from models.coaching import Reflection
from models.db import insert_new
from models.messages import Button, Delivery, Message
from models.organization import CAN_EDIT, Membership, Person, Team
from services import announcements, audit, batches, calendar, offers, outbox, people, working_time
from services.render import TEMPLATES, render

AT, LAST = "10:00", working_time.ENDS
"""Between these local times he is asked."""
QUESTIONS: list[dict[str, str]] = tomllib.loads((TEMPLATES / "reflections.toml").read_text("utf-8"))["questions"]


# --- which question


def month_of(on: date) -> str:
    """ "2026-12"."""
    return f"{on:%Y-%m}"


def question_for(person: Person, month: str) -> str:
    """Another each month and for each of two neighbours, until all were asked."""
    year, number = month.split("-")
    return QUESTIONS[(int(year) * 12 + int(number) + person.id) % len(QUESTIONS)][person.locale]


def of_month(session: Session, person: Person, month: str) -> Reflection | None:
    return session.exec(select(Reflection).where(Reflection.person_id == person.id, Reflection.month == month)).first()


def put(session: Session, person: Person, month: str, now: datetime) -> Reflection:
    """The month's question of this person: it stays the one he was asked first."""
    row = {
        "organization_id": person.organization_id, "person_id": person.id, "month": month,
        "question": question_for(person, month), "text": "", "asked_at": now,
    }  # fmt: skip
    insert_new(session, Reflection, [row])
    found = of_month(session, person, month)
    assert found is not None
    return found


def answered(session: Session, person: Person, most: int) -> Sequence[Reflection]:
    """The newest first."""
    mine = select(Reflection).where(Reflection.person_id == person.id, col(Reflection.answered_at).is_not(None))
    return session.exec(mine.order_by(col(Reflection.month).desc()).limit(most)).all()


# --- when


def _begins(now: datetime) -> date:
    """The first of the month that has begun somewhere on earth."""
    return (now + calendar.EARTHS_FIRST_ZONE).date().replace(day=1)


def _following(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def first_due(zone_key: str, now: datetime) -> datetime:
    """When a team of that zone that wants it from now on is looked at first (UTC): as its next month begins."""
    return calendar.begins_on_earth(_following(calendar.local_date(now, zone_key).replace(day=1)))


def ask_next(session: Session, now: datetime) -> int:
    due = select(Team).where(col(Team.reflect_due_at) <= now).order_by(col(Team.reflect_due_at)).limit(batches.BATCH)
    return batches.each(session, now, due, lambda team: _look(session, team, now), "reflect_due_at")


def _look(session: Session, team: Team, now: datetime) -> None:
    """Ask whose morning it is, and find out when the next one's comes."""
    if not team.active:
        team.reflect_due_at = None
        session.add(team)
        return
    month = _begins(now)
    looks = [calendar.begins_on_earth(_following(month))]
    for person in _members(session, team):
        waits = of_month(session, person, month_of(month)) is None
        if waits and _is_time(session, team, person, month, now):
            _ask(session, person, month_of(month), now)
        elif waits:
            looks.append(_next_morning(session, team, person, month, now))
    team.reflect_due_at = min(looks)
    session.add(team)


def _members(session: Session, team: Team) -> Sequence[Person]:
    """Who is asked in this team, too for his check-ins."""
    asked = select(Person).join(Membership).where(Membership.team_id == team.id, Membership.asked, Person.active)
    return session.exec(asked.order_by(col(Person.id))).all()


def _is_time(session: Session, team: Team, person: Person, month: date, now: datetime) -> bool:
    there = calendar.local(now, person.time_zone)
    if there.date() < month or not AT <= f"{there:%H:%M}" < LAST or person.consented_at is None:
        return False
    works = calendar.day_of(session, person, there.date(), team).working
    is_away = people.absence_on(session, person.id, there.date(), team.id) is not None
    return works and not is_away and outbox.address_of(session, person) is not None


def _next_morning(session: Session, team: Team, person: Person, month: date, now: datetime) -> datetime:
    """The next 10:00 (UTC) of a day he works; whether he is away is seen then."""
    on = max(month, calendar.local_date(now, person.time_zone))
    for _ in range(working_time.FARTHEST_DAYS):
        moment = calendar.instant(on, AT, person.time_zone)
        if moment > now and calendar.day_of(session, person, on, team).working:
            return moment
        on += timedelta(days=1)
    return calendar.begins_on_earth(_following(month))


def _ask(session: Session, person: Person, month: str, now: datetime) -> None:
    row = put(session, person, month, now)
    buttons = offer(session, row, person, {"write": "reflect_now", "skip": "reflect_not"}, now)
    text = render(person.locale, "reflection", question=row.question)
    due_at = working_time.awake_at(person, now)
    announcements.tell(session, now, person, Message(markup=text, buttons=buttons), f"reflect:{row.id}", due_at)
    audit.write(session, now, audit.CLOCK, "reflection.asked", row)


def offer(
    session: Session, row: Reflection, person: Person, labels: dict[str, str], now: datetime
) -> tuple[Button, ...]:
    """Buttons about one month, each decision with its label's key; those of another month stay."""
    slots, options = {"month": row.month}, [{"value": value, "key": key} for value, key in labels.items()]
    return offers.offer(session, now, person, f"reflect:{row.month}", "reflect", slots, "decision", options)


# --- what he wrote, and who reads it. The audit trail holds none of his words.


def write(session: Session, row: Reflection, person: Person, text: str, now: datetime) -> None:
    row.text, row.answered_at = text, now
    session.add(row)
    audit.write(session, now, person, "reflection.written", row)


def skip(session: Session, row: Reflection, person: Person, now: datetime) -> None:
    audit.write(session, now, person, "reflection.skipped", row)


def leads_of(session: Session, person: Person) -> list[Person]:
    """Those who lead him, by name; nobody leads himself."""
    teams = people.teams_of(session, person, "member", "lead")
    leads = {lead.id: lead for team in teams for lead in people.members_of(session, team.id, "lead")}
    return sorted((lead for lead in leads.values() if lead.id != person.id), key=lambda lead: lead.name)


def share(session: Session, row: Reflection, person: Person, now: datetime) -> list[Person]:
    """His leads are told in their own chats; returns them. Shared already, or with nobody to share it with: nothing."""
    leads = leads_of(session, person)
    if row.shared_at is not None or not leads:
        return leads
    row.shared_at = now
    session.add(row)
    for lead in leads:
        text = render(lead.locale, "reflection_shared", name=person.name, question=row.question, text=row.text)
        key = f"{_key(row)}{lead.id}:{now:%Y%m%d%H%M%S%f}"
        announcements.tell(session, now, lead, Message(markup=text), key, working_time.awake_at(lead, now))
    audit.write(session, now, person, "reflection.shared", row, new={"with": [lead.id for lead in leads]})
    return leads


def _key(row: Reflection) -> str:
    return f"reflection:{row.id}:"


def unshare(session: Session, row: Reflection, person: Person, now: datetime) -> tuple[list[str], list[str]]:
    """Names of the leads it had reached, and of those in whose chat it stays because nothing can be changed there."""
    told = select(Delivery).where(col(Delivery.dedupe_key).startswith(_key(row)), Delivery.kind == "post")
    outbox.take_back(session, col(Delivery.dedupe_key).startswith(_key(row)), Delivery.kind == "post")
    reached: dict[str, bool] = {}
    for delivery in session.exec(told.where(col(Delivery.state).in_(("sending", "sent")))).all():
        lead = session.get_one(Person, int(delivery.dedupe_key.split(":")[2]))
        text = render(lead.locale, "reflection_taken_back", name=person.name)
        announcements.change(session, now, delivery.dedupe_key, Message(markup=text))
        reached[lead.name] = delivery.platform not in CAN_EDIT
    row.shared_at = None
    session.add(row)
    audit.write(session, now, person, "reflection.taken_back", row)
    return sorted(reached), sorted(name for name, stays in reached.items() if stays)
