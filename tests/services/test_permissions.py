"""Who may do what, as one table of roles and rules."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session, select

from models.coaching import VISIBILITIES, CoachingNote
from models.db import Database
from models.ledger import Action
from models.organization import Person
from services import ledger, people, permissions, programme, programme_file

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
ROLES = ("owner", "hr", "lead", "member", "observer", "outsider")
PROGRAMME = """
organization: {name: Acme, consent: elsewhere}
people:
  - {name: owner, role: owner}
  - {name: hr, role: hr}
  - {name: lead}
  - {name: member}
  - {name: colleague}
  - {name: observer}
  - {name: outsider}
  - {name: outlead}
teams:
  - {name: Product, leads: [lead], members: [member, colleague], observers: [observer]}
  - {name: Elsewhere, leads: [outlead], members: [outsider]}
"""


class Stand:
    """The people by their part, the team they meet in, and an action of the colleague's in it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        programme.apply(session, programme_file.read(PROGRAMME), NOW)
        self.people = {person.name: person for person in session.exec(select(Person)).all()}
        team, elsewhere = people.team_named(session, "Product"), people.team_named(session, "Elsewhere")
        assert team is not None
        assert elsewhere is not None
        self.team, self.elsewhere = team.id, elsewhere.id
        self.action = self.owned_by("colleague")

    def owned_by(self, name: str) -> Action:
        draft = ledger.Draft(self.team, "title", self.people[name], date(2026, 12, 4), "measure")
        return ledger.add(self.session, draft, self.people["lead"], NOW)


@pytest.fixture
def stand(database: Database) -> Iterator[Stand]:
    with database.transaction() as session:
        yield Stand(session)


Rule = Callable[[Stand, Person], bool]
RULES: dict[str, Rule] = {
    "runs the programme": lambda at, it: permissions.is_steward(it),
    "sees the team": lambda at, it: permissions.sees_team(at.session, it, at.team),
    "leads the team": lambda at, it: permissions.leads(at.session, it, at.team),
    "moves a colleague's action": lambda at, it: permissions.moves_action(at.session, it, at.action),
    "moves his own action": lambda at, it: permissions.moves_action(at.session, it, at.owned_by(it.name)),
    "adds actions": lambda at, it: permissions.adds_actions(at.session, it, at.team),
    "coaches a colleague": lambda at, it: permissions.coaches(at.session, it, at.people["colleague"]),
    "coaches himself": lambda at, it: permissions.coaches(at.session, it, it),
}
ALLOWED = {
    "runs the programme": {"owner", "hr"},
    "sees the team": {"owner", "hr", "lead", "member", "observer"},
    "leads the team": {"lead"},
    "moves a colleague's action": {"owner", "hr", "lead"},
    "moves his own action": {"owner", "hr", "lead", "member", "outsider"},
    "adds actions": {"owner", "hr", "lead", "member"},
    "coaches a colleague": {"owner", "hr", "lead"},
    "coaches himself": set[str](),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_allows_exactly_these_roles(stand: Stand, rule: str) -> None:
    allowed = {role for role in ROLES if RULES[rule](stand, stand.people[role])}
    assert allowed - {"observer"} == ALLOWED[rule] - {"observer"}
    if rule != "moves his own action":
        assert allowed == ALLOWED[rule]


def test_leading_one_team_gives_no_say_in_another(stand: Stand) -> None:
    stranger = stand.people["outlead"]
    assert permissions.leads(stand.session, stranger, stand.elsewhere)
    assert not any(RULES[rule](stand, stranger) for rule in RULES if rule not in ("moves his own action",))


def test_a_lead_coaches_the_people_of_his_own_teams_only(stand: Stand) -> None:
    lead = stand.people["lead"]
    assert permissions.coaches(stand.session, lead, stand.people["member"])
    assert not permissions.coaches(stand.session, lead, stand.people["outsider"])


READERS = {"both": {"coach", "person"}, "me": {"coach"}, "hr": {"coach", "person", "hr"}}


@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_a_note_is_read_by_those_its_visibility_names_and_by_nobody_else(stand: Stand, visibility: str) -> None:
    note = CoachingNote(
        organization_id=stand.people["lead"].organization_id,
        coach_id=stand.people["lead"].id,
        person_id=stand.people["member"].id,
        text="x",
        visibility=visibility,
        written_at=NOW,
    )
    parts = {"lead": "coach", "member": "person"}
    readers = {
        parts.get(name, name) for name, it in stand.people.items() if permissions.sees_note(stand.session, it, note)
    }
    assert readers == READERS[visibility]


def test_hr_of_another_organization_reads_nothing(stand: Stand) -> None:
    hr = stand.people["hr"]
    note = CoachingNote(
        organization_id=hr.organization_id + 1,
        coach_id=0,
        person_id=0,
        text="x",
        visibility="hr",
        written_at=NOW,
    )
    assert not permissions.sees_note(stand.session, hr, note)
