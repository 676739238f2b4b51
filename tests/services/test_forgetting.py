"""forgetme: afterwards no column of any table holds his words or his name, and everybody else's are untouched."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, select

from models.check_ins import Answer, CheckIn, Response, Round
from models.coaching import AgendaItem, CoachingNote, NoteShare, OneOnOne, Reflection
from models.connection import Invitation
from models.conversation import OpenQuestion
from models.db import Database
from models.ledger import Action, ActionUpdate, Blocker
from models.messages import Delivery, Incoming, Message, Place, Receipt
from models.organization import Absence, Identity, Organization, Person, Team
from models.recognition import Honoured, Recognition
from models.tables import metadata
from services import (
    audit,
    forgetting,
    inbox,
    outbox,
    owners,
    personal_data,
    personal_page,
    reflections,
    workspaces,
)
from tests.world import ORGANIZATION, apply

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WORDS = (
    "ochre kangaroo",
    "violet giraffe",
    "amber walrus",
    "scarlet newt",
    "teal wombat",
    "plum ocelot",
    "mauve heron",
    "olive lemming",
)
POINT = "the olive lemming"
WAITS = "a violet giraffe waits"
THEIRS = "the lead's own words about it"


def everything_in(database: Database) -> str:
    with database.reading() as session:
        return "\n".join(
            str(tuple(row)) for table in metadata.sorted_tables for row in session.connection().execute(table.select())
        )


def a_life(session: Session) -> tuple[Person, Person]:
    """Bob, who has left his words everywhere, and Grace, who wrote about him."""
    apply_rows = session.add_all
    bob = session.exec(select(Person).where(Person.name == "Bob Stone")).one()
    grace = session.exec(select(Person).where(Person.name == "Grace Park")).one()
    team = session.exec(select(Team).where(Team.name == "Product")).one()
    check_in = session.exec(select(CheckIn)).first()
    assert check_in is not None
    ours: Any = {"organization_id": bob.organization_id}
    round_ = Round(**ours, check_in_id=check_in.id, team_id=team.id, on_date=NOW.date(), opened_at=NOW)
    session.add(round_)
    session.flush()
    response = Response(
        **ours, round_id=round_.id, person_id=bob.id, state="submitted", prompt_at=NOW, close_at=NOW, due_at=None
    )
    action = Action(
        **ours, team_id=team.id, number=901, title="the mauve heron of Bob alone", owner_id=bob.id,
        created_by_id=bob.id, created_at=NOW, starts_on=NOW.date(), due_on=NOW.date(), measure="mauve heron",
        moved_at=NOW, last_note=WAITS,
    )  # fmt: skip
    shared = Action(
        **ours, team_id=team.id, number=902, title=THEIRS, owner_id=bob.id, created_by_id=grace.id, created_at=NOW,
        starts_on=NOW.date(), due_on=NOW.date(), measure=THEIRS, moved_at=NOW, last_note=WAITS,
    )  # fmt: skip
    thanks = Recognition(
        **ours, team_id=team.id, giver_id=bob.id, text="for the plum ocelot", public=True, given_at=NOW
    )
    theirs = Recognition(**ours, team_id=team.id, giver_id=grace.id, text=THEIRS, public=True, given_at=NOW)
    apply_rows([response, action, shared, thanks, theirs])
    session.flush()
    step: Any = {
        "state": "in_progress",
        "progress": 5,
        "due_on": NOW.date(),
        "old_state": "in_progress",
        "old_progress": 0,
    }
    step |= {"old_due_on": NOW.date(), "at": NOW}
    today: Any = {"starts_on": NOW.date(), "ends_on": NOW.date(), "recorded_at": NOW}
    open_one: Any = {"topic": "x", "intent": "coach", "slot": "who", "asked_at": NOW}
    apply_rows(
        [
            Answer(**ours, response_id=response.id, question=0, text="the ochre kangaroo", answered_at=NOW),
            ActionUpdate(**ours, **step, action_id=shared.id, person_id=bob.id, note=WAITS),
            ActionUpdate(**ours, **step, action_id=shared.id, person_id=grace.id, note=THEIRS, old_note=WAITS),
            Blocker(**ours, team_id=team.id, number=9, text="the amber walrus", person_id=bob.id, raised_at=NOW),
            Absence(**ours, **today, person_id=bob.id, reason="teal wombat"),
            Honoured(**ours, recognition_id=theirs.id, person_id=bob.id),
            Honoured(**ours, recognition_id=thanks.id, person_id=grace.id),
            OpenQuestion(**ours, **open_one, person_id=bob.id, slots={"text": "scarlet newt"}),
            Invitation(**ours, person_id=bob.id, made_by_id=grace.id, code_hash="h", expires_at=NOW),
        ]
    )  # fmt: skip
    audit.write(session, NOW, bob, "action.moved", shared, new={"note": WAITS}, why="teal wombat")
    audit.write(session, NOW, audit.CLOCK, "person.profile", bob, new={"named": "Bob Stone"})
    _coaching(session, bob, grace)
    _chats(session, bob, grace)
    return bob, grace


def _coaching(session: Session, bob: Person, grace: Person) -> None:
    """Notes of either about the other, points of both for their talk, and what Bob wrote for himself."""
    ours: Any = {"organization_id": bob.organization_id}
    alone: Any = {"visibility": "me", "written_at": NOW}
    both: Any = {"visibility": "both", "written_at": NOW}
    talk = OneOnOne(**ours, coach_id=grace.id, person_id=bob.id, next_at=NOW, due_step="agenda", due_at=NOW)
    his = CoachingNote(**ours, **alone, coach_id=bob.id, person_id=grace.id, text="a scarlet newt")
    hers = CoachingNote(**ours, **both, coach_id=grace.id, person_id=bob.id, text=THEIRS)
    session.add_all([talk, his, hers])
    session.flush()
    session.add_all(
        [
            NoteShare(**ours, note_id=hers.id, reader_id=grace.id, shared_at=NOW),
            AgendaItem(**ours, one_on_one_id=talk.id, added_by_id=bob.id, added_at=NOW, text=POINT),
            AgendaItem(**ours, one_on_one_id=talk.id, added_by_id=grace.id, added_at=NOW, text=THEIRS),
            Reflection(**ours, person_id=bob.id, month="2026-11", question="?", text="teal wombat", asked_at=NOW),
        ]
    )


def _chats(session: Session, bob: Person, grace: Person) -> None:
    place = Place(kind="dm", id="U0BOB")
    said = Incoming(
        platform="slack", connection="", event_key="Ev1", kind="text", sender="U0BOB", place=place,
        text="the ochre kangaroo", sent_at=NOW,
    )  # fmt: skip
    inbox.store(session, [inbox.row("slack", "", '{"text": "the ochre kangaroo"}', said, NOW)])
    session.flush()
    session.exec(select(Receipt)).one().state = "done"
    to_grace = outbox.Address(grace.organization_id, "slack", "", Place(kind="dm", id="U0GRACE"))
    to_bob = outbox.Address(grace.organization_id, "slack", "", place)
    outbox.post(session, NOW, to_bob, Message(markup="you said the ochre kangaroo"), "to-bob")
    outbox.post(session, NOW, to_grace, Message(markup="Bob Stone is stuck: the amber walrus"), "to-grace")
    outbox.post(session, NOW, to_grace, Message(markup=THEIRS), "to-grace-too")
    outbox.post(session, NOW, to_grace, Message(markup=f"<b>Tomorrow</b>\n1. {POINT}"), "agenda-to-grace")


def test_no_column_holds_his_words_or_name_and_others_keep_theirs(database: Database) -> None:
    apply(database, ORGANIZATION, NOW)
    with database.transaction() as session:
        bob, _ = a_life(session)
    before = everything_in(database)
    assert all(word in before for word in (*WORDS, "Bob Stone", "U0BOB"))
    theirs = before.count(THEIRS)
    with database.transaction() as session:
        orphans = forgetting.forget(session, session.get_one(Person, bob.id), NOW)
        assert [action.number for action in orphans] == [902]
    after = everything_in(database)
    assert [word for word in (*WORDS, "Bob Stone", "U0BOB") if word in after] == []
    assert after.count(THEIRS) == theirs
    with database.reading() as session:
        gone = session.get_one(Person, bob.id)
        assert (gone.active, gone.consented_at) == (False, None)
        assert session.exec(select(Identity).where(Identity.person_id == bob.id)).all() == []
        note = session.exec(select(CoachingNote)).one()
        assert (note.text, note.visibility) == (THEIRS, "me")
        assert (session.exec(select(NoteShare)).all(), session.exec(select(Reflection)).all()) == ([], [])
        talk = session.exec(select(OneOnOne)).one()
        assert (talk.next_at, talk.due_at, talk.rhythm) == (None, None, "")
        points = session.exec(select(AgendaItem.text, AgendaItem.closed_at).order_by(AgendaItem.text)).all()
        assert points == [("", NOW), (THEIRS, None)]


def test_what_he_had_shown_his_lead_is_taken_out_of_the_leads_chat(database: Database) -> None:
    apply(database, ORGANIZATION, NOW)
    with database.transaction() as session:
        workspaces.connect(session, [("slack", "")])
        bob = session.exec(select(Person).where(Person.name == "Bob Stone")).one()
        row = reflections.put(session, bob, "2026-11", NOW)
        reflections.write(session, row, bob, "teal wombat", NOW)
        reflections.share(session, row, bob, NOW)
        told = session.exec(select(Delivery)).one()
        assert (told.place_id, "teal wombat" in str(told.message)) == ("U0GRACE", True)
        told.state, told.external_id = "sent", "1.1"
        session.flush()
        assert "teal wombat" in personal_data.as_json(personal_data.collect(session, bob, NOW))
        forgetting.forget(session, bob, NOW)
    with database.reading() as session:
        change = session.exec(select(Delivery).where(Delivery.kind == "edit")).one()
        assert (change.place_id, change.state, change.message["markup"]) == ("U0GRACE", "pending", "\u2026")
    assert not [word for word in ("teal wombat", "Bob Stone") if word in everything_in(database)]


def test_a_programme_that_still_lists_him_does_not_bring_him_back(database: Database) -> None:
    apply(database, ORGANIZATION, NOW)
    with database.transaction() as session:
        bob = session.exec(select(Person).where(Person.name == "Bob Stone")).one()
        forgetting.forget(session, bob, NOW)
    changes = [str(change) for change in apply(database, ORGANIZATION, NOW)]
    assert changes == ["= line 6: this person asked to be forgotten, and is not brought back"]
    with database.reading() as session:
        assert session.exec(select(Person).where(Person.name == "Bob Stone")).first() is None
        organization = session.exec(select(Organization)).one()
        assert forgetting.is_forgotten(session, organization, [("slack", "", "U0BOB")])
        assert not forgetting.is_forgotten(session, organization, [("slack", "", "U0ANA")])


def test_everybody_can_have_his_data_and_nobody_gets_what_was_written_for_others_alone(database: Database) -> None:
    apply(database, ORGANIZATION, NOW)
    with database.transaction() as session:
        bob, _ = a_life(session)
    with database.reading() as session:
        for person in session.exec(select(Person)).all():
            data = personal_data.collect(session, person, NOW)
            text = personal_data.as_json(data)
            assert set(data) == set(personal_data.collect(session, bob, NOW))
            assert data["person"]["id"] == person.id
            for locale in ("en", "zh"):
                page = personal_page.page(locale, data)
                assert page.startswith("<!doctype html>")
                assert not [sign for sign in ("<script", "src=") if sign in page]
            assert ("scarlet newt" in text) == (person.id == bob.id)
        mine = personal_data.as_json(personal_data.collect(session, session.get_one(Person, bob.id), NOW))
        assert all(word in mine for word in WORDS)


def test_the_last_owner_is_known(database: Database) -> None:
    apply(database, ORGANIZATION.replace("role: hr", "role: owner"), NOW)
    with database.reading() as session:
        helen = session.exec(select(Person).where(Person.name == "Helen HR")).one()
        assert owners.is_last(session, helen)


def test_a_short_name_takes_nobody_elses_messages_along(database: Database) -> None:
    apply(database, ORGANIZATION.replace("Bob Stone", "Al"), NOW)
    with database.transaction() as session:
        al = session.exec(select(Person).where(Person.name == "Al")).one()
        to_grace = outbox.Address(al.organization_id, "slack", "", Place(kind="dm", id="U0GRACE"))
        outbox.post(session, NOW, to_grace, Message(markup="all is well"), "about all")
        outbox.post(session, NOW, to_grace, Message(markup="No answer yet from Al.\nNext: nudge."), "about him")
        forgetting.forget(session, al, NOW)
    with database.reading() as session:
        said = {row.dedupe_key: row.message["markup"] for row in session.exec(select(Delivery)).all()}
    assert said == {"about all": "all is well", "about him": "\u2026\nNext: nudge."}
