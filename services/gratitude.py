"""What thanks look like from a little further away: how many one gave lately, who got none, who thanks only each other.

None of it is a score and none of it is punished: the giver gets a hint, HR gets to know a pattern.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from models.messages import Message
from models.organization import Membership, Person
from models.recognition import Honoured, Recognition
from services import announcements, limits, people
from services.limits import PUBLIC_THANKS, Rate
from services.render import render

LATELY = timedelta(days=60)
MOST_NAMES = 3
A_SWAP = 3
"""Thanks in each direction from which on two people are a pattern …"""
NEARLY_ALL = 0.8
"""… if so much of what each of them gave went to the other."""


def next_public_at(session: Session, giver: Person, now: datetime) -> datetime | None:
    """When he may post thanks again (UTC); None: now. Private ones are never limited."""
    most, window = PUBLIC_THANKS
    given = select(Recognition.given_at).where(Recognition.giver_id == giver.id, Recognition.public)
    given = given.where(col(Recognition.given_at) > now - window).order_by(col(Recognition.given_at).desc())
    nth = session.exec(given.offset(most - 1).limit(1)).first()
    return nth + window if nth is not None else None


def unthanked(session: Session, giver: Person, now: datetime) -> Sequence[str]:
    """Names of people he works with whom nobody thanked lately; said once a week at most."""
    thanked = select(Honoured.person_id).join(Recognition).where(*_standing(now))
    ours = select(Membership.team_id).where(Membership.person_id == giver.id)
    near = select(Person.name).join(Membership).where(col(Membership.team_id).in_(ours), Person.active)
    near = near.where(Person.id != giver.id, Membership.role != "observer", col(Person.id).not_in(thanked))
    names = session.exec(near.distinct().order_by(Person.name).limit(MOST_NAMES)).all()
    if not names or limits.exceeded_by(session, Rate.HINT, f"unthanked:{giver.id}", now):
        return []
    return names


def _standing(now: datetime) -> tuple[Any, ...]:
    return col(Recognition.reversed_at).is_(None), col(Recognition.given_at) > now - LATELY


def tell_of_a_swap(session: Session, giver: Person, honoured: Sequence[Person], now: datetime) -> None:
    """Two people who thank nearly only each other: HR reads it once a quarter, they are not told."""
    for person in honoured:
        if _is_swap(session, giver, person, now):
            _tell_stewards(session, giver, person, now)


def _is_swap(session: Session, one: Person, other: Person, now: datetime) -> bool:
    return all(_goes_to(session, giver, to, now) for giver, to in ((one, other), (other, one)))


def _goes_to(session: Session, giver: Person, to: Person, now: datetime) -> bool:
    given = select(func.count()).select_from(Honoured).join(Recognition)
    given = given.where(Recognition.giver_id == giver.id, *_standing(now))
    to_him, in_all = session.exec(given.where(Honoured.person_id == to.id)).one(), session.exec(given).one()
    return to_him >= A_SWAP and to_him >= NEARLY_ALL * in_all


def _tell_stewards(session: Session, one: Person, other: Person, now: datetime) -> None:
    pair = sorted((one, other), key=lambda person: person.id)
    quarter = f"{now.year}-{(now.month + 2) // 3}"
    stewards = people.stewards_of(session, one.organization_id)
    for steward in [each for each in stewards if each.role == "hr"] or stewards:
        if steward.id not in (one.id, other.id):
            text = render(steward.locale, "thanks_swapped", names=[person.name for person in pair])
            key = f"swap:{pair[0].id}:{pair[1].id}:{quarter}:{steward.id}"
            announcements.tell(session, now, steward, Message(markup=text), key)
