"""`setup`: said in a channel it makes that channel the team's; said in private it shows who and what is missing."""

from collections.abc import Sequence
from typing import Any

from handlers import naming
from handlers.intents import Setup
from handlers.turn import Turn
from models.messages import Message
from models.organization import SPEAKS_FIRST, Team
from services import outbox, people, permissions, reach, workspaces
from services.render import render


def setup(turn: Turn, intent: Setup) -> None:
    teams = _set_up_by(turn)
    if not teams:
        turn.tell("no_team")
        return
    if turn.in_private and not intent.place:
        _show(turn, teams)
        return
    incoming = turn.incoming
    intent = intent if intent.place else Setup((incoming.platform, incoming.connection, incoming.place.id))
    team = _team_meant(turn, intent, teams)
    if team is not None:
        _bind(turn, intent, team)


def _set_up_by(turn: Turn) -> Sequence[Team]:
    """The teams whose channels this person may decide about: those he leads; all of them for owners and HR."""
    if permissions.is_steward(turn.person):
        return people.visible_teams(turn.session, turn.person)
    return people.teams_of(turn.session, turn.person, "lead")


def _team_meant(turn: Turn, intent: Setup, teams: Sequence[Team]) -> Team | None:
    if intent.team_id is None:
        return naming.one_team(turn, intent, teams)
    return next((team for team in teams if team.id == intent.team_id), None)


def _bind(turn: Turn, intent: Setup, team: Team) -> None:
    """What the channel reads names nobody; who is missing is told to the one who asked, in private."""
    platform, workspace, place = intent.place
    channel = reach.bind_channel(turn.session, team, platform, workspace, place, turn.person, turn.now)
    missing = reach.not_started(turn.session, team, channel.platform)
    facts = {
        "team": team.name,
        "platform": channel.platform,
        "speaks_first": channel.platform in SPEAKS_FIRST,
        "links": workspaces.start_links(turn.session, turn.organization.id) if channel.platform == "telegram" else {},
    }
    text = render(team.locale, "setup_here", missing=len(missing), **facts)
    to = outbox.address_of_channel(channel)
    outbox.post(turn.session, turn.now, to, Message(markup=text), f"set_up:{channel.id}:{turn.receipt_id}")
    turn.tell("setup_missing", names=[person.name for person in missing], **facts)


def _show(turn: Turn, teams: Sequence[Team]) -> None:
    turn.tell("setup_overview", teams=[_overview(turn, team) for team in teams])


def _overview(turn: Turn, team: Team) -> dict[str, Any]:
    accounts = reach.accounts_of(turn.session, team)
    return {
        "name": team.name,
        "channels": reach.all_channels_of(turn.session, team),
        "people": [(person.name, rows) for person, rows in accounts],
    }
