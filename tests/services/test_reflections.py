"""The month's question for oneself: on each person's first working day, at ten in his morning, once, and private."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

import scheduler
from models.coaching import Reflection
from models.db import Database
from models.messages import Delivery
from models.organization import LOCALES, Absence, CompanyDay, Person, Team
from services import due, export, programme, programme_file, reflections, workspaces
from services.calendar import begins_on_earth, instant

SHANGHAI, LIMA, AUCKLAND = "Asia/Shanghai", "America/Lima", "Pacific/Auckland"
PROGRAMME = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: en, consent: elsewhere}
people:
  - {name: Bob, playground: U0BOB}
  - {name: Cy, playground: U0CY, locale: zh}
  - {name: Ana, playground: U0ANA, time_zone: America/Lima}
  - {name: Aroha, playground: U0AROHA, time_zone: Pacific/Auckland}
  - {name: Grace, playground: U0GRACE}
  - {name: Olive, playground: U0OLIVE}
teams:
  - {name: Product, leads: [Grace], members: [Bob, Cy, Ana, Aroha], observers: [Olive], reflection: true}
  - {name: Again, leads: [Grace], members: [Bob], reflection: true}
"""
NOVEMBER = instant(date(2026, 11, 10), "12:00", SHANGHAI)
FIRST, SECOND = date(2026, 12, 1), date(2026, 12, 2)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), NOVEMBER)
        workspaces.connect(session, [("playground", "")])
        yield session


def person(session: Session, name: str) -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def until(session: Session, moment: datetime) -> None:
    """Each due instant is met, as the metronome does."""
    clock = NOVEMBER
    while (following := due.next_instant(session, clock)) is not None and following <= moment:
        clock = following
        while reflections.ask_next(session, clock):
            pass
        session.flush()


def asked(session: Session) -> dict[str, list[datetime]]:
    """When each was asked, oldest first."""
    rows = session.exec(select(Person.name, Reflection.asked_at).join(Reflection).order_by(col(Reflection.asked_at)))
    found: dict[str, list[datetime]] = {}
    for name, at in rows.all():
        found.setdefault(name, []).append(at)
    return found


def test_everybody_is_asked_at_ten_in_his_own_morning_of_the_first_working_day(session: Session) -> None:
    until(session, instant(date(2026, 11, 30), "17:59", LIMA))
    assert asked(session).keys() <= {"Aroha"}
    until(session, instant(SECOND, "00:00", LIMA))
    assert asked(session) == {
        "Aroha": [instant(FIRST, "10:00", AUCKLAND)],
        "Bob": [instant(FIRST, "10:00", SHANGHAI)],
        "Cy": [instant(FIRST, "10:00", SHANGHAI)],
        "Ana": [instant(FIRST, "10:00", LIMA)],
    }


def test_who_switches_it_on_is_asked_from_the_next_month_on_even_on_the_last_evening(session: Session) -> None:
    assert reflections.first_due(SHANGHAI, NOVEMBER) == begins_on_earth(FIRST)
    evening = instant(date(2026, 11, 30), "20:00", SHANGHAI)
    for team in session.exec(select(Team)).all():
        team.reflect_due_at = reflections.first_due(team.time_zone, evening)
    assert reflections.ask_next(session, evening)
    assert asked(session) == {}
    until(session, instant(FIRST, "12:00", SHANGHAI))
    assert asked(session)["Bob"] == [instant(FIRST, "10:00", SHANGHAI)]


def test_a_weekend_and_a_day_off_move_it(session: Session) -> None:
    bob = person(session, "Bob")
    for on in (FIRST, date(2027, 1, 4)):
        session.add(CompanyDay(organization_id=bob.organization_id, on_date=on, working=False, name="Founders"))
    session.add(CompanyDay(organization_id=bob.organization_id, on_date=date(2027, 1, 1), working=False, name="New"))
    until(session, instant(date(2027, 1, 20), "10:00", SHANGHAI))
    # 1 January is a Friday and off, so is Monday the 4th
    assert asked(session)["Bob"] == [instant(on, "10:00", SHANGHAI) for on in (SECOND, date(2027, 1, 5))]


def test_it_is_asked_once_however_many_tick_and_however_often(database: Database) -> None:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), NOVEMBER)
        workspaces.connect(session, [("playground", "")])
    at = instant(FIRST, "10:00", SHANGHAI)
    scheduler.tick(database, at - timedelta(days=1))
    with ThreadPoolExecutor(4) as pollers:
        list(pollers.map(lambda _: scheduler.tick(database, at), range(4)))
    for later in (1, 30, 179):
        scheduler.tick(database, at + timedelta(minutes=later))
    with database.reading() as session:
        keys = session.exec(select(Delivery.dedupe_key).where(col(Delivery.dedupe_key).startswith("reflect:"))).all()
        rows = session.exec(select(Reflection)).all()
        assert sorted(keys) == sorted(f"reflect:{row.id}" for row in rows)
        assert len(rows) == 3  # in Lima it is night
        assert session.exec(select(Team).where(col(Team.reflect_due_at) <= at)).all() == []


def test_who_is_away_is_asked_when_he_is_back_in_the_same_month_and_else_not(session: Session) -> None:
    bob, cy = person(session, "Bob"), person(session, "Cy")
    for who, ends in ((bob, date(2026, 12, 6)), (cy, date(2027, 1, 3))):
        session.add(
            Absence(
                organization_id=bob.organization_id, person_id=who.id, starts_on=date(2026, 11, 28), ends_on=ends,
                recorded_at=NOVEMBER,
            )
        )  # fmt: skip
    until(session, instant(date(2027, 1, 20), "10:00", SHANGHAI))
    assert asked(session)["Bob"] == [instant(on, "10:00", SHANGHAI) for on in (date(2026, 12, 7), date(2027, 1, 1))]
    assert asked(session)["Cy"] == [instant(date(2027, 1, 4), "10:00", SHANGHAI)]


def test_who_has_not_agreed_is_not_asked_until_he_does(session: Session) -> None:
    bob = person(session, "Bob")
    bob.consented_at = None
    until(session, instant(SECOND, "12:00", SHANGHAI))
    assert "Bob" not in asked(session)
    bob.consented_at = instant(SECOND, "12:00", SHANGHAI)
    until(session, instant(date(2026, 12, 4), "12:00", SHANGHAI))
    assert asked(session)["Bob"] == [instant(date(2026, 12, 3), "10:00", SHANGHAI)]


def test_a_bot_that_was_down_asks_in_working_hours_and_not_at_night(session: Session) -> None:
    assert reflections.ask_next(session, instant(FIRST, "21:00", SHANGHAI))
    assert asked(session) == {}
    until(session, instant(SECOND, "12:00", SHANGHAI))
    assert asked(session)["Cy"] == [instant(SECOND, "10:00", SHANGHAI)]


def test_quiet_hours_are_kept(session: Session) -> None:
    bob = person(session, "Bob")
    bob.quiet_from, bob.quiet_until = "09:00", "12:30"
    until(session, instant(FIRST, "11:00", SHANGHAI))
    row = reflections.of_month(session, bob, "2026-12")
    assert row is not None
    told = session.exec(select(Delivery).where(Delivery.dedupe_key == f"reflect:{row.id}")).one()
    assert told.due_at == instant(FIRST, "12:30", SHANGHAI)


def test_a_team_that_never_wanted_it_or_no_longer_does_is_not_asked(session: Session) -> None:
    stopped = PROGRAMME.replace("reflection: true", "reflection: false")
    programme.apply(session, programme_file.read(stopped), NOVEMBER)
    assert session.exec(select(Team.reflect_due_at)).all() == [None, None]
    until(session, instant(SECOND, "12:00", SHANGHAI))
    assert asked(session) == {}


def test_a_file_that_says_nothing_of_it_leaves_what_was_chosen_in_chat(session: Session) -> None:
    before = session.exec(select(Team.reflect_due_at)).all()
    silent = programme_file.read(PROGRAMME.replace(", reflection: true", ""))
    for stated in (silent, programme_file.read(PROGRAMME)):
        assert programme.apply(session, stated, NOVEMBER + timedelta(days=1)) == []
    assert session.exec(select(Team.reflect_due_at)).all() == before


def test_the_questions_turn_and_neighbours_get_different_ones(session: Session) -> None:
    months = [f"{2026 + number // 12}-{number % 12 + 1:02d}" for number in range(len(reflections.QUESTIONS))]
    bob, cy = person(session, "Bob"), person(session, "Cy")
    cy.locale = "en"
    assert len({reflections.question_for(bob, month) for month in months}) == len(reflections.QUESTIONS) >= 8
    for month in months:
        assert reflections.question_for(bob, month) != reflections.question_for(cy, month)
    assert all(each.keys() == set(LOCALES) and all(each.values()) for each in reflections.QUESTIONS)


def test_shared_reaches_the_leads_alone_and_taken_back_says_whom_it_had_reached(session: Session) -> None:
    bob = person(session, "Bob")
    row = reflections.put(session, bob, "2026-12", NOVEMBER)
    reflections.write(session, row, bob, "a quiet otter", NOVEMBER)
    team = session.exec(select(Team).where(Team.name == "Product")).one()
    assert "otter" not in str(export.collect(session, team, None, with_notes=True))

    assert [lead.name for lead in reflections.share(session, row, bob, NOVEMBER)] == ["Grace"]
    (told,) = session.exec(select(Delivery).where(col(Delivery.dedupe_key).startswith(f"reflection:{row.id}:"))).all()
    assert (told.place_id, "a quiet otter" in told.message["markup"]) == ("U0GRACE", True)
    assert reflections.unshare(session, row, bob, NOVEMBER) == ([], [])
    session.refresh(told)
    assert told.state == "replaced"

    reflections.share(session, row, bob, NOVEMBER + timedelta(minutes=1))
    again = session.exec(select(Delivery).where(Delivery.state == "pending")).one()
    again.state, again.external_id = "sent", "7"
    session.flush()
    assert reflections.unshare(session, row, bob, NOVEMBER + timedelta(minutes=2)) == (["Grace"], [])
    edited = session.exec(select(Delivery).where(Delivery.kind == "edit")).one()
    assert "otter" not in edited.message["markup"]
    assert row.shared_at is None


def test_nobody_shares_with_himself(session: Session) -> None:
    grace = person(session, "Grace")
    row = reflections.put(session, grace, "2026-12", NOVEMBER)
    reflections.write(session, row, grace, "a quiet otter", NOVEMBER)
    assert reflections.share(session, row, grace, NOVEMBER) == []
    assert row.shared_at is None
