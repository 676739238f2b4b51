"""What needs the lead when a Round ends: who is silent. Names go to leads, once, and never to the channel."""

from datetime import datetime

from sqlmodel import Session, col, select

from models.check_ins import Response, Round
from models.messages import Message
from models.organization import Person, Team
from services import announcements, answers, people
from services.announcements import UNREACHABLE
from services.render import render


def after_round(session: Session, round_: Round, team: Team, now: datetime) -> None:
    """Names of the silent, and of those who could not be asked, go to the lead, once, and never to the channel."""
    rows = session.exec(
        select(Person.name, Response.reason)
        .join(Response, col(Response.person_id) == Person.id)
        .where(Response.round_id == round_.id, Response.state == "missed")
        .order_by(Person.name)
    ).all()
    if not rows:
        return
    facts = {
        "team": team.name,
        "check_in": answers.check_in_of(session, round_).name,
        "on": round_.on_date,
        "names": [name for name, reason in rows if reason != UNREACHABLE],
        "unreached": [name for name, reason in rows if reason == UNREACHABLE],
    }
    for lead in people.members_of(session, team.id, "lead"):
        text = render(lead.locale, "silent", **facts)
        announcements.tell(session, now, lead, Message(markup=text), f"silent:{round_.id}:{lead.id}")
