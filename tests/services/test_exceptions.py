"""The lead's report and its one nudge; and both sides: a lead who gave no sign is asked once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

import scheduler
from models.audit import AuditEntry
from models.check_ins import Answer, CheckIn, Response, Round
from models.db import Database
from models.messages import Delivery
from models.organization import Absence, Membership, Person, Team
from services import announcements, coaching, exceptions, programme, programme_file, reactions, workspaces
from services.calendar import instant

ZONE = "Asia/Shanghai"
PROGRAMME = """
organization: {name: Acme, time_zone: Asia/Shanghai, locale: en, consent: elsewhere}
people:
  - {name: Bob, playground: U0BOB}
  - {name: Ana, playground: U0ANA}
  - {name: Cy, playground: U0CY}
  - {name: Grace, playground: U0GRACE}
  - {name: Gina, playground: U0GINA, locale: zh}
  - {name: Helen, playground: U0HELEN, role: hr}
teams:
  - {name: Product, leads: [Grace, Gina], members: [Bob, Ana, Cy], react_within: 2}
"""
TODAY = date(2026, 11, 23)
CLOSED = instant(TODAY, "17:30", ZONE)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), CLOSED - timedelta(days=1))
        workspaces.connect(session, [("playground", "")])
        yield session


def person(session: Session, name: str) -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def ended(session: Session, states: dict[str, str], anonymous: bool = False) -> Round:
    """A Round that is over, with these people's states; who is "unreached" could not be asked."""
    team = session.exec(select(Team)).one()
    own: dict[str, Any] = {"organization_id": team.organization_id, "team_id": team.id}
    check_in = CheckIn(**own, name="Weekly", rhythm="FREQ=DAILY", starts_on=TODAY, at="09:30", closes_after_minutes=480)
    session.add(check_in)
    session.flush()
    round_ = Round(
        **own, check_in_id=check_in.id, on_date=TODAY, opened_at=CLOSED - timedelta(hours=8), closed_at=CLOSED,
        questions=[{"ask": {"en": "What moved?"}}], anonymous=anonymous,
    )  # fmt: skip
    session.add(round_)
    session.flush()
    for name, state in states.items():
        response = Response(
            organization_id=team.organization_id, round_id=round_.id, person_id=person(session, name).id,
            state="missed" if state in ("unreached", "late_to_ask") else state, close_at=CLOSED, due_step=None,
            prompt_at=CLOSED - timedelta(hours=8), due_at=None, submitted_at=CLOSED - timedelta(hours=1),
            reason={"unreached": announcements.UNREACHABLE, "late_to_ask": "too_late_to_ask"}.get(state, ""),
        )  # fmt: skip
        session.add(response)
        session.flush()
        if state == "submitted":
            answer = Answer(
                organization_id=team.organization_id, response_id=response.id, question=0, text=f"news of {name}",
                answered_at=CLOSED,
            )  # fmt: skip
            session.add(answer)
    session.flush()
    return round_


def reported(session: Session, round_: Round) -> dict[str, str]:
    """Account -> what the report there says."""
    exceptions.after_round(session, round_, session.get_one(Team, round_.team_id), CLOSED)
    return promised(session, f"exceptions:{round_.id}:")


def promised(session: Session, prefix: str) -> dict[str, str]:
    of_it = select(Delivery).where(col(Delivery.dedupe_key).startswith(prefix), Delivery.state == "pending")
    rows = session.exec(of_it.order_by(col(Delivery.id))).all()
    return {row.place_id: str(row.message["markup"]) for row in rows}


def away(session: Session, name: str, days: int = 1) -> None:
    who = person(session, name)
    absence = Absence(
        organization_id=who.organization_id, person_id=who.id, starts_on=TODAY,
        ends_on=TODAY + timedelta(days=days - 1), recorded_at=CLOSED,
    )  # fmt: skip
    session.add(absence)
    session.flush()


def test_every_lead_gets_it_in_his_language_and_nobody_else(session: Session) -> None:
    told = reported(session, ended(session, {"Bob": "missed", "Ana": "submitted", "Cy": "unreached"}))
    assert set(told) == {"U0GRACE", "U0GINA"}
    assert "no answer yet from Bob." in told["U0GRACE"]
    assert "Cy could not be asked" in told["U0GRACE"]
    assert "Ana" not in told["U0GRACE"]
    assert "no answer yet" not in told["U0GINA"]
    assert "Bob" in told["U0GINA"]


def test_with_nothing_to_say_it_is_not_sent(session: Session) -> None:
    assert not reported(session, ended(session, {"Bob": "submitted", "Ana": "away", "Cy": "late_to_ask"}))


def test_of_an_anonymous_round_nobody_is_named_nudged_or_seen(session: Session) -> None:
    round_ = ended(session, {"Bob": "missed", "Ana": "submitted"}, anonymous=True)
    assert not reported(session, round_)
    assert round_.react_due_at is None
    assert exceptions.nudge(session, round_, person(session, "Grace"), CLOSED) == []
    assert reactions.seen(session, round_, person(session, "Grace"), CLOSED) == []


def test_a_lead_who_is_away_gets_it_when_he_is_back_and_with_none_here_the_stewards_meanwhile(
    session: Session,
) -> None:
    away(session, "Grace")
    first = ended(session, {"Bob": "missed"})
    assert set(reported(session, first)) == {"U0GRACE", "U0GINA"}
    away(session, "Gina")
    for row in session.exec(select(Delivery)).all():
        session.delete(row)
    session.flush()
    assert set(reported(session, first)) == {"U0GRACE", "U0GINA", "U0HELEN"}
    due = {row.place_id: row.due_at for row in session.exec(select(Delivery)).all()}
    assert due["U0GRACE"] == instant(TODAY + timedelta(days=1), "09:00", ZONE)
    assert due["U0HELEN"] == CLOSED


def test_without_a_lead_the_stewards_get_it(session: Session) -> None:
    for row in session.exec(select(Membership).where(Membership.role == "lead")).all():
        session.delete(row)
    session.flush()
    assert set(reported(session, ended(session, {"Bob": "missed"}))) == {"U0HELEN"}


def test_a_nudge_reaches_the_silent_who_are_here_once(session: Session) -> None:
    person(session, "Bob").intensity = "light"
    away(session, "Ana")
    round_ = ended(session, {"Bob": "missed", "Ana": "missed", "Cy": "submitted"})
    reported(session, round_)
    grace = person(session, "Grace")
    assert exceptions.nudge(session, round_, grace, CLOSED) == ["Bob"]
    assert exceptions.nudge(session, round_, person(session, "Gina"), CLOSED) is None
    assert exceptions.nudged_by(session, round_) == "Grace"
    assert set(promised(session, "remind:")) == {"U0BOB"}
    assert "Grace" in promised(session, f"exceptions:{round_.id}:")["U0GINA"]


def test_two_leads_pressing_at_the_same_moment_nudge_once(database: Database, database_url: str) -> None:
    with database.transaction() as session:
        programme.apply(session, programme_file.read(PROGRAMME), CLOSED - timedelta(days=1))
        workspaces.connect(session, [("playground", "")])
        round_id = ended(session, {"Bob": "missed"}).id
    processes = [Database(database_url) for _ in range(4)]

    def press(process: Database, name: str) -> list[str] | None:
        with process.transaction() as session:
            return exceptions.nudge(session, session.get_one(Round, round_id), person(session, name), CLOSED)

    with ThreadPoolExecutor(len(processes)) as pool:
        answers = list(pool.map(press, processes, ["Grace", "Gina"] * 2))
    assert sorted(map(str, answers)) == ["None", "None", "None", "['Bob']"]
    with database.reading() as session:
        assert len(session.exec(select(AuditEntry).where(AuditEntry.verb == "round.nudged")).all()) == 1
    for process in processes:
        process.close()


def react(session: Session, days: int) -> dict[str, str]:
    now = CLOSED + timedelta(days=days)
    while reactions.ask_next(session, now):
        session.flush()
    return promised(session, "react:")


def test_the_leads_are_asked_once_after_their_working_days(session: Session) -> None:
    round_ = ended(session, {"Bob": "submitted", "Ana": "submitted", "Cy": "missed"})
    reported(session, round_)
    assert not react(session, 1)
    asked = react(session, 2)
    assert set(asked) == {"U0GRACE", "U0GINA"}
    assert "Bob: news of Bob" in asked["U0GRACE"]
    assert "Cy" not in asked["U0GRACE"]
    assert round_.react_due_at is None


def test_who_had_a_note_since_is_not_listed(session: Session) -> None:
    round_ = ended(session, {"Bob": "submitted", "Ana": "submitted"})
    reported(session, round_)
    coaching.write(session, person(session, "Gina"), person(session, "Bob"), "well done", "both", CLOSED)
    asked = react(session, 2)
    assert "Bob" not in asked["U0GRACE"]
    assert "Ana" in asked["U0GRACE"]


def test_leads_who_are_all_away_are_asked_when_the_first_is_back(session: Session) -> None:
    for name, days in (("Grace", 4), ("Gina", 12)):
        away(session, name, days)
    round_ = ended(session, {"Bob": "submitted"})
    reported(session, round_)
    assert not react(session, 3)
    assert round_.react_due_at == instant(date(2026, 11, 30), "17:30", ZONE)
    assert set(react(session, 7)) == {"U0GRACE"}


def test_seen_tells_each_once_and_not_who_wants_to_hear_little(session: Session) -> None:
    person(session, "Ana").intensity = "light"
    round_ = ended(session, {"Bob": "submitted", "Ana": "submitted"})
    assert reactions.seen(session, round_, person(session, "Grace"), CLOSED) == ["Ana", "Bob"]
    assert reactions.seen(session, round_, person(session, "Gina"), CLOSED) == []
    assert set(promised(session, "seen:")) == {"U0BOB"}
    assert not react(session, 30)


def test_the_steps_belong_to_the_clock() -> None:
    names = {step.__qualname__ + step.__module__ for step in scheduler.STEPS}
    assert {"look_nextservices.blockers", "ask_nextservices.reactions", "tell_nextservices.mornings"} <= names
