"""Coaching notes: saved only after their visibility was chosen, read only by those it names."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from models.coaching import AgendaItem, CoachingNote, NoteShare, OneOnOne
from models.db import insert_new
from models.ledger import Action
from models.messages import Message
from models.organization import Membership, Person, Team
from services import announcements, audit, calendar, offers, one_on_ones, permissions
from services.limits import NOTE_CHARACTERS
from services.render import label, render

SHARED = ("both", "hr")
"""The visibilities with which the coached person reads it."""


def write(session: Session, coach: Person, person: Person, text: str, visibility: str, now: datetime) -> CoachingNote:
    note = CoachingNote(
        organization_id=coach.organization_id,
        coach_id=coach.id,
        person_id=person.id,
        text=text[:NOTE_CHARACTERS],
        visibility=visibility,
        written_at=now,
    )
    _is_record(session, note, coach, person, now)
    session.add(note)
    session.flush()
    audit.write(session, now, coach, "coaching.written", note, new={"person": person.id, "visibility": visibility})
    return note


def _is_record(session: Session, note: CoachingNote, coach: Person, person: Person, now: datetime) -> None:
    """Written around a talk it is the record of it; if that has begun, the next one is what lies ahead."""
    talk = one_on_ones.of_two(session, coach, person)
    if talk is None or talk.next_at is None or now < talk.next_at - one_on_ones.WRITTEN_FROM:
        return
    note.one_on_one_id = talk.id
    if now >= talk.next_at:
        one_on_ones.advance(session, talk, now)


def agree(session: Session, note: CoachingNote, coach: Person, agreed: str, now: datetime) -> None:
    """Add the step both settled on: an open point of the two until it is talked about or its item is done."""
    retire(session, note, coach, now)
    note.agreed = agreed[:NOTE_CHARACTERS]
    session.add(note)
    _follow(session, note, coach, now)
    audit.write(session, now, coach, "coaching.agreed", note)


def _follow(session: Session, note: CoachingNote, coach: Person, now: datetime) -> None:
    """What only the coach may read is no point of the agenda."""
    if note.agreed and note.visibility in SHARED:
        talk = one_on_ones.made(session, coach, session.get_one(Person, note.person_id))
        action = action_of(session, note)
        one_on_ones.add_point(session, talk, coach, now, note.agreed, action_id=action.id if action else None)


def retire(session: Session, note: CoachingNote, coach: Person, now: datetime) -> None:
    """The point made of what was agreed is closed."""
    for point in _points_of(session, note):
        if point.closed_at is None:
            one_on_ones.close_point(session, point, coach, now)


def _points_of(session: Session, note: CoachingNote) -> Sequence[AgendaItem]:
    """Those made of what was agreed, closed ones too."""
    talks = select(OneOnOne.id).where(OneOnOne.coach_id == note.coach_id, OneOnOne.person_id == note.person_id)
    points = select(AgendaItem).where(
        col(AgendaItem.one_on_one_id).in_(talks), AgendaItem.added_by_id == note.coach_id,
        AgendaItem.text == note.agreed, AgendaItem.text != "",
    )  # fmt: skip
    return session.exec(points).all()


def _hide_points(session: Session, note: CoachingNote) -> None:
    """Of what the coach keeps to himself no word stays on an agenda, where the other's data would show it."""
    for point in _points_of(session, note):
        point.text = ""
        session.add(point)


def became_action(session: Session, note_id: int, action: Action) -> None:
    """The agreed step is an item now: its point is settled when the item is done."""
    for point in _points_of(session, session.get_one(CoachingNote, note_id)):
        if point.closed_at is None:
            point.action_id = action.id
            session.add(point)


def action_of(session: Session, note: CoachingNote) -> Action | None:
    made = select(Action).where(Action.coaching_note_id == note.id).order_by(col(Action.id).desc())
    return session.exec(made).first()


def reword(session: Session, note: CoachingNote, coach: Person, text: str, now: datetime) -> None:
    note.text = text[:NOTE_CHARACTERS]
    session.add(note)
    audit.write(session, now, coach, "coaching.changed", note)


def show(session: Session, note: CoachingNote, coach: Person, visibility: str, now: datetime) -> None:
    """Give it another visibility. Made the coach's alone, nobody else reads it any more, whomever it was shown."""
    old = note.visibility
    if visibility == "me":
        retire(session, note, coach, now)
        _hide_points(session, note)
        session.execute(delete(NoteShare).where(col(NoteShare.note_id) == note.id))
    note.visibility = visibility
    session.add(note)
    if old == "me":
        _follow(session, note, coach, now)
    audit.write(session, now, coach, "coaching.visibility", note, old={"as": old}, new={"as": visibility})


def next_talk(session: Session, note: CoachingNote, coach: Person, at: datetime, now: datetime) -> OneOnOne:
    """The two talk again then; a rhythm they have goes on from there."""
    talk = one_on_ones.made(session, coach, session.get_one(Person, note.person_id))
    one_on_ones.plan(session, talk, at, None if talk.rhythm else "once", coach, now)
    note.next_on = calendar.local_date(at, coach.time_zone)
    session.add(note)
    return talk


def by_id(session: Session, note_id: int) -> CoachingNote | None:
    return session.get(CoachingNote, note_id)


def own(session: Session, coach: Person, note_id: int | None) -> CoachingNote | None:
    """The note, if this person wrote it."""
    note = session.get(CoachingNote, note_id) if note_id is not None else None
    return note if note is not None and note.coach_id == coach.id else None


def search(session: Session, reader: Person, about: Person, word: str = "") -> list[CoachingNote]:
    """Notes about that person, or by him about the reader, that the reader may read; newest first.

    `word` is found in any case and width, and inside Chinese text.
    """
    by_him = (CoachingNote.coach_id == about.id) & (CoachingNote.person_id == reader.id)
    query = select(CoachingNote).where((CoachingNote.person_id == about.id) | by_him)
    notes = session.exec(query.order_by(col(CoachingNote.written_at).desc(), col(CoachingNote.id).desc())).all()
    wanted = _folded(word)
    found = (note for note in notes if wanted in _folded(f"{note.text}\n{note.agreed}"))
    return [note for note in found if permissions.sees_note(session, reader, note)]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def shared_with(session: Session, person: Person, most: int = 5) -> Sequence[tuple[CoachingNote, str]]:
    """The newest notes about this person that he may read, with the coach's name."""
    rows = session.exec(
        select(CoachingNote, Person.name)
        .join(Person, col(CoachingNote.coach_id) == Person.id)
        .where(CoachingNote.person_id == person.id, col(CoachingNote.visibility).in_(SHARED))
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


def to_show(session: Session, person: Person, lead: Person) -> list[CoachingNote]:
    """The notes about this person that he may read himself and that lead may not yet."""
    rows = select(CoachingNote).where(
        CoachingNote.person_id == person.id, col(CoachingNote.visibility).in_(SHARED), CoachingNote.coach_id != lead.id
    )
    return [note for note in session.exec(rows).all() if not permissions.shown_to(session, lead, note)]


def show_to(session: Session, person: Person, lead: Person, now: datetime) -> int:
    """The person shows a lead the notes they share with him; returns how many."""
    notes = to_show(session, person, lead)
    rows = [
        {"organization_id": note.organization_id, "note_id": note.id, "reader_id": lead.id, "shared_at": now}
        for note in notes
    ]
    insert_new(session, NoteShare, rows)
    for note in notes:
        audit.write(session, now, person, "coaching.shown", note, new={"reader": lead.id})
    return len(notes)


# --- another lead

Led = dict[int, set[tuple[int, int]]]


def _led(session: Session, organization_id: int) -> Led:
    """Who leads whom: person -> the (team, lead) pairs of the teams he is asked or leads in himself."""
    leads = select(Membership.team_id, Membership.person_id).where(Membership.role == "lead")
    leads = leads.join(Team).where(Team.organization_id == organization_id, Team.active)
    of_team: dict[int, set[int]] = {}
    for team_id, lead_id in session.exec(leads).all():
        of_team.setdefault(team_id, set()).add(lead_id)
    members = select(Membership.person_id, Membership.team_id).where(
        Membership.organization_id == organization_id, col(Membership.role).in_(("member", "lead"))
    )
    found: Led = {}
    for person_id, team_id in session.exec(members).all():
        pairs = {(team_id, lead_id) for lead_id in of_team.get(team_id, ()) if lead_id != person_id}
        found.setdefault(person_id, set()).update(pairs)
    return found


@contextmanager
def telling_of_new_leads(session: Session, organization_id: int, now: datetime) -> Iterator[None]:
    """Memberships are written anew inside it: everybody whose leads are others afterwards is told."""
    before = _led(session, organization_id)
    yield
    session.flush()
    _leads_changed(session, before, _led(session, organization_id), now)


def _leads_changed(session: Session, before: Led, after: Led, now: datetime) -> None:
    for person_id in sorted(before.keys() | after.keys()):
        old, new = before.get(person_id, set()), after.get(person_id, set())
        came = {lead for _, lead in new} - {lead for _, lead in old}
        went = {lead for _, lead in old} - {lead for _, lead in new}
        if came or went:
            team_id = next((team for team, lead in sorted(new) if lead in came), min(old | new)[0])
            new_leads, old_leads = ([session.get_one(Person, one) for one in sorted(ids)] for ids in (came, went))
            person, team = session.get_one(Person, person_id), session.get_one(Team, team_id)
            _lead_changed(session, person, team, new_leads, old_leads, now)


def _lead_changed(
    session: Session,
    person: Person,
    team: Team,
    new_leads: Sequence[Person],
    old_leads: Sequence[Person],
    now: datetime,
) -> None:
    """The person hears of it first and alone: who leads him now, and that this one reads none of the earlier notes
    unless he shows them. Planned talks with an old lead end."""
    earlier = {lead.id for lead in new_leads if to_show(session, person, lead)}
    if person.active and new_leads and (old_leads or earlier):
        _say_who_leads(session, person, team, new_leads, earlier, now)
    for lead in old_leads:
        if not permissions.coaches(session, lead, person):
            one_on_ones.end_with(session, lead, person, now)


def _say_who_leads(
    session: Session, person: Person, team: Team, new_leads: Sequence[Person], earlier: set[int], now: datetime
) -> None:
    """`earlier`: the new leads (ids) to whom there is something to show."""
    options = [
        {"value": lead.id, "text": _show_label(person, lead, new_leads)} for lead in new_leads if lead.id in earlier
    ]
    if options:
        options.append({"value": 0, "key": "keep_notes"})
    topic, slots = f"lead:{team.id}", {"who": [f"id:{new_leads[0].id}"]}
    buttons = offers.offer(session, now, person, topic, "notes", slots, "show_to", options) if options else ()
    names = [lead.name for lead in new_leads]
    text = render(person.locale, "lead_changed", team=team.name, names=names, notes=bool(earlier))
    key = f"lead:{person.id}:{team.id}:{'-'.join(str(lead.id) for lead in new_leads)}:{now:%Y%m%d%H%M%S}"
    announcements.tell(session, now, person, Message(markup=text, buttons=buttons), key)


def _show_label(person: Person, lead: Person, all_of_them: Sequence[Person]) -> str:
    words = label(person.locale, "show_notes")
    return words if len(all_of_them) == 1 else f"{words}: {lead.name}"
