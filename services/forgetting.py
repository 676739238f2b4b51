"""`forgetme`: what a person said and is called is erased; what others wrote, and counts that tell nobody, stay.

Erased: name, accounts, memberships, absences, calendar, answers, reasons, drafts, raw messages, messages to him, words
in updates and blockers, reflections, notes only he could read, thanks he gave, his settings and agreement.
Kept: that a round had so many answers, items others work on, notes written for others too, thanks others gave, and the
audit trail by number. A hash of each account is kept, so that no programme file brings him back.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from markupsafe import escape
from sqlalchemy import delete, update
from sqlmodel import Session, SQLModel, col, or_, select

from models.audit import AuditEntry
from models.check_ins import Answer, Response, Round
from models.coaching import AgendaItem, CoachingNote, NoteShare, Reflection
from models.connection import Forgotten, Invitation
from models.conversation import OpenQuestion, RateBucket
from models.db import insert_new
from models.ledger import Action, ActionUpdate, Blocker
from models.messages import Delivery, Message, Receipt
from models.organization import (
    CAN_EDIT,
    WEEKDAYS,
    Absence,
    CalendarFeed,
    Channel,
    Identity,
    Membership,
    Organization,
    Person,
    Team,
)
from models.recognition import Honoured, Recognition
from services import audit, one_on_ones, outbox, personal_data, recognitions, reflections, vault
from services.pieces import EMPTIED
from services.render import FORMER

Told = re.Pattern[str]
"""His name and his words, as they may stand in what others were told."""
BATCH = 500
BLANK = Message(markup=EMPTIED).model_dump(mode="json")
"""What a message reads in our own books once its words are gone."""
SHORTEST_TELLING = 12
"""Characters of a text that surely nobody else wrote by chance."""
FARE_WELL = "forgotten:"
"""Begins the key of the last message to somebody forgotten; blanked an hour after it was sent."""


def forget(session: Session, person: Person, now: datetime) -> list[Action]:
    """Erase him. Returns the open items that need another owner. Call it last: nothing he says later is his."""
    told = _told(session, person)
    rounds = _rounds_shown(session, person)
    given = session.exec(select(Recognition).where(_touches(person))).all()
    _remember_accounts(session, person, now)
    _take_reflections_back(session, person, now)
    _erase_conversation(session, person)
    _erase_words(session, person)
    _erase_coaching(session, person, now)
    orphans = _erase_ledger(session, person)
    _erase_links(session, person)
    _erase_person(session, person)
    _scrub_audit(session, person, told)
    _blank_messages(session, person.organization_id, told, now)
    _show_anew(session, rounds, given, now)
    one_on_ones.end_all(session, person, now)
    audit.write(session, now, audit.CLOCK, "person.forgotten", person)
    session.flush()
    return orphans


# --- what he is known by


def _told(session: Session, person: Person) -> Told:
    """His name and his texts, as they may stand in messages: long enough to be nobody else's, cut as quotes are."""
    mine = [row.text for row in session.exec(select(Answer).join(Response).where(_of(Response, person))).all()]
    mine += [row.note for row in session.exec(select(ActionUpdate).where(_of(ActionUpdate, person))).all()]
    mine += [row.text for row in session.exec(select(Blocker).where(_of(Blocker, person))).all()]
    mine += [row.text for row in session.exec(select(Reflection).where(_of(Reflection, person))).all()]
    mine += [row.text for row in session.exec(select(AgendaItem).where(AgendaItem.added_by_id == person.id)).all()]
    mine += [row.reason for row in session.exec(select(Absence).where(_of(Absence, person))).all()]
    mine += [row.reason for row in session.exec(select(Response).where(_of(Response, person))).all()]
    mine += [row.text for row in session.exec(select(Recognition).where(Recognition.giver_id == person.id)).all()]
    notes = select(CoachingNote).where(CoachingNote.coach_id == person.id, CoachingNote.visibility == "me")
    mine += [text for row in session.exec(notes).all() for text in (row.text, row.agreed)]
    lines = {line.strip() for text in mine for line in text.splitlines()}
    tokens = {person.name, *(line[:40] for line in lines if len(line) >= SHORTEST_TELLING)}
    return re.compile("|".join(_whole(form) for token in tokens for form in {token, str(escape(token))}))


def _whole(token: str) -> str:
    """Al is not in "all". Names in Chinese stand in sentences without a gap, but one sign alone is no name."""
    latin = "[A-Za-z0-9_]" if len(token) > 1 else r"\w"
    return f"(?<!{latin}){re.escape(token)}(?!{latin})"


def _of(table: Any, person: Person) -> Any:
    return table.person_id == person.id


def _touches(person: Person) -> Any:
    """Thanks he gave or got."""
    got = select(Honoured.recognition_id).where(Honoured.person_id == person.id)
    return or_(col(Recognition.giver_id) == person.id, col(Recognition.id).in_(got))


def _rounds_shown(session: Session, person: Person) -> list[int]:
    shown = select(Round.id).join(Response).where(Response.person_id == person.id, col(Round.posted_at).is_not(None))
    return list(session.exec(shown).all())


# --- so that he is not brought back


def _remember_accounts(session: Session, person: Person, now: datetime) -> None:
    organization = session.get_one(Organization, person.organization_id)
    if not organization.forgotten_salt:
        organization.forgotten_salt = secrets.token_hex(32)
        session.add(organization)
        session.flush()
    for account in session.exec(select(Identity).where(Identity.person_id == person.id)).all():
        place = (account.platform, account.workspace, account.external_id)
        row = {"organization_id": organization.id, "account_hash": _hash(organization, place), "at": now}
        insert_new(session, Forgotten, [row])


def _hash(organization: Organization, place: tuple[str, str, str]) -> str:
    """Slow on purpose: account ids are short numbers, and whoever has the hash has the salt."""
    said = "\0".join((str(organization.id), *place)).encode()
    return hashlib.scrypt(said, salt=bytes.fromhex(organization.forgotten_salt), n=2**12, r=8, p=1).hex()


def is_forgotten(session: Session, organization: Organization, places: Iterable[tuple[str, str, str]]) -> bool:
    """Whether any of these accounts belonged to somebody who asked to be forgotten."""
    if not organization.forgotten_salt:
        return False
    hashes = [_hash(organization, place) for place in places]
    known = select(Forgotten.id).where(col(Forgotten.account_hash).in_(hashes))
    return session.exec(known.limit(1)).first() is not None


# --- what is erased


def _gone(session: Session, table: type[SQLModel], *which: Any) -> None:
    session.execute(delete(table).where(*which))


def _set(session: Session, table: type[SQLModel], *which: Any, **values: Any) -> None:
    session.execute(update(table).where(*which).values(**values))


def _erase_conversation(session: Session, person: Person) -> None:
    """His words as they arrived, and everything written to him."""
    _gone(session, OpenQuestion, _of(OpenQuestion, person))
    senders = personal_data.senders(session, person)
    for sender in senders:
        ours = (Receipt.sender == sender,)
        _set(session, Receipt, *ours, Receipt.state == "waiting", state="ignored")
        _set(session, Receipt, *ours, raw="", incoming={}, sender="")
        _gone(session, RateBucket, col(RateBucket.key).endswith(f":{sender}", autoescape=True))
    _gone(session, RateBucket, col(RateBucket.key).endswith(f":{person.id}"))
    for delivery in list(personal_data.deliveries_to(session, person)):
        if delivery.state in ("pending", "kept"):
            delivery.state = "replaced"
        delivery.message, delivery.place_id, delivery.external_id = BLANK, "", None
        session.add(delivery)


def _take_reflections_back(session: Session, person: Person, now: datetime) -> None:
    """Out of the chats of the leads he had shown them to, where what was said can be changed."""
    shown = select(Reflection).where(_of(Reflection, person), col(Reflection.shared_at).is_not(None))
    for row in session.exec(shown).all():
        reflections.unshare(session, row, person, now)


def _erase_words(session: Session, person: Person) -> None:
    """The states of his rounds stay, and tell nothing but numbers."""
    his = select(Response.id).where(_of(Response, person))
    _gone(session, Answer, col(Answer.response_id).in_(his))
    _set(session, Response, _of(Response, person), Response.state == "skipped", reason="")
    _set(session, Response, _of(Response, person), detail="", due_step=None, due_at=None)
    _set(session, Response, _of(Response, person), col(Response.state).in_(("planned", "prompted")), state="away")
    _gone(session, Reflection, _of(Reflection, person))
    _gone(session, Absence, _of(Absence, person))
    for feed in session.exec(select(CalendarFeed).where(_of(CalendarFeed, person))).all():
        vault.forget(session, feed.secret_name)
        session.delete(feed)
    _set(session, Recognition, Recognition.giver_id == person.id, text="")


def _erase_coaching(session: Session, person: Person, now: datetime) -> None:
    """What he wrote for himself goes; what others wrote about him only they still read."""
    alone = select(CoachingNote.id).where(CoachingNote.coach_id == person.id, CoachingNote.visibility == "me")
    about = select(CoachingNote.id).where(CoachingNote.person_id == person.id)
    _gone(session, NoteShare, or_(NoteShare.reader_id == person.id, col(NoteShare.note_id).in_(about)))
    _set(session, Action, col(Action.coaching_note_id).in_(alone), coaching_note_id=None)
    _gone(session, CoachingNote, col(CoachingNote.id).in_(alone))
    _set(session, CoachingNote, CoachingNote.person_id == person.id, visibility="me")
    _set(session, AgendaItem, AgendaItem.added_by_id == person.id, text="", closed_at=now)


def _erase_ledger(session: Session, person: Person) -> list[Action]:
    """His words go; the numbers stay. An item that only he ever touched loses its title too, and ends."""
    notes = {row.note for row in session.exec(select(ActionUpdate).where(_of(ActionUpdate, person))).all()} - {""}
    touched = select(ActionUpdate.action_id).where(_of(ActionUpdate, person))
    of_his = or_(Action.owner_id == person.id, Action.created_by_id == person.id, col(Action.id).in_(touched))
    his = session.exec(select(Action).where(of_his)).all()
    ids = [action.id for action in his]
    _set(
        session, ActionUpdate, col(ActionUpdate.action_id).in_(ids), col(ActionUpdate.old_note).in_(notes), old_note=""
    )
    _set(session, ActionUpdate, _of(ActionUpdate, person), note="", source_message=None)
    for action in his:
        action.last_note = "" if action.last_note in notes else action.last_note
        if _only_his(session, action, person):
            action.title = action.measure = EMPTIED
            action.state = "dropped" if action.state in ("in_progress", "blocked") else action.state
        session.add(action)
    _set(session, Blocker, _of(Blocker, person), text="", due_at=None)
    _set(session, Blocker, _of(Blocker, person), col(Blocker.acknowledged_by_id).is_(None), last_note="")
    session.flush()
    return [each for each in his if each.owner_id == person.id and each.state in ("in_progress", "blocked")]


def _only_his(session: Session, action: Action, person: Person) -> bool:
    others = select(ActionUpdate.id).where(ActionUpdate.action_id == action.id, ActionUpdate.person_id != person.id)
    alone = action.owner_id == action.created_by_id == person.id and action.coaching_note_id is None
    return alone and session.exec(others.limit(1)).first() is None


def _erase_links(session: Session, person: Person) -> None:
    _gone(session, Invitation, _of(Invitation, person))
    _gone(session, Membership, _of(Membership, person))
    _gone(session, Identity, _of(Identity, person))


def _erase_person(session: Session, person: Person) -> None:
    organization = session.get_one(Organization, person.organization_id)
    person.name, person.name_source, person.role, person.active = FORMER, "file", "member", False
    person.time_zone, person.time_zone_source = organization.time_zone, "organization"
    person.locale, person.locale_source = organization.locale, "organization"
    person.prefers, person.prefers_source, person.country = None, "organization", None
    person.quiet_from = person.quiet_until = person.consented_at = None
    person.intensity, person.work_days, person.source = "standard", list(WEEKDAYS[:5]), "chat"
    session.add(person)
    session.flush()


def _scrub_audit(session: Session, person: Person, told: Told) -> None:
    """Who did what stays, by number; no name and no text of his."""
    his = or_(AuditEntry.actor_id == person.id, col(AuditEntry.subject).in_(("person", "identity", "membership")))
    for entry in session.exec(
        select(AuditEntry).where(AuditEntry.organization_id == person.organization_id, his)
    ).all():
        entry.why = "" if entry.actor_id == person.id else entry.why
        entry.old, entry.new = _scrubbed(entry.old, told), _scrubbed(entry.new, told)
        session.add(entry)


def _scrubbed(value: Any, told: Told) -> Any:
    if isinstance(value, dict):
        return {key: _scrubbed(item, told) for key, item in value.items()}
    if isinstance(value, list):
        return [_scrubbed(item, told) for item in value]
    return "" if isinstance(value, str) and told.search(value) else value


def _blank_messages(session: Session, organization_id: int, told: Told, now: datetime) -> None:
    """Our copies of what others were told with his name or words. Summaries and thanks are written anew elsewhere; a
    digest, and what is not sent yet, loses the lines that tell of him."""
    last = 0
    while rows := _after(session, organization_id, last):
        last = rows[-1].id
        for delivery in rows:
            if delivery.message not in (BLANK, {}) and _says(delivery.message, told):
                _take_him_out(session, delivery, told, now)
        session.flush()


def _after(session: Session, organization_id: int, last: int) -> list[Delivery]:
    ours = select(Delivery).where(Delivery.organization_id == organization_id, col(Delivery.id) > last)
    return list(session.exec(ours.order_by(col(Delivery.id)).limit(BATCH)).all())


def _take_him_out(session: Session, delivery: Delivery, told: Told, now: datetime) -> None:
    cleaned = _without(str(delivery.message.get("markup", "")), told)
    if delivery.state in ("pending", "kept"):
        delivery.message = {**BLANK, **delivery.message, "markup": cleaned, "sections": []}
        session.add(delivery)
        return
    if delivery.dedupe_key.startswith("digest:") and delivery.state == "sent" and delivery.platform in CAN_EDIT:
        original = outbox.original_of(session, delivery) or delivery
        outbox.correct(session, now, original, Message(markup=cleaned), f"forgotten:{delivery.id}")
    delivery.message = {**BLANK, "picture": delivery.message.get("picture")}
    session.add(delivery)


def _without(markup: str, told: Told) -> str:
    return "\n".join(EMPTIED if told.search(line) else line for line in markup.split("\n"))


def _says(value: Any, told: Told) -> bool:
    if isinstance(value, dict):
        return any(_says(item, told) for item in value.values())
    if isinstance(value, list):
        return any(_says(item, told) for item in value)
    return isinstance(value, str) and told.search(value) is not None


def _show_anew(session: Session, rounds: list[int], given: Iterable[Recognition], now: datetime) -> None:
    """Only where a post can be changed: elsewhere it would be posted once more."""
    teams = set(session.exec(select(Channel.team_id).where(col(Channel.platform).in_(CAN_EDIT))).all())
    _set(session, Round, col(Round.id).in_(rounds), col(Round.team_id).in_(teams), due_at=now)
    for recognition in given:
        session.refresh(recognition)
        if recognition.team_id in teams:
            recognitions.show_anew(session, recognition, now)


def cannot_be_changed(session: Session, person: Person) -> list[str]:
    """The platforms of his teams' channels where what was posted stays as it reads."""
    his = select(Membership.team_id).where(Membership.person_id == person.id)
    platforms = select(Channel.platform).join(Team, col(Channel.team_id) == Team.id).where(col(Team.id).in_(his))
    return sorted(set(session.exec(platforms).all()) - set(CAN_EDIT))
