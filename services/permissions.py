"""Who may do what, in one place. Every rule speaks of stored people and things, never of a platform."""

from sqlmodel import Session, select

from models.check_ins import Response
from models.coaching import CoachingNote, NoteShare
from models.ledger import Action, Blocker
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


def moves_blocker(session: Session, person: Person, blocker: Blocker) -> bool:
    """Whose it is, who was asked for help, the team's leads, and the stewards."""
    named = person.id in (blocker.person_id, blocker.helper_id)
    return named or (is_steward(person) or leads(session, person, blocker.team_id))


def sees_blocker(session: Session, person: Person, blocker: Blocker) -> bool:
    """His team's too, unless it was said to the lead alone."""
    said = session.get(Response, blocker.response_id) if blocker.response_id else None
    for_all = said is None or (said.audience == "team" and said.state != "withdrawn")
    return moves_blocker(session, person, blocker) or (for_all and sees_team(session, person, blocker.team_id))


def adds_actions(session: Session, person: Person, team_id: int) -> bool:
    return is_steward(person) or people.role_in(session, team_id, person) in ("lead", "member")


def coaches(session: Session, coach: Person, person: Person) -> bool:
    """A lead coaches the people of his teams; stewards may write a note with anybody."""
    if coach.id == person.id:
        return False
    led = {team.id for team in people.teams_of(session, coach, "lead")}
    theirs = {team.id for team in people.teams_of(session, person)}
    return is_steward(coach) or bool(led & theirs)


def records_absence(session: Session, teller: Person, person: Person) -> bool:
    """Everybody his own, a lead those of the people of his teams, stewards everybody's."""
    return teller.id == person.id or coaches(session, teller, person)


def invites(session: Session, inviter: Person, person: Person) -> bool:
    """A lead the members of his teams, stewards everybody. A code makes its bearer that person, so that nobody gets one
    for somebody who may do more in the organization than he."""
    if is_steward(inviter):
        return person.role != "owner" or inviter.role == "owner"
    led = {team.id for team in people.teams_of(session, inviter, "lead")}
    theirs = {team.id for team in people.teams_of(session, person)}
    return person.role == "member" and bool(led & theirs)


def sees_note(session: Session, person: Person, note: CoachingNote) -> bool:
    """Visibility was chosen before it was saved: both, only the coach, or both and HR. What the coached person may read
    he may show to one who leads him later; that ends with the lead, and when the coach keeps the note to himself."""
    if person.id == note.coach_id:
        return True
    if note.visibility == "me" or person.organization_id != note.organization_id:
        return False
    if person.id == note.person_id or (note.visibility == "hr" and person.role == "hr"):
        return True
    return shown_to(session, person, note) and coaches(session, person, session.get_one(Person, note.person_id))


def shown_to(session: Session, person: Person, note: CoachingNote) -> bool:
    """The coached person showed it to him."""
    shown = select(NoteShare.id).where(NoteShare.note_id == note.id, NoteShare.reader_id == person.id)
    return session.exec(shown).first() is not None
