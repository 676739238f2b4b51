"""A blocker's life: who is asked, who is reminded and when, that it is carried up once, and what ends it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

import scheduler
from models.audit import AuditEntry
from models.check_ins import CheckIn, Response, Round
from models.db import Database
from models.ledger import Action, Blocker
from models.messages import Delivery
from models.organization import Absence, Person, Team
from services import blockers, digests, export, ledger, permissions, programme, programme_file, workspaces
from services.calendar import instant, iso_week

ZONE = "Asia/Shanghai"
PROGRAMME = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: en, consent: elsewhere}
people:
  - {name: Bob, playground: U0BOB}
  - {name: Ana, playground: U0ANA, locale: zh}
  - {name: Grace, playground: U0GRACE}
  - {name: Otto, playground: U0OTTO}
  - {name: Helen, playground: U0HELEN, role: hr}
teams:
  - {name: Product, leads: [Grace], members: [Bob, Ana], escalate_after: 2}
  - {name: Elsewhere, leads: [Otto]}
"""


def at(wall: str) -> datetime:
    """ "2026-11-23 10:00" in Shanghai."""
    day, hour = wall.split()
    return instant(datetime.fromisoformat(day).date(), hour, ZONE)


MONDAY = at("2026-11-23 10:00")
FRIDAY = at("2026-11-27 17:00")


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        laid(session)
        yield session


def laid(session: Session) -> None:
    programme.apply(session, programme_file.read(PROGRAMME), MONDAY - timedelta(days=1))
    workspaces.connect(session, [("playground", "")])


def person(session: Session, name: str) -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def team(session: Session) -> Team:
    return session.exec(select(Team).where(Team.name == "Product")).one()


def raised(session: Session, now: datetime = MONDAY, **more: Any) -> Blocker:
    return blockers.raise_(session, team(session).id, person(session, "Bob"), "no test rig", now, **more)


def action(session: Session) -> Action:
    bob = person(session, "Bob")
    draft = ledger.Draft(team(session).id, "fix the rig", bob, datetime(2026, 12, 5, tzinfo=UTC).date(), "green")
    return ledger.add(session, draft, bob, MONDAY)


def told(session: Session, name: str, kind: str = "") -> list[Delivery]:
    """What was promised to this person about blockers, as it reads now."""
    account = f"U0{name.upper()}"
    query = select(Delivery).where(Delivery.place_id == account, col(Delivery.dedupe_key).startswith("blocker:"))
    rows = session.exec(query.where(Delivery.kind == "post", Delivery.state != "replaced").order_by(col(Delivery.id)))
    return [row for row in rows.all() if f":{kind}" in row.dedupe_key]


def look(session: Session, *walls: str) -> None:
    """The clock beats at these moments."""
    for wall in walls:
        while blockers.look_next(session, at(wall)):
            session.flush()


def verbs(session: Session, blocker: Blocker) -> list[str]:
    query = select(AuditEntry.verb).where(AuditEntry.subject == "blocker", AuditEntry.subject_id == blocker.id)
    return list(session.exec(query.order_by(col(AuditEntry.id))).all())


def test_the_leads_are_asked_with_three_buttons_and_numbers_go_on(session: Session) -> None:
    first, second = raised(session), raised(session)
    assert (first.number, second.number) == (1, 2)
    card = told(session, "Grace")[0].message
    assert [button["action"] for button in card["buttons"]] == [
        "v1:blocker_acknowledge:1",
        "v1:blocker_update:1",
        "v1:blocker_resolve:1",
    ]
    assert not told(session, "Bob") + told(session, "Ana") + told(session, "Helen")


def test_a_named_helper_is_asked_instead_of_the_leads_in_his_language(session: Session) -> None:
    raised(session, helper=person(session, "Ana"))
    assert "B1 acknowledged" not in told(session, "Ana")[0].message["markup"]
    assert not told(session, "Grace")


def test_nobody_is_asked_in_his_quiet_hours(session: Session) -> None:
    grace = person(session, "Grace")
    grace.quiet_from, grace.quiet_until = "18:00", "08:00"
    raised(session, at("2026-11-23 22:00"))
    assert told(session, "Grace")[0].due_at == at("2026-11-24 08:00")


def test_who_was_asked_is_reminded_once_after_a_day_and_only_while_he_works(session: Session) -> None:
    """Raised on a Friday evening: neither on Saturday nor on Sunday, nor at night."""
    raised(session, at("2026-11-27 19:00"))
    look(session, "2026-11-28 19:00", "2026-11-29 12:00", "2026-11-30 08:59")
    assert not told(session, "Grace", "remind")
    look(session, *["2026-11-30 09:00"] * 3, "2026-11-30 15:00")
    assert len(told(session, "Grace", "remind")) == 1


def test_it_is_carried_up_once_after_the_teams_working_days_however_many_ticks(session: Session) -> None:
    blocker = raised(session, FRIDAY)
    look(session, "2026-11-30 17:00")
    assert not told(session, "Helen")
    look(session, *["2026-12-01 17:00"] * 3, "2026-12-09 10:00", "2026-12-20 10:00")
    assert len(told(session, "Helen")) == 1
    assert len(told(session, "Grace", "remind")) == 1
    assert verbs(session, blocker) == ["blocker.raised", "blocker.reminded", "blocker.escalated"]
    assert "Helen" in told(session, "Bob", "step")[0].message["markup"]
    assert blocker.due_at is None


def test_from_a_helper_it_goes_to_the_lead_and_no_further(session: Session) -> None:
    raised(session, helper=person(session, "Ana"))
    look(session, "2026-11-25 10:00", "2026-12-15 10:00")
    assert len(told(session, "Grace", "up")) == 1
    assert not told(session, "Helen")


def away(session: Session, who: Person, first: datetime, last: datetime) -> None:
    absence = Absence(
        organization_id=who.organization_id, person_id=who.id, starts_on=first.date(), ends_on=last.date(),
        recorded_at=MONDAY,
    )  # fmt: skip
    session.add(absence)
    session.flush()


def test_days_on_which_the_helper_is_away_do_not_count(session: Session) -> None:
    raised(session)
    tuesday = at("2026-11-24 10:00")
    away(session, person(session, "Grace"), tuesday, tuesday)
    look(session, "2026-11-24 12:00", "2026-11-25 10:00")
    assert not told(session, "Helen")
    look(session, "2026-11-26 10:00")
    assert len(told(session, "Helen")) == 1


def test_where_everybody_asked_is_away_it_is_carried_up_at_once(session: Session) -> None:
    away(session, person(session, "Grace"), MONDAY, FRIDAY)
    raised(session)
    assert len(told(session, "Helen")) == 1


def test_acknowledged_stops_every_nudge_and_the_raiser_hears_of_it(session: Session) -> None:
    blocker = raised(session)
    assert blockers.acknowledge(session, blocker, person(session, "Grace"), MONDAY)
    assert not blockers.acknowledge(session, blocker, person(session, "Grace"), MONDAY)
    look(session, "2026-11-24 10:00", "2026-11-30 10:00")
    assert not told(session, "Helen")
    assert not told(session, "Grace", "remind")
    assert [row.message["markup"] for row in told(session, "Bob")] == [
        "<b>B1</b> (no test rig): Grace takes care of it."
    ]


def test_a_reminder_that_still_waits_is_taken_back_when_somebody_takes_it_on(session: Session) -> None:
    blocker = raised(session)
    grace = person(session, "Grace")
    look(session, "2026-11-24 10:00")
    assert blockers.acknowledge(session, blocker, grace, at("2026-11-24 10:00"))
    assert not told(session, "Grace", "remind")


def test_an_item_that_moves_again_or_is_done_ends_its_blocker_and_asks_nobody(session: Session) -> None:
    item, bob = action(session), person(session, "Bob")
    for ends in (ledger.Move(progress=60), ledger.Move(state="done"), ledger.Move(state="dropped")):
        ledger.move(session, item, bob, ledger.Move(state="blocked", note="no test rig"), MONDAY)
        blocker = blockers.open_of_action(session, item)
        assert blocker is not None
        ledger.move(session, item, bob, ends, MONDAY)
        assert (blocker.state, blocker.due_at) == ("resolved", None)
    assert len(told(session, "Bob")) == 0


def test_an_item_said_to_be_blocked_twice_has_one_blocker(session: Session) -> None:
    item, bob = action(session), person(session, "Bob")
    for words in ("no test rig", "the rig comes on Friday"):
        ledger.move(session, item, bob, ledger.Move(state="blocked", note=words), MONDAY)
    (blocker,) = session.exec(select(Blocker)).all()
    assert (blocker.text, blocker.last_note) == ("no test rig", "the rig comes on Friday")


def test_taking_back_the_move_opens_the_blocker_as_it_was(session: Session) -> None:
    item, bob = action(session), person(session, "Bob")
    ledger.move(session, item, bob, ledger.Move(state="blocked", note="no rig"), MONDAY)
    blocker = blockers.open_of_action(session, item)
    assert blocker is not None
    blockers.acknowledge(session, blocker, person(session, "Grace"), MONDAY)
    step = ledger.move(session, item, bob, ledger.Move(progress=50), MONDAY)
    ledger.take_back(session, step.id, bob, MONDAY)
    assert (item.state, blocker.state) == ("blocked", "acknowledged")


def test_who_may_see_and_move_it(session: Session) -> None:
    blocker = raised(session, helper=person(session, "Ana"))
    may = {name: permissions.moves_blocker(session, person(session, name), blocker) for name in (
        "Bob", "Ana", "Grace", "Helen", "Otto",
    )}  # fmt: skip
    assert may == {"Bob": True, "Ana": True, "Grace": True, "Helen": True, "Otto": False}
    assert not permissions.sees_blocker(session, person(session, "Otto"), blocker)


def answered(session: Session, audience: str = "team", anonymous: bool = False) -> Response:
    organization_id, bob = team(session).organization_id, person(session, "Bob")
    today = MONDAY.date()
    check_in = CheckIn(
        organization_id=organization_id, team_id=team(session).id, name=f"Weekly {audience}", rhythm="FREQ=DAILY",
        starts_on=today, at="09:30", closes_after_minutes=480,
    )  # fmt: skip
    session.add(check_in)
    session.flush()
    round_ = Round(
        organization_id=organization_id, check_in_id=check_in.id, team_id=team(session).id, on_date=today,
        opened_at=MONDAY, anonymous=anonymous,
    )  # fmt: skip
    session.add(round_)
    session.flush()
    response = Response(
        organization_id=organization_id, round_id=round_.id, person_id=bob.id, state="submitted", prompt_at=MONDAY,
        close_at=FRIDAY, due_step=None, due_at=None, audience=audience,
    )  # fmt: skip
    session.add(response)
    session.flush()
    return response


def test_an_answer_raises_one_blocker_and_words_for_nothing_end_it(session: Session) -> None:
    response, bob = answered(session), person(session, "Bob")
    assert blockers.raise_from_answer(session, response, bob, "nothing", MONDAY) is None
    first = blockers.raise_from_answer(session, response, bob, "no rig", MONDAY)
    again = blockers.raise_from_answer(session, response, bob, "no rig until Friday", MONDAY)
    assert first is again
    assert again is not None
    assert again.text == "no rig until Friday"
    assert blockers.raise_from_answer(session, response, bob, "", MONDAY) is None
    assert again.state == "resolved"


def test_an_anonymous_answer_raises_nothing(session: Session) -> None:
    response = answered(session, anonymous=True)
    assert blockers.raise_from_answer(session, response, person(session, "Bob"), "my boss", MONDAY) is None
    assert not session.exec(select(Blocker)).all()


def test_what_only_the_lead_may_read_is_in_no_digest_and_no_export(session: Session) -> None:
    bob = person(session, "Bob")
    raised(session)
    blockers.raise_from_answer(session, answered(session, "lead"), bob, "the secret", MONDAY)
    now = MONDAY + timedelta(days=4)
    facts = digests.collect(session, team(session), iso_week(now, ZONE), now)
    assert [(each["text"], each["days"]) for each in facts["blocked"]] == [("no test rig", 4)]
    exported = export.collect(session, team(session), None, False)["blockers"]
    assert [row["number"] for row in exported] == ["B1"]
    assert not permissions.sees_blocker(session, person(session, "Ana"), session.exec(select(Blocker)).all()[-1])


def test_it_is_reminded_and_carried_up_once_however_many_processes_look(database: Database, database_url: str) -> None:
    with database.transaction() as session:
        laid(session)
        raised(session)
    processes = [Database(database_url) for _ in range(3)]
    for wall in ("2026-11-24 10:00", "2026-11-25 10:00", "2026-11-26 10:00"):
        with ThreadPoolExecutor(len(processes)) as pool:
            list(pool.map(scheduler.tick, processes, [at(wall)] * len(processes)))
    with database.reading() as session:
        assert (len(told(session, "Grace", "remind")), len(told(session, "Helen", "up"))) == (1, 1)
    for each in processes:
        each.close()
