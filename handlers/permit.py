"""The `who` column of the table: may this person do this? None, or the message that says why not.

Each rule asks services/permissions.py about stored things. What a person may not see is answered as if it were not
there.
"""

from dataclasses import dataclass, field
from typing import Any

from handlers.intents import (
    AddBehind,
    Answer,
    AwayIn,
    Behind,
    ChangeSetting,
    Coach,
    Edit,
    Exceptions,
    Export,
    Invite,
    Later,
    MoveBlocker,
    NewAction,
    NotOff,
    Nudge,
    OnlyLead,
    Report,
    Same,
    SaveDraft,
    Seen,
    SetOwners,
    SetUp,
    Setup,
    ShowAction,
    Skip,
    SubmitForm,
    UpdateAction,
    Withdraw,
)
from handlers.turn import Turn
from models.check_ins import Response, Round
from models.ledger import Action, Blocker
from models.organization import Person, Team
from services import absences, blockers, changes, coaching, ledger, people, permissions

WHICH = 0
"""A blocker's number that is still to be asked for."""
OfAResponse = Answer | SubmitForm | SaveDraft | Report | Edit | Later | Skip | Same | OnlyLead | Withdraw


@dataclass(frozen=True)
class Refusal:
    """A template and its values."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)


def everyone(_turn: Turn, _intent: object) -> Refusal | None:
    """Everyone on a roster. Strangers never come this far."""
    return None


def who_sees_the_action(turn: Turn, intent: ShowAction | UpdateAction) -> Refusal | None:
    action = visible_action(turn, intent.number)
    return None if action else Refusal("action_unknown", {"number": intent.number})


def who_moves_the_action(turn: Turn, intent: UpdateAction | Behind) -> Refusal | None:
    action = visible_action(turn, intent.number)
    if action is None:
        return Refusal("action_unknown", {"number": intent.number})
    if permissions.moves_action(turn.session, turn.person, action):
        return None
    owner = turn.session.get_one(Person, action.owner_id)
    return Refusal("action_not_yours", {"number": action.number, "owner": owner.name})


def visible_action(turn: Turn, number: int) -> Action | None:
    """Another team's action is answered like one that does not exist."""
    action = ledger.by_number(turn.session, turn.organization.id, number)
    if action is None or not permissions.sees_team(turn.session, turn.person, action.team_id):
        return None
    return action


def who_moves_the_blocker(turn: Turn, intent: MoveBlocker) -> Refusal | None:
    """Another team's is answered like one that does not exist; a team mate may look."""
    if intent.number == WHICH:
        return None
    blocker = visible_blocker(turn, intent.number)
    if blocker is None:
        return Refusal("blocker_unknown", {"number": intent.number})
    looks = intent.status is None and not intent.note and turn.incoming.kind != "press"
    if looks or permissions.moves_blocker(turn.session, turn.person, blocker):
        return None
    name = turn.session.get_one(Person, blocker.person_id).name
    return Refusal("blocker_not_yours", {"number": blocker.number, "name": name})


def visible_blocker(turn: Turn, number: int) -> Blocker | None:
    blocker = blockers.by_number(turn.session, turn.organization.id, number)
    if blocker is None or not permissions.sees_blocker(turn.session, turn.person, blocker):
        return None
    return blocker


def who_leads_the_round(turn: Turn, intent: Nudge | Seen) -> Refusal | None:
    """Its team's leads, and stewards; without an id the handler looks for a Round of the person's teams."""
    if intent.round_id is None:
        return None if _has_people(turn) else Refusal("leads_only")
    round_ = turn.session.get(Round, intent.round_id)
    return None if round_ is not None and _leads(turn, round_.team_id) else Refusal("question_over")


def who_leads(turn: Turn, intent: Exceptions | AddBehind | Export) -> Refusal | None:
    """Leads for their teams, stewards for all."""
    if intent.team_id is None:
        return None if _has_people(turn) else Refusal("leads_only")
    return None if _leads(turn, intent.team_id) else Refusal("question_over")


def _leads(turn: Turn, team_id: int) -> bool:
    ours = any(team.id == team_id for team in people.visible_teams(turn.session, turn.person))
    return ours and (permissions.is_steward(turn.person) or permissions.leads(turn.session, turn.person, team_id))


def whose_response_it_is(turn: Turn, intent: OfAResponse) -> Refusal | None:
    """Only the person asked answers; without an id the handler looks for the person's own."""
    if intent.response_id is None:
        return None
    response = turn.session.get(Response, intent.response_id)
    return None if response is not None and response.person_id == turn.person.id else Refusal("question_over")


def who_adds_actions(turn: Turn, intent: NewAction) -> Refusal | None:
    if intent.from_note_id is not None and not _wrote_the_note(turn, intent.from_note_id):
        return Refusal("question_over")
    teams = people.visible_teams(turn.session, turn.person)
    if not teams:
        return Refusal("no_team")
    if any(permissions.adds_actions(turn.session, turn.person, team.id) for team in teams):
        return None
    return Refusal("not_for_observers")


def _wrote_the_note(turn: Turn, note_id: int) -> bool:
    note = coaching.by_id(turn.session, note_id)
    return note is not None and note.coach_id == turn.person.id


def who_coaches(turn: Turn, intent: Coach) -> Refusal | None:
    """Whom he may coach is asked again once it is known whom he means. A note he wrote stays his own, whomever he leads
    now."""
    if intent.note_id is not None:
        return None if _wrote_the_note(turn, intent.note_id) else Refusal("question_over")
    return None if _has_people(turn) else Refusal("coaching_not_allowed")


def who_invites(turn: Turn, _intent: Invite) -> Refusal | None:
    """Whom he may invite is asked again once it is known whom he means."""
    return None if _has_people(turn) else Refusal("invite_not_allowed")


def who_sets_up(turn: Turn, _intent: Setup) -> Refusal | None:
    """Leads for their teams, stewards for all."""
    return None if _has_people(turn) else Refusal("setup_not_allowed")


def who_founds(turn: Turn, intent: SetUp) -> Refusal | None:
    """A team that is there: its leads and stewards. A new one: stewards. Asked again at each step."""
    if intent.plan.get("team_id"):
        return who_changes_settings(turn, ChangeSetting(team_id=intent.plan["team_id"]))
    may = _has_people(turn) if intent.step == "team" else permissions.is_steward(turn.person)
    return None if may else Refusal("settings_not_allowed")


def who_changes_settings(turn: Turn, intent: ChangeSetting) -> Refusal | None:
    team = turn.session.get(Team, intent.team_id)
    may = team is not None and team.active and changes.may_change(turn.session, turn.person, team)
    return None if may else Refusal("settings_not_allowed")


def who_owns(turn: Turn, _intent: SetOwners) -> Refusal | None:
    return None if turn.person.role == "owner" else Refusal("settings_not_allowed")


def whose_absence_it_is(turn: Turn, intent: NotOff) -> Refusal | None:
    """Only who is away says that he is not."""
    absence = absences.by_id(turn.session, intent.absence_id)
    return None if absence is not None and absence.person_id == turn.person.id else Refusal("question_over")


def who_narrows_the_absence(turn: Turn, intent: AwayIn) -> Refusal | None:
    """Who is away, and who recorded it."""
    absence = absences.by_id(turn.session, intent.absence_id)
    known = absence is not None and turn.person.id in (absence.person_id, absence.recorded_by_id)
    return None if known else Refusal("question_over")


def _has_people(turn: Turn) -> bool:
    return permissions.is_steward(turn.person) or bool(people.teams_of(turn.session, turn.person, "lead"))
