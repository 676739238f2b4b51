"""Who may do what, in one place. Every rule speaks of stored people and things, never of a platform."""

from sqlmodel import Session

from models.coaching import CoachingNote
from models.ledger import Action
from models.organization import Person
from services import people


def is_steward(person: Person) -> bool:
    """Owners and HR run the programme for the whole organization."""
    return person.role in ("owner", "hr")


def sees_team(session: Session, person: Person, team_id: int) -> bool:
    return is_steward(person) or people.role_in(session, team_id, person) is not None


def leads(session: Session, person: Person, team_id: int) -> bool:
    return people.role_in(session, team_id, person) == "lead"


def moves_action(session: Session, person: Person, action: Action) -> bool:
    """The owner, the team's leads, and the stewards; nobody else."""
    return action.owner_id == person.id or leads(session, person, action.team_id) or is_steward(person)


def adds_actions(session: Session, person: Person, team_id: int) -> bool:
    return is_steward(person) or people.role_in(session, team_id, person) in ("lead", "member")


def coaches(session: Session, coach: Person, person: Person) -> bool:
    """A lead coaches the people of his teams; stewards may write a note with anybody."""
    if coach.id == person.id:
        return False
    led = {team.id for team in people.teams_of(session, coach, "lead")}
    theirs = {team.id for team in people.teams_of(session, person)}
    return is_steward(coach) or bool(led & theirs)


def invites(session: Session, inviter: Person, person: Person) -> bool:
    """A lead the members of his teams, stewards everybody. A code makes its bearer that person, so that nobody gets one
    for somebody who may do more in the organization than he."""
    if is_steward(inviter):
        return person.role != "owner" or inviter.role == "owner"
    led = {team.id for team in people.teams_of(session, inviter, "lead")}
    theirs = {team.id for team in people.teams_of(session, person)}
    return person.role == "member" and bool(led & theirs)


def sees_note(person: Person, note: CoachingNote) -> bool:
    """Visibility was chosen before it was saved: both, only the coach, or both and HR."""
    if person.id == note.coach_id:
        return True
    if person.id == note.person_id:
        return note.visibility in ("both", "hr")
    return note.visibility == "hr" and person.role == "hr" and person.organization_id == note.organization_id
