"""1:1s: the coach's wall clock through the changes of the clocks, days off, quiet hours, and the record."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

import scheduler
from models.coaching import OneOnOne
from models.db import Database
from models.ledger import Blocker
from models.messages import Delivery
from models.organization import Absence, Membership, Person, Team
from services import absences, agendas, coaching, forgetting, one_on_ones, programme, programme_file, workspaces
from services.calendar import instant

ZONE = "Asia/Shanghai"
PROGRAMME = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: en, consent: elsewhere}
people:
  - {name: Bob, playground: U0BOB}
  - {name: Ana, playground: U0ANA, time_zone: America/Lima}
  - {name: Grace, playground: U0GRACE}
teams:
  - {name: Product, leads: [Grace], members: [Bob, Ana]}
  - {name: Other, leads: [Ana], members: [Grace]}
"""
MONDAY = instant(date(2026, 11, 23), "09:00", ZONE)
THURSDAY = instant(date(2026, 11, 26), "15:00", ZONE)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), MONDAY)
        workspaces.connect(session, [("playground", "")])
        yield session


def person(session: Session, name: str) -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def planned(session: Session, at: datetime = THURSDAY, rhythm: str = "weekly", with_: str = "Bob") -> OneOnOne:
    coach = person(session, "Grace")
    talk = one_on_ones.made(session, coach, person(session, with_))
    one_on_ones.plan(session, talk, at, rhythm, coach, MONDAY)
    return talk


def play(session: Session, talk: OneOnOne, until: datetime) -> None:
    """The clock beats whenever it wanted to."""
    for _ in range(20):
        session.flush()
        if talk.due_at is None or talk.due_at > until:
            return
        agendas.step_next(session, max(talk.due_at, MONDAY))
    raise AssertionError("the clock never rests")


def told(session: Session, prefix: str) -> list[tuple[str, datetime]]:
    """To whom, and when it was to go out."""
    rows = session.exec(select(Delivery).where(col(Delivery.dedupe_key).startswith(prefix)).order_by(col(Delivery.id)))
    return [(row.place_id, row.due_at) for row in rows.all()]


@pytest.mark.parametrize(
    ("zone", "rhythm", "first", "nexts"),
    [
        ("Europe/Berlin", "weekly", "2026-10-22", ["2026-10-29T14:00", "2026-11-05T14:00"]),
        ("Europe/Berlin", "weekly", "2027-03-25", ["2027-04-01T13:00", "2027-04-08T13:00"]),
        ("America/New_York", "fortnightly", "2026-10-22", ["2026-11-05T20:00", "2026-11-19T20:00"]),
        ("Australia/Lord_Howe", "fortnightly", "2026-09-24", ["2026-10-08T04:00", "2026-10-22T04:00"]),
        ("Asia/Shanghai", "monthly", "2026-11-19", ["2026-12-17T07:00", "2027-01-21T07:00"]),
        ("Asia/Shanghai", "monthly", "2026-10-29", ["2026-11-26T07:00", "2026-12-31T07:00"]),
        ("Africa/Casablanca", "weekly", "2027-02-04", ["2027-02-11T15:00", "2027-02-18T15:00"]),
    ],
)
def test_the_rhythm_keeps_the_wall_time_of_the_coach(zone: str, rhythm: str, first: str, nexts: list[str]) -> None:
    day = date.fromisoformat(first)
    last, rule = instant(day, "15:00", zone), one_on_ones.rule(rhythm, day)
    found = []
    for _ in nexts:
        following = one_on_ones.following(rule, "15:00", zone, last, last)
        assert following is not None
        found.append(following.astimezone(UTC).strftime("%Y-%m-%dT%H:%M"))
        last = following
    assert found == nexts


def test_in_the_hour_the_clocks_jump_over_and_in_the_one_they_repeat_there_is_one_talk() -> None:
    sunday = one_on_ones.rule("weekly", date(2027, 3, 21))
    before = instant(date(2027, 3, 21), "02:30", "Europe/Berlin")
    jumped = one_on_ones.following(sunday, "02:30", "Europe/Berlin", before, before)
    assert jumped == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    again = one_on_ones.following(sunday, "02:30", "Europe/Berlin", jumped, jumped)
    assert again == datetime(2027, 4, 4, 0, 30, tzinfo=UTC)
    twice = instant(date(2026, 10, 18), "02:30", "Europe/Berlin")
    assert one_on_ones.following(sunday, "02:30", "Europe/Berlin", twice, twice) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_a_talk_moved_for_once_stands_for_the_one_nearby() -> None:
    rule = one_on_ones.rule("weekly", date(2026, 11, 26))
    for moved in (date(2026, 11, 25), date(2026, 11, 27)):
        at = instant(moved, "11:00", ZONE)
        assert one_on_ones.following(rule, "15:00", ZONE, at, at) == instant(date(2026, 12, 3), "15:00", ZONE)
    long_after = instant(date(2027, 1, 4), "09:00", ZONE)
    assert one_on_ones.following(rule, "15:00", ZONE, THURSDAY, long_after) == instant(date(2027, 1, 7), "15:00", ZONE)


def test_each_gets_the_agenda_a_day_before_but_never_at_night_or_on_a_day_off(session: Session) -> None:
    talk = planned(session, with_="Ana")
    play(session, talk, THURSDAY - timedelta(minutes=1))
    # Thursday 15:00 in Shanghai is 02:00 in Lima: a day before that is night there, so that the evening before it is.
    ana = instant(date(2026, 11, 24), "21:30", "America/Lima")
    assert told(session, f"agenda:{talk.id}:") == [("U0ANA", ana), ("U0GRACE", THURSDAY - timedelta(hours=24))]
    monday = planned(session, instant(date(2026, 11, 30), "10:00", ZONE))
    play(session, monday, monday.next_at or MONDAY)
    friday = instant(date(2026, 11, 27), "10:00", ZONE)
    assert [at for _, at in told(session, f"agenda:{monday.id}:")] == [friday, friday]


def test_the_agenda_waits_for_who_is_away_until_then_and_comes_when_he_is_back(session: Session) -> None:
    talk = planned(session)
    absences.record(session, person(session, "Bob"), absences.Said(date(2026, 11, 24), date(2026, 11, 25)), MONDAY)
    play(session, talk, THURSDAY - timedelta(minutes=1))
    back = instant(date(2026, 11, 26), "08:00", ZONE)
    assert told(session, f"agenda:{talk.id}:") == [("U0GRACE", THURSDAY - timedelta(hours=24)), ("U0BOB", back)]


def test_when_the_lead_is_away_on_the_day_the_other_is_asked_to_move_it(session: Session) -> None:
    talk = planned(session)
    absences.record(session, person(session, "Grace"), absences.Said(date(2026, 11, 24), date(2026, 11, 27)), MONDAY)
    play(session, talk, THURSDAY - timedelta(minutes=1))
    assert [who for who, _ in told(session, f"move:{talk.id}:")] == ["U0BOB"]
    assert told(session, f"agenda:{talk.id}:") == []
    play(session, talk, THURSDAY + timedelta(days=1))
    assert told(session, f"record:{talk.id}:") == []
    assert talk.next_at == THURSDAY + timedelta(weeks=1)


def test_an_absence_said_after_the_agenda_went_out_asks_to_move_it(session: Session) -> None:
    talk = planned(session)
    play(session, talk, THURSDAY - timedelta(hours=5))
    assert len(told(session, f"agenda:{talk.id}:")) == 2
    said_at = THURSDAY - timedelta(hours=5)
    absences.record(session, person(session, "Bob"), absences.Said(date(2026, 11, 26), date(2026, 11, 26)), said_at)
    agendas.step_next(session, said_at)
    assert [who for who, _ in told(session, f"move:{talk.id}:")] == ["U0GRACE"]


@pytest.mark.parametrize(("team", "counts"), [("Product", True), ("Other", False)])
def test_who_is_away_for_one_team_is_off_only_if_the_two_share_no_other(
    session: Session, team: str, counts: bool
) -> None:
    talk = planned(session)
    grace, bob = person(session, "Grace"), person(session, "Bob")
    team_id = session.exec(select(Team.id).where(Team.name == team)).one()
    session.add(
        Absence(
            organization_id=grace.organization_id, person_id=grace.id, team_id=team_id, recorded_at=MONDAY,
            starts_on=date(2026, 11, 26), ends_on=date(2026, 11, 26), source="self",
        )
    )  # fmt: skip
    session.flush()
    assert talk.next_at is not None
    assert bool(one_on_ones.off_then(session, grace, bob, talk.next_at)) is counts


def test_the_record_is_asked_in_the_morning_if_the_talk_ended_at_night(session: Session) -> None:
    late = instant(date(2026, 11, 26), "20:30", ZONE)
    talk = planned(session, late)
    play(session, talk, late + timedelta(days=1))
    assert told(session, f"record:{talk.id}:") == [("U0GRACE", instant(date(2026, 11, 27), "08:00", ZONE))]
    assert talk.next_at == late + timedelta(weeks=1)


@pytest.mark.parametrize(("written_at", "asked"), [(-61, True), (-59, False), (60, False)])
def test_a_note_from_an_hour_before_on_is_the_record(session: Session, written_at: int, asked: bool) -> None:
    talk = planned(session)
    play(session, talk, THURSDAY + timedelta(minutes=min(written_at, 0)))
    at = THURSDAY + timedelta(minutes=written_at)
    coaching.write(session, person(session, "Grace"), person(session, "Bob"), "pacing", "me", at)
    play(session, talk, THURSDAY + timedelta(hours=3))
    assert bool(told(session, f"record:{talk.id}:")) is asked
    assert talk.next_at == THURSDAY + timedelta(weeks=1)


def test_the_talks_of_who_left_end_and_the_other_hears_of_it(session: Session) -> None:
    talk = planned(session)
    programme.apply(session, programme_file.read(PROGRAMME.replace("  - {name: Bob, playground: U0BOB}\n", "").replace(
        "[Bob, Ana]", "[Ana]")), MONDAY)  # fmt: skip
    assert (talk.next_at, talk.due_at, talk.rhythm) == (None, None, "")
    assert [who for who, _ in told(session, f"ended:{talk.id}:")] == ["U0GRACE"]


def test_the_talks_of_who_asked_to_be_forgotten_end_without_a_word_of_his_name(session: Session) -> None:
    talk = planned(session)
    forgetting.forget(session, person(session, "Bob"), MONDAY)
    assert (talk.next_at, talk.due_at) == (None, None)
    (sent,) = session.exec(select(Delivery).where(col(Delivery.dedupe_key).startswith("ended:"))).all()
    assert sent.place_id == "U0GRACE"
    assert "1:1 with former member" in str(sent.message)
    assert "Bob" not in str(sent.message)


def test_who_leads_him_no_more_sends_no_agenda(session: Session) -> None:
    talk = planned(session)
    bob = person(session, "Bob")
    for membership in session.exec(select(Membership).where(Membership.person_id == bob.id)).all():
        session.delete(membership)
    play(session, talk, THURSDAY)
    assert talk.next_at is None
    assert told(session, f"agenda:{talk.id}:") == []


def test_what_the_coach_agreed_with_himself_stands_in_his_agenda_alone(session: Session) -> None:
    talk = planned(session)
    grace, bob = person(session, "Grace"), person(session, "Bob")
    for text, visibility in (("listen more", "me"), ("ask earlier", "both")):
        note = coaching.write(session, grace, bob, "pacing", visibility, MONDAY)
        coaching.agree(session, note, grace, text, MONDAY)
    session.flush()
    hers, his = (agendas.message(session, talk, reader, MONDAY).markup for reader in (grace, bob))
    assert "listen more" in hers
    assert "listen more" not in his
    assert "1. ask earlier" in his


def test_a_blocker_of_a_team_the_coach_does_not_see_is_not_told_to_her(session: Session) -> None:
    talk = planned(session)
    bob = person(session, "Bob")
    elsewhere = Team(organization_id=bob.organization_id, name="Elsewhere", time_zone=ZONE, locale="en")
    session.add(elsewhere)
    session.flush()
    ours: dict[str, Any] = {"organization_id": bob.organization_id, "person_id": bob.id, "raised_at": MONDAY}
    product = session.exec(select(Team.id).where(Team.name == "Product")).one()
    session.add(Blocker(**ours, team_id=product, number=1, text="no rig"))
    session.add(Blocker(**ours, team_id=elsewhere.id, number=2, text="no budget"))
    session.flush()
    told_her = agendas.message(session, talk, person(session, "Grace"), MONDAY).markup
    assert "no rig" in told_her
    assert "no budget" not in told_her


def test_the_clock_itself_finds_what_is_due(database: Database) -> None:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), MONDAY)
        workspaces.connect(session, [("playground", "")])
        planned(session)
    scheduler.tick(database, MONDAY)
    assert scheduler.next_due(database, MONDAY) == THURSDAY - timedelta(hours=24)
    scheduler.tick(database, THURSDAY - timedelta(hours=24))
    with database.reading() as session:
        assert len(told(session, "agenda:")) == 2
