"""Blockers: a thing in the way, `B3` in chat: raised, acknowledged, resolved."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from models.check_ins import Response
from models.ledger import Action, Blocker
from models.organization import Organization, Person
from services import audit
from services.limits import NOTE_CHARACTERS


def raise_(
    session: Session,
    team_id: int,
    person: Person,
    text: str,
    now: datetime,
    *,
    action: Action | None = None,
    response: Response | None = None,
    helper: Person | None = None,
) -> Blocker:
    """Write down what is in the way of this person, and ask the helper, else the team's leads."""
    blocker = Blocker(
        organization_id=person.organization_id,
        team_id=team_id,
        number=_next_number(session, person.organization_id),
        text=text[:NOTE_CHARACTERS],
        person_id=person.id,
        action_id=action.id if action else None,
        response_id=response.id if response else None,
        helper_id=helper.id if helper else None,
        raised_at=now,
    )
    session.add(blocker)
    session.flush()
    audit.write(session, now, person, "blocker.raised", blocker, new={"number": blocker.number})
    return blocker


def _next_number(session: Session, organization_id: int) -> int:
    taken = session.execute(
        update(Organization)
        .where(col(Organization.id) == organization_id)
        .values(next_blocker=Organization.next_blocker + 1)
        .returning(col(Organization.next_blocker))
    ).scalar_one()
    return int(taken) - 1


def raise_from_answer(session: Session, response: Response, person: Person, text: str, now: datetime) -> Blocker | None:
    """The answer to a question about what is in the way. Empty, or a word that says nothing is: None, and what the same
    response raised before is resolved."""
    return None


def of_action(session: Session, action: Action, person: Person, old_state: str, note: str, now: datetime) -> None:
    """An action became blocked, or is no more."""
