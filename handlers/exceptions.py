"""What needs the lead, in chat: the report on demand, and its one button for each list; and answering who answered."""

from collections.abc import Sequence

from handlers import naming
from handlers.intents import AddBehind, Exceptions, Nudge, Seen
from handlers.one_on_ones import ask_when
from handlers.turn import Turn
from models.check_ins import Round
from models.organization import Person, Team
from services import agendas, exceptions, one_on_ones, people, permissions, reactions


def show(turn: Turn, intent: Exceptions) -> None:
    """Private, wherever it was asked."""
    team = _team(turn, intent)
    if team is None:
        return
    report = exceptions.collect(turn.session, team, exceptions.newest_round(turn.session, team.id), turn.now)
    turn.show(exceptions.message_of(turn.session, report, turn.person, turn.now))


def _team(turn: Turn, intent: Exceptions | AddBehind) -> Team | None:
    teams = _led(turn)
    if intent.team_id is not None:
        return next((team for team in teams if team.id == intent.team_id), None)
    return naming.one_team(turn, intent, teams) if teams else None


def _led(turn: Turn) -> Sequence[Team]:
    led = people.teams_of(turn.session, turn.person, "lead")
    return led or (people.visible_teams(turn.session, turn.person) if permissions.is_steward(turn.person) else [])


def nudge(turn: Turn, intent: Nudge) -> None:
    round_ = _round_to_nudge(turn, intent)
    names = exceptions.nudge(turn.session, round_, turn.person, turn.now) if round_ else []
    used_by = exceptions.nudged_by(turn.session, round_) if round_ and names is None else ""
    turn.tell("nudged", names=names or [], used_by=used_by)


def _round_to_nudge(turn: Turn, intent: Nudge) -> Round | None:
    """The one of the button, or the newest of one's teams in which somebody is silent."""
    if intent.round_id is not None:
        return turn.session.get(Round, intent.round_id)
    newest = [exceptions.newest_round(turn.session, team.id) for team in _led(turn)]
    rounds = sorted((each for each in newest if each is not None), key=lambda each: each.id, reverse=True)
    return next((each for each in rounds if exceptions.silent_of(turn.session, each)), None)


def add_behind(turn: Turn, intent: AddBehind) -> None:
    """Everything behind in the team becomes a point of the next 1:1 with its owner; one's own is left out."""
    team = _team(turn, intent)
    if team is None:
        return
    behind = exceptions.collect(turn.session, team, None, turn.now).behind
    actions = [action for action, _ in behind if action.owner_id != turn.person.id]
    unplanned = one_on_ones.add_behind(turn.session, turn.person, actions, turn.now)
    items = [f"#{action.number} {action.title}" for action in actions]
    turn.tell("behind_added", items=items, unplanned=[person.name for person in unplanned])
    owners = {action.owner_id: turn.session.get_one(Person, action.owner_id) for action in actions}
    talks = [one_on_ones.of_two(turn.session, turn.person, owner) for owner in owners.values()]
    turn.session.flush()
    for talk in (talk for talk in talks if talk is not None):
        agendas.refresh(turn.session, talk, turn.now)
    ask_when(turn, [one_on_ones.made(turn.session, turn.person, person) for person in unplanned])


def seen(turn: Turn, intent: Seen) -> None:
    """Tells nobody's text, only that it was read."""
    ids = [team.id for team in _led(turn)]
    round_ = turn.session.get(Round, intent.round_id) if intent.round_id else None
    round_ = round_ or reactions.waiting_round(turn.session, ids, turn.person)
    names = reactions.seen(turn.session, round_, turn.person, turn.now) if round_ else []
    turn.tell("seen_told", names=names)
