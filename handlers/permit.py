"""The `who` column of the table: may this person do this? None, or the message that says why not.

Each rule asks services/permissions.py about stored things. What a person may not see is answered as if it were not
there.
"""

from dataclasses import dataclass, field
from typing import Any

from handlers.intents import (
    Answer,
    Coach,
    Edit,
    Invite,
    Later,
    NewAction,
    Report,
    SaveDraft,
    Setup,
    ShowAction,
    Skip,
    SubmitForm,
    UpdateAction,
)
from handlers.turn import Turn
from models.check_ins import Response
from models.ledger import Action
from models.organization import Person
from services import coaching, ledger, people, permissions

OfAResponse = Answer | SubmitForm | SaveDraft | Report | Edit | Later | Skip


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


def who_moves_the_action(turn: Turn, intent: UpdateAction) -> Refusal | None:
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


def who_coaches(turn: Turn, _intent: Coach) -> Refusal | None:
    """Whom he may coach is asked again once it is known whom he means."""
    return None if _has_people(turn) else Refusal("coaching_not_allowed")


def who_invites(turn: Turn, _intent: Invite) -> Refusal | None:
    """Whom he may invite is asked again once it is known whom he means."""
    return None if _has_people(turn) else Refusal("invite_not_allowed")


def who_sets_up(turn: Turn, _intent: Setup) -> Refusal | None:
    """Leads for their teams, stewards for all."""
    return None if _has_people(turn) else Refusal("setup_not_allowed")


def _has_people(turn: Turn) -> bool:
    return permissions.is_steward(turn.person) or bool(people.teams_of(turn.session, turn.person, "lead"))
