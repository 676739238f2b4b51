"""What a lead is told when nobody could be asked: one note for a whole outage, one for a team without people to ask."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from models.check_ins import CheckIn, Response, Round
from models.messages import Delivery, Message
from models.organization import Membership, Person, Team
from services import announcements, people
from services.render import render

TOO_LATE = "too_late_to_ask"
"""Why a Response got no answer: the bot did not run when it was due, nor for long after."""


def tell(session: Session, round_: Round, now: datetime) -> None:
    """If people of this Round were not asked because the bot was down, each lead hears it, with all else of his that
    the same outage cost, in one message."""
    unasked = select(Response.id).where(Response.round_id == round_.id, Response.reason == TOO_LATE).limit(1)
    if session.exec(unasked).first() is None:
        return
    for lead in people.members_of(session, round_.team_id, "lead"):
        lines = _lines(_unasked(session, lead, now))
        if lines:
            text = render(lead.locale, "outage", lines=lines)
            announcements.tell(session, now, lead, Message(markup=text), f"{_key(lead)}{now:%Y%m%dT%H%M%S}")


def _key(lead: Person) -> str:
    return f"outage:{lead.id}:"


def _unasked(session: Session, lead: Person, now: datetime) -> Iterable[tuple[Round, str, str, str]]:
    """(Round, check-in, team, person) of his teams, as far as no earlier note can have told it."""
    told_at = session.exec(
        select(func.max(Delivery.created_at)).where(col(Delivery.dedupe_key).startswith(_key(lead)))
    ).one()
    query = (
        select(Round, CheckIn.name, Team.name, Person.name)
        .join(CheckIn, col(Round.check_in_id) == CheckIn.id)
        .join(Team, col(Team.id) == Round.team_id)
        .join(Response, col(Response.round_id) == Round.id)
        .join(Person, col(Person.id) == Response.person_id)
        .join(Membership, (col(Membership.team_id) == Team.id) & (col(Membership.person_id) == lead.id))
        .where(Membership.role == "lead", Response.state == "missed", Response.reason == TOO_LATE)
        .where(col(Round.closed_at).is_(None) | (Round.closed_at == now))
        .order_by(Team.name, CheckIn.name, col(Round.on_date), Person.name)
    )
    return session.exec(query.where(Response.prompt_at > told_at) if told_at else query).all()


def _lines(rows: Iterable[tuple[Round, str, str, str]]) -> list[dict[str, object]]:
    """One for each check-in: its days, and who was not asked on any of them."""
    lines: dict[tuple[str, str], tuple[list[date], list[str]]] = {}
    for round_, check_in, team, name in rows:
        days, names = lines.setdefault((check_in, team), ([], []))
        days += [round_.on_date] if round_.on_date not in days else []
        names += [name] if name not in names else []
    return [
        {"check_in": check_in, "team": team, "days": days, "names": names}
        for (check_in, team), (days, names) in lines.items()
    ]


def tell_that_nobody_is_asked(session: Session, check_in: CheckIn, now: datetime) -> None:
    """Once, until the check-in was held again."""
    held = select(func.max(Round.id)).where(Round.check_in_id == check_in.id, Round.not_held == "")
    last = session.exec(held).one() or 0
    team = session.get_one(Team, check_in.team_id)
    for lead in people.members_of(session, team.id, "lead"):
        text = render(lead.locale, "nobody_to_ask", check_in=check_in.name, team=team.name)
        announcements.tell(session, now, lead, Message(markup=text), f"nobody:{check_in.id}:{last}:{lead.id}")
