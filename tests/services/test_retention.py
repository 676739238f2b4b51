"""What was kept long enough goes, in batches, once a day; what is open stays, and what promises are kept by."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from models.audit import AuditEntry
from models.check_ins import Answer, CheckIn, Response, Round
from models.connection import Invitation
from models.db import Database
from models.messages import Delivery, Incoming, Message, Place, Receipt
from models.organization import Absence, Organization, Person, Team
from services import inbox, outbox, retention
from tests.world import ORGANIZATION, apply

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=2000)
PLACE = Place(kind="dm", id="U0BOB")


def received(session: Session, key: str, at: datetime, state: str) -> None:
    said = Incoming(
        platform="slack", connection="", event_key=key, kind="text", sender="U0BOB", place=PLACE, text="hi", sent_at=at
    )
    inbox.store(session, [{**inbox.row("slack", "", "raw words", said, at), "state": state}])


def promised(session: Session, key: str, at: datetime, state: str) -> None:
    to = outbox.Address(1, "slack", "", PLACE)
    delivery = outbox.post(session, at, to, Message(markup="words"), key)
    assert delivery is not None
    delivery.state, delivery.sent_at = state, at if state == "sent" else None


def answered(session: Session, at: datetime, closed: bool) -> None:
    bob = session.exec(select(Person).where(Person.name == "Bob Stone")).one()
    team = session.exec(select(Team).where(Team.name == "Product")).one()
    check_in = session.exec(select(CheckIn)).first()
    assert check_in is not None
    ours: Any = {"organization_id": bob.organization_id}
    round_ = Round(**ours, check_in_id=check_in.id, team_id=team.id, on_date=at.date(), opened_at=at)
    round_.closed_at = at if closed else None
    session.add(round_)
    session.flush()
    moments: Any = {"prompt_at": at, "close_at": at, "due_at": None, "due_step": None}
    response = Response(**ours, **moments, round_id=round_.id, person_id=bob.id, state="submitted")
    session.add(response)
    session.flush()
    session.add(Answer(**ours, response_id=response.id, question=0, text="words", answered_at=at))


def pruned(database: Database, now: datetime = NOW) -> int:
    times = 0
    while True:
        with database.transaction() as session:
            if not retention.prune_next(session, now):
                return times
        times += 1


@pytest.fixture
def stocked(database: Database) -> Database:
    """Something old and something new of each kind, and something old that is open."""
    apply(database, ORGANIZATION, NOW)
    with database.transaction() as session:
        for at, name in ((OLD, "old"), (NOW, "new")):
            received(session, f"{name}-done", at, "done")
            promised(session, f"{name}-sent", at, "sent")
            answered(session, at, closed=True)
            bob = session.exec(select(Person).where(Person.name == "Bob Stone")).one()
            ours: Any = {"organization_id": bob.organization_id, "person_id": bob.id}
            session.add(Absence(**ours, starts_on=at.date(), ends_on=at.date(), recorded_at=at))
            session.add(Invitation(**ours, made_by_id=bob.id, code_hash=name, expires_at=at))
            session.add(
                AuditEntry(
                    organization_id=1,
                    at=at,
                    actor="clock",
                    verb=name,
                    subject="person",
                    subject_id=bob.id,
                    old={},
                    new={},
                )
            )
        received(session, "old-failed", OLD, "failed")
        promised(session, "old-kept", OLD, "kept")
        answered(session, OLD + timedelta(days=1), closed=False)
    return database


def test_what_is_old_goes_and_what_is_new_or_open_stays(stocked: Database) -> None:
    assert pruned(stocked) == 1
    with stocked.reading() as session:
        receipts = {row.event_key: row.raw for row in session.exec(select(Receipt)).all()}
        assert receipts == {"old-done": "", "new-done": "raw words", "old-failed": "raw words"}
        said = {row.dedupe_key: row.message["markup"] for row in session.exec(select(Delivery)).all()}
        assert said == {"old-sent": "\u2026", "new-sent": "words", "old-kept": "words"}
        assert len(session.exec(select(Answer)).all()) == 2
        assert len(session.exec(select(Response)).all()) == 3
        assert [row.starts_on for row in session.exec(select(Absence)).all()] == [NOW.date()]
        assert [row.code_hash for row in session.exec(select(Invitation)).all()] == ["new"]
        verbs = [row.verb for row in session.exec(select(AuditEntry)).all()]
        assert ("old" in verbs, "new" in verbs) == (False, True)
        entry = session.exec(select(AuditEntry).where(AuditEntry.verb == "data.pruned")).one()
        assert entry.new == {"raw": 1, "messages": 1, "answers": 1, "absences": 1, "codes": 1, "audit": 1}


def test_a_redelivery_of_what_was_blanked_is_still_known(stocked: Database) -> None:
    pruned(stocked)
    with stocked.transaction() as session:
        received(session, "old-done", NOW, "waiting")
    with stocked.reading() as session:
        assert [row.state for row in session.exec(select(Receipt).where(Receipt.event_key == "old-done"))] == ["done"]


def test_it_runs_once_a_day_and_repeated_it_changes_nothing(stocked: Database) -> None:
    pruned(stocked)
    assert pruned(stocked) == 0
    with stocked.reading() as session:
        organization = session.exec(select(Organization)).one()
        assert organization.prune_due_at == NOW + timedelta(days=1)
    assert pruned(stocked, NOW + timedelta(days=1)) == 1
    with stocked.reading() as session:
        assert len(session.exec(select(AuditEntry).where(AuditEntry.verb == "data.pruned")).all()) == 1


def test_an_organization_may_keep_less(stocked: Database) -> None:
    apply(stocked, ORGANIZATION.replace("consent: elsewhere", "consent: elsewhere, retention: {raw: 1}"), NOW)
    pruned(stocked, NOW + timedelta(days=2))
    with stocked.reading() as session:
        raw = {row.event_key: row.raw for row in session.exec(select(Receipt)).all()}
    assert raw["new-done"] == ""


def test_a_large_backlog_goes_in_batches(stocked: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    with stocked.transaction() as session:
        for number in range(3):
            received(session, f"more-{number}", OLD, "done")
    assert pruned(stocked) > 3
    with stocked.reading() as session:
        assert [row for row in session.exec(select(Receipt).where(Receipt.state == "done")) if row.raw] != []
        assert len([row for row in session.exec(select(Receipt)) if row.raw]) == 2
