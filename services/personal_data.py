"""Everything about one person: what `mydata` gives him, and nothing that others wrote for others.

Every key is a column's name or stands here, and stays what it is; instants are ISO in UTC.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, or_, select

from models.audit import AuditEntry
from models.check_ins import Answer, CheckIn, Response, Round
from models.coaching import AgendaItem, CoachingNote, NoteShare, OneOnOne, Reflection
from models.conversation import OpenQuestion
from models.ledger import Action, ActionUpdate, Blocker
from models.messages import Delivery, Receipt
from models.organization import Absence, CalendarFeed, Identity, Membership, Organization, Person, Team
from models.recognition import Honoured, Recognition

FORMAT = "loopkeeper.mydata.v1"
LEFT_OUT = {"organization_id", "secret_name", "profile_due_at", "due_at", "due_step"}
"""Columns that say nothing about a person, or are a key to something else."""
Row = dict[str, Any]


def collect(session: Session, person: Person, now: datetime) -> Row:
    """As JSON is written; every list is there, empty or not."""
    organization = session.get_one(Organization, person.organization_id)
    return {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "organization": organization.name,
        "person": _row(person),
        "accounts": _all(session, Identity, Identity.person_id == person.id),
        "teams": _teams(session, person),
        "absences": _all(session, Absence, Absence.person_id == person.id),
        "calendar": _all(session, CalendarFeed, CalendarFeed.person_id == person.id),
        "check_ins": _check_ins(session, person),
        "actions": _all(session, Action, or_(Action.owner_id == person.id, Action.created_by_id == person.id)),
        "updates": _all(session, ActionUpdate, ActionUpdate.person_id == person.id),
        "blockers": _all(session, Blocker, or_(Blocker.person_id == person.id, Blocker.helper_id == person.id)),
        **_coaching(session, person),
        "reflections": _all(session, Reflection, Reflection.person_id == person.id),
        "thanks_given": _all(session, Recognition, Recognition.giver_id == person.id),
        "thanks_received": _thanks_received(session, person),
        "open_questions": _all(session, OpenQuestion, OpenQuestion.person_id == person.id),
        "said": _said(session, person),
        "told": _told(session, person),
        "decisions": _all(session, AuditEntry, AuditEntry.subject == "person", AuditEntry.subject_id == person.id),
        "did": _all(session, AuditEntry, AuditEntry.actor_id == person.id),
    }


def as_json(data: Row) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _all(session: Session, table: type[SQLModel], *which: Any) -> list[Row]:
    rows = session.exec(select(table).where(*which).order_by(table.id)).all()  # type: ignore[attr-defined]
    return [_row(row) for row in rows]


def _row(row: SQLModel) -> Row:
    return row.model_dump(mode="json", exclude=LEFT_OUT)


def _teams(session: Session, person: Person) -> list[Row]:
    query = select(Membership, Team.name).join(Team, col(Membership.team_id) == Team.id)
    rows = session.exec(query.where(Membership.person_id == person.id).order_by(col(Membership.id))).all()
    return [{**_row(row[0]), "team": row[1]} for row in rows]


def _check_ins(session: Session, person: Person) -> list[Row]:
    """Every occasion: whether he was asked, why not, what he answered, and who of the leads reacted."""
    rows = session.exec(
        select(Response, Round, CheckIn.name)
        .join(Round, col(Response.round_id) == Round.id)
        .join(CheckIn, col(Round.check_in_id) == CheckIn.id)
        .where(Response.person_id == person.id)
        .order_by(col(Response.id))
    ).all()
    given = session.exec(select(Answer).join(Response).where(Response.person_id == person.id)).all()
    answers: dict[int, list[Row]] = {}
    for answer in sorted(given, key=lambda it: (it.response_id, it.question)):
        answers.setdefault(answer.response_id, []).append(_row(answer))
    return [
        {
            **_row(response),
            "check_in": name,
            "on": round_.on_date.isoformat(),
            "questions": [question["ask"] for question in round_.questions],
            "answers": answers.get(response.id, []),
        }
        for response, round_, name in rows
    ]


def _coaching(session: Session, person: Person) -> Row:
    """Of what others wrote about him only what was written for him too."""
    about = (CoachingNote.person_id == person.id, col(CoachingNote.visibility).in_(("both", "hr")))
    seen = select(CoachingNote.id).where(*about)
    talks = select(OneOnOne.id).where(or_(OneOnOne.coach_id == person.id, OneOnOne.person_id == person.id))
    return {
        "notes_about_me": _all(session, CoachingNote, *about),
        "notes_i_wrote": _all(session, CoachingNote, CoachingNote.coach_id == person.id),
        "notes_shown_to": _all(session, NoteShare, col(NoteShare.note_id).in_(seen)),
        "one_on_ones": _all(session, OneOnOne, col(OneOnOne.id).in_(talks)),
        "points": _all(session, AgendaItem, col(AgendaItem.one_on_one_id).in_(talks)),
    }


def _thanks_received(session: Session, person: Person) -> list[Row]:
    mine = select(Honoured.recognition_id).where(Honoured.person_id == person.id)
    return _all(session, Recognition, col(Recognition.id).in_(mine))


def senders(session: Session, person: Person) -> list[str]:
    """What his messages are stored under: "platform:workspace:account"."""
    accounts = session.exec(select(Identity).where(Identity.person_id == person.id)).all()
    return [f"{it.platform}:{it.workspace}:{it.external_id}" for it in accounts]


def _said(session: Session, person: Person) -> list[Row]:
    """What he wrote and did, as long as it is kept word for word."""
    query = select(Receipt).where(col(Receipt.sender).in_(senders(session, person))).order_by(col(Receipt.id))
    return [
        {"at": row.received_at.isoformat(), "platform": row.platform, **_words(row.incoming)}
        for row in session.exec(query).all()
        if row.incoming
    ]


def _words(incoming: Row) -> Row:
    return {name: incoming.get(name) for name in ("kind", "text", "action", "form")}


def deliveries_to(session: Session, person: Person) -> Iterable[Delivery]:
    """What was promised to his own chats, oldest first."""
    for account in session.exec(select(Identity).where(Identity.person_id == person.id)).all():
        yield from session.exec(
            select(Delivery)
            .where(Delivery.platform == account.platform, Delivery.connection == account.workspace)
            .where(Delivery.place_id == account.external_id, Delivery.place_kind != "channel")
            .order_by(col(Delivery.id))
        ).all()


def _told(session: Session, person: Person) -> list[Row]:
    return [
        {"at": row.created_at.isoformat(), "platform": row.platform, "text": row.message["markup"]}
        for row in deliveries_to(session, person)
        if row.message.get("markup")
    ]
