"""Absences in the check-ins that are open: who is away is let alone, who is not off after all is asked."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from models.check_ins import Response, Round
from models.db import Database
from models.messages import Delivery
from models.organization import Person, Team
from services import absences, answers, layout, people, programme, programme_file, rounds, workspaces
from services.absences import Said

MONDAY = date(2026, 11, 23)
PROMPT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
CHECK_IN = """
      - {name: Daily, rhythm: "FREQ=DAILY", at: "09:30", closes_after: PT8H, questions: [{ask: {en: What moved?}}]}
"""
PROGRAMME = f"""
organization: {{name: Acme, time_zone: UTC, consent: elsewhere}}
people:
  - {{name: Bob, slack: U0BOB}}
  - {{name: Grace, slack: U0GRACE}}
  - {{name: Helen, slack: U0HELEN, role: hr}}
teams:
  - name: Product
    leads: [Grace]
    members: [Bob]
    check_ins:{CHECK_IN}
  - name: Twin
    leads: [Helen]
    members: [Bob]
    check_ins:{CHECK_IN}
"""


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Bob has been asked by both of his teams."""
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), PROMPT - timedelta(hours=20))
        workspaces.connect(session, [("slack", "")])
        beat(session, PROMPT)
        yield session


def beat(session: Session, now: datetime) -> None:
    session.flush()
    for step in (layout.plan_next, rounds.prompt_next, rounds.remind_next, rounds.close_next):
        while step(session, now):
            session.flush()


def person(session: Session, name: str = "Bob") -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def team(session: Session, name: str) -> Team:
    return session.exec(select(Team).where(Team.name == name)).one()


def states(session: Session, on: date = MONDAY) -> list[tuple[str, str]]:
    """Bob's, in Product and in Twin."""
    session.flush()
    query = select(Response).join(Round, col(Round.id) == Response.round_id).where(Round.on_date == on)
    mine = query.where(Response.person_id == person(session).id).order_by(col(Round.team_id))
    return [(response.state, response.reason) for response in session.exec(mine).all()]


def waiting(session: Session) -> list[str]:
    query = select(Delivery.dedupe_key).where(Delivery.state == "pending", Delivery.place_id == "U0BOB")
    return sorted(session.exec(query).all())


OPEN, AWAY = ("prompted", ""), ("away", "absence")


def test_an_absence_recorded_while_a_prompt_is_open_takes_it_back(session: Session) -> None:
    assert states(session) == [OPEN, OPEN]

    absences.record(session, person(session), Said(MONDAY, MONDAY), PROMPT + timedelta(hours=1))

    assert states(session) == [AWAY, AWAY]
    assert waiting(session) == []
    beat(session, PROMPT + timedelta(hours=9))
    assert states(session) == [AWAY, AWAY]


def test_what_was_answered_before_stays_answered(session: Session) -> None:
    bob = person(session)
    response = answers.own_response(session, bob, None)
    assert response is not None
    answers.submit(session, response, bob, PROMPT)

    absences.record(session, bob, Said(MONDAY, MONDAY), PROMPT + timedelta(hours=1))

    assert sorted(states(session)) == [AWAY, ("submitted", "")]


@pytest.mark.parametrize("times", [1, 3])
def test_who_comes_back_is_asked_while_the_window_is_open_however_often_he_left(session: Session, times: int) -> None:
    bob, now = person(session), PROMPT
    for _ in range(times):
        now += timedelta(hours=2)
        absences.record(session, bob, Said(MONDAY, MONDAY + timedelta(days=3)), now)
        assert absences.end(session, bob, MONDAY, now)
        beat(session, now)
        assert states(session) == [OPEN, OPEN]
        assert len(waiting(session)) == 2


def test_after_the_window_nobody_is_asked_who_comes_back(session: Session) -> None:
    bob, evening = person(session), PROMPT + timedelta(hours=9)
    absences.record(session, bob, Said(MONDAY, MONDAY), PROMPT)
    beat(session, evening)

    absences.end(session, bob, MONDAY, evening)
    beat(session, evening)

    assert states(session) == [AWAY, AWAY]


def test_away_for_one_team_is_asked_by_the_other(session: Session) -> None:
    bob = person(session)
    absence = absences.record(session, bob, Said(MONDAY, MONDAY), PROMPT)

    absences.narrow(session, absence, team(session, "Twin"), bob, PROMPT)
    beat(session, PROMPT)
    assert states(session) == [OPEN, AWAY]
    assert people.absence_on(session, bob.id, MONDAY) is None
    assert people.absence_on(session, bob.id, MONDAY, team(session, "Twin").id) is not None

    absences.narrow(session, absence, None, bob, PROMPT)
    assert states(session) == [AWAY, AWAY]


def test_overlapping_absences_count_until_the_last_one_ends(session: Session) -> None:
    bob, friday = person(session), MONDAY + timedelta(days=4)
    absences.record(session, bob, Said(MONDAY, MONDAY), PROMPT)
    second = absences.record(session, bob, Said(MONDAY, friday), PROMPT)
    absences.remove(session, second, bob, PROMPT)
    assert states(session) == [AWAY, AWAY]

    absences.record(session, bob, Said(MONDAY, friday), PROMPT)
    assert absences.end(session, bob, MONDAY, PROMPT)
    assert absences.upcoming(session, bob, MONDAY) == []


def test_what_somebody_else_recorded_is_overruled_for_good(session: Session) -> None:
    bob, grace = person(session), person(session, "Grace")
    absence = absences.record(session, bob, Said(MONDAY, MONDAY), PROMPT, by=grace)
    assert (absence.source, absence.recorded_by_id) == ("lead", grace.id)

    absences.overrule(session, absence, bob, PROMPT)
    beat(session, PROMPT)

    assert states(session) == [OPEN, OPEN]
    assert absence.overruled_at == PROMPT


def test_an_absence_never_ends_before_it_begins(session: Session) -> None:
    with pytest.raises(ValueError, match="cannot end before"):
        absences.record(session, person(session), Said(MONDAY, MONDAY - timedelta(days=1)), PROMPT)
