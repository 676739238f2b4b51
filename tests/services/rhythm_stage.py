"""A team with one check-in and a clock, without any platform: what the rhythm does is read from the tables."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

from sqlmodel import Session, col, select

import scheduler
from models.check_ins import Response, Round
from models.db import Database
from models.messages import Delivery
from models.organization import Person
from services import answers, programme, programme_file, rounds, workspaces
from services.question_kinds import Read

PROGRAMME = """
organization: {{name: Acme, time_zone: {zone}, locale: en, consent: elsewhere{organization}}}
people:
  - {{name: Ana, slack: U0ANA, time_zone: {ana}{person}}}
  - {{name: Bob, slack: U0BOB, work_days: [{work_days}]}}
  - {{name: Grace, slack: U0GRACE}}
teams:
  - name: Product
    leads: [Grace]
    members: [{members}]
    time_zone: {team_zone}
    off_day: {off_day}
    check_ins: [{check_ins}]
"""
CHECK_IN = (
    '{{name: {name}, rhythm: "{rhythm}", at: "{at}", closes_after: {closes_after}{more}, '
    "questions: [{{ask: {{en: {ask}}}}}]}}"
)
USUAL = {
    "zone": "Asia/Shanghai", "organization": "", "ana": "Asia/Shanghai", "person": "",
    "work_days": "mo, tu, we, th, fr", "members": "Ana, Bob", "team_zone": "Asia/Shanghai", "off_day": "skip",
}  # fmt: skip
USUAL_CHECK_IN = {
    "name": "Weekly", "rhythm": "FREQ=WEEKLY;BYDAY=MO", "at": "09:30", "closes_after": "PT8H", "ask": "What moved?",
    "more": "",
}  # fmt: skip
read = cache(programme_file.read)


def text(*check_ins: dict[str, str], **said: str) -> str:
    """The programme file, of the usual with what is said; without check-ins it has the usual one."""
    listed = ", ".join(CHECK_IN.format(**{**USUAL_CHECK_IN, **each}) for each in check_ins or ({},))
    return PROGRAMME.format(**{**USUAL, **said, "check_ins": listed})


class Rhythm:
    """`now` is UTC; "2026-11-23 09:30" means Shanghai."""

    def __init__(self, database: Database, starts: str, programme_text: str) -> None:
        self.database = database
        self.now = wall(starts)
        self.apply(programme_text)
        with database.transaction() as session:
            workspaces.connect(session, [("slack", "")])
        self.tick()

    def apply(self, programme_text: str) -> list[str]:
        with self.database.transaction() as session:
            return [str(change) for change in programme.apply(session, read(programme_text), self.now)]

    def tick(self) -> None:
        while scheduler.tick(self.database, self.now):
            pass

    def until(self, moment: str | datetime) -> None:
        """The metronome beats whenever something is due."""
        end = wall(moment) if isinstance(moment, str) else moment
        self.tick()
        while (following := scheduler.next_due(self.database, self.now)) is not None and following <= end:
            self.now = following
            self.tick()
        self.now = end

    def sleeps_until(self, moment: str) -> None:
        """Nothing beats until then."""
        self.now = wall(moment)
        self.tick()

    def answers(self, name: str, said: str = "shipped it") -> Response | None:
        """The last thing he can answer now, which is the one ahead; None: there is nothing."""
        with self.database.transaction() as session:
            person = session.exec(select(Person).where(Person.name == name)).one()
            able = rounds.open_for(session, person, self.now)
            if able:
                answers.save(session, able[-1], 0, Read(said), self.now)
                answers.submit(session, able[-1], person, self.now)
            return able[-1] if able else None

    def rounds(self) -> list[tuple[str, str, str]]:
        """(day, why not held, detail), by day."""
        with self.database.reading() as session:
            found = session.exec(select(Round).order_by(col(Round.on_date), col(Round.id))).all()
        return [(row.on_date.isoformat(), row.not_held, row.detail) for row in found]

    def held(self, until: str = "9999-12-31") -> list[str]:
        return [day for day, not_held, _ in self.rounds() if not not_held and day <= until]

    def part(self, name: str, on: str) -> tuple[str, str, str]:
        """(state, reason, detail) of this person's part in the Round of that day."""
        with self.database.reading() as session:
            row = _part(session, name, date.fromisoformat(on))
        return row.state, row.reason, row.detail

    def told(self, name: str) -> list[str]:
        """What was promised to this person, by key and words, in order."""
        with self.database.reading() as session:
            found = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        mine = [row for row in found if row.place_id == f"U0{name.upper()}"]
        return [f"{row.dedupe_key}: {row.message['markup']}" for row in mine]

    def prompts(self, name: str) -> list[str]:
        return [line for line in self.told(name) if line.startswith("prompt:")]


def _part(session: Session, name: str, on: date) -> Response:
    query = select(Response).join(Person, col(Person.id) == Response.person_id)
    query = query.join(Round, col(Round.id) == Response.round_id)
    return session.exec(query.where(Person.name == name, Round.on_date == on)).one()


def wall(moment: str) -> datetime:
    return (datetime.fromisoformat(moment) - timedelta(hours=8)).replace(tzinfo=UTC)
