"""Coaching notes: saved only after their visibility was chosen, read only by those it names."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from models.coaching import CoachingNote
from models.organization import Person
from services import audit
from services.limits import NOTE_CHARACTERS


def write(session: Session, coach: Person, person: Person, text: str, visibility: str, now: datetime) -> CoachingNote:
    note = CoachingNote(
        organization_id=coach.organization_id,
        coach_id=coach.id,
        person_id=person.id,
        text=text[:NOTE_CHARACTERS],
        visibility=visibility,
        written_at=now,
    )
    session.add(note)
    session.flush()
    audit.write(session, now, coach, "coaching.written", note, new={"person": person.id, "visibility": visibility})
    return note


def agree(session: Session, note: CoachingNote, coach: Person, agreed: str, now: datetime) -> None:
    """Add the step both settled on."""
    note.agreed = agreed[:NOTE_CHARACTERS]
    session.add(note)
    audit.write(session, now, coach, "coaching.agreed", note)


def by_id(session: Session, note_id: int) -> CoachingNote | None:
    return session.get(CoachingNote, note_id)


def shared_with(session: Session, person: Person, most: int = 5) -> Sequence[tuple[CoachingNote, str]]:
    """The newest notes about this person that he may read, with the coach's name."""
    rows = session.exec(
        select(CoachingNote, Person.name)
        .join(Person, col(CoachingNote.coach_id) == Person.id)
        .where(CoachingNote.person_id == person.id, col(CoachingNote.visibility).in_(("both", "hr")))
        .order_by(col(CoachingNote.id).desc())
        .limit(most)
    ).all()
    return [(row[0], row[1]) for row in rows]


def written_by(session: Session, coach: Person, most: int = 5) -> Sequence[tuple[CoachingNote, str]]:
    """The newest notes this coach wrote, with the coached person's name."""
    rows = session.exec(
        select(CoachingNote, Person.name)
        .join(Person, col(CoachingNote.person_id) == Person.id)
        .where(CoachingNote.coach_id == coach.id)
        .order_by(col(CoachingNote.id).desc())
        .limit(most)
    ).all()
    return [(row[0], row[1]) for row in rows]
