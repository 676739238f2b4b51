"""`whynot @x`: why somebody was or was not asked, from what was recorded when it was decided."""

from dataclasses import replace

from handlers import naming
from handlers.intents import WhyNot
from handlers.turn import Turn
from models.organization import Person
from services import calendar, decisions, people, permissions


def why_not(turn: Turn, intent: WhyNot) -> None:
    """About oneself always; leads about their people, stewards about everybody; anybody else is as if nobody."""
    if len(intent.who) > 1:
        for name in reversed(intent.who):
            turn.again(replace(intent, who=(name,)))
        return
    person = turn.person if not intent.who else naming.resolve(turn, WhyNot(), "who", intent.who[0])
    if person is None:
        return
    if not _may_ask(turn, person):
        turn.ask(WhyNot(), "who", "person_unknown", name=intent.who[0])
        return
    _tell(turn, person)


def _may_ask(turn: Turn, person: Person) -> bool:
    if person.id == turn.person.id or permissions.is_steward(turn.person):
        return True
    led = {team.id for team in people.teams_of(turn.session, turn.person, "lead")}
    return any(team.id in led for team in people.teams_of(turn.session, person))


def _tell(turn: Turn, person: Person) -> None:
    """Why somebody is away he alone is told; others read that he is."""
    own = person.id == turn.person.id
    today = calendar.local_date(turn.now, person.time_zone)
    turn.tell(
        "whynot",
        name=person.name,
        own=own,
        decisions=decisions.last(turn.session, person, today),
        standings=decisions.standings(turn.session, person, today),
        away=people.absence_on(turn.session, person.id, today),
        teams=decisions.teams_of(turn.session, person),
        unreached=decisions.reach_of(turn.session, person),
        agreed=person.consented_at is not None,
        next_at=decisions.next_asked(turn.session, person, turn.now),
        time_zone=person.time_zone,
    )
