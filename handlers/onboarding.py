"""`setup`: said in a channel it makes that channel the team's; said in private it shows what is set up and what may be
changed, or leads through the first set-up where there is nothing yet.
"""

from collections.abc import Sequence
from typing import Any

from handlers import naming, wizard, wizard_settings
from handlers.intents import ChangeSetting, SetOwners, Setup
from handlers.turn import Turn
from models.organization import SPEAKS_FIRST, Team
from services import outbox, owners, people, permissions, reach, set_up, workspaces
from services.set_up import Plan

NEW_TEAM, OWNERS = -1, -2
"""What stands for no team in the choice of teams."""
ENOUGH_OWNERS = 2


def setup(turn: Turn, intent: Setup) -> None:
    incoming = turn.incoming
    if not turn.in_private and not intent.place:
        intent = Setup((incoming.platform, incoming.connection, incoming.place.id))
    if intent.team_id in (NEW_TEAM, OWNERS):
        _beyond_teams(turn, intent)
    elif intent.team_id is None and wizard.resume(turn, _place(intent) if intent.place else None):
        return
    elif intent.place:
        _in_channel(turn, intent)
    elif intent.team_id is not None:
        turn.again(ChangeSetting(team_id=intent.team_id))
    else:
        _in_private(turn)


def _beyond_teams(turn: Turn, intent: Setup) -> None:
    """What only stewards are offered; asked for again by who may."""
    if intent.team_id == OWNERS:
        turn.again(SetOwners())
    elif not permissions.is_steward(turn.person):
        turn.tell("settings_not_allowed")
    else:
        wizard.begin(turn, Plan(new=True, place=_place(intent) if intent.place else None))


def _in_private(turn: Turn) -> None:
    teams = _set_up_by(turn)
    if not teams:
        warn_lonely_owner(turn)
        wizard.begin(turn, Plan())
        return
    turn.tell("setup_overview", teams=[_overview(turn, team) for team in teams])
    warn_lonely_owner(turn)
    if len(teams) == 1 and not permissions.is_steward(turn.person):
        wizard_settings.menu(turn, ChangeSetting(team_id=teams[0].id), teams[0], with_people=False)
    else:
        turn.ask(Setup(), "team_id", "setup_which", options=_choices(turn, teams), takes_text=False)


def _choices(turn: Turn, teams: Sequence[Team]) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = [{"value": team.id, "text": team.name} for team in teams[: wizard.MOST_TEAMS]]
    options += [{"value": NEW_TEAM, "key": "new_team"}] if permissions.is_steward(turn.person) else []
    return options + ([{"value": OWNERS, "key": "owners"}] if turn.person.role == "owner" else [])


def warn_lonely_owner(turn: Turn) -> None:
    """One owner can leave, and then nobody may set anything up."""
    rows = owners.owners_of(turn.session, turn.organization.id)
    if turn.person.role == "owner" and len(rows) < ENOUGH_OWNERS:
        turn.tell("owner_alone")


def _set_up_by(turn: Turn) -> Sequence[Team]:
    """The teams whose channels this person may decide about: those he leads; all of them for owners and HR."""
    if permissions.is_steward(turn.person):
        return people.visible_teams(turn.session, turn.person)
    return people.teams_of(turn.session, turn.person, "lead")


def _in_channel(turn: Turn, intent: Setup) -> None:
    teams = _set_up_by(turn)
    if not teams:
        wizard.begin(turn, Plan(place=_place(intent)))
        return
    team = _team_meant(turn, intent, teams)
    if team is not None:
        _bind(turn, intent, team)


def _place(intent: Setup) -> tuple[str, str, str]:
    platform, workspace, place = intent.place
    return platform, workspace, place


def _team_meant(turn: Turn, intent: Setup, teams: Sequence[Team]) -> Team | None:
    """Stewards may also mean a team that is not there yet, unless this channel is some team's already."""
    if intent.team_id is not None:
        return next((team for team in teams if team.id == intent.team_id), None)
    here = [team for team in teams if team.id in turn.teams_here()]
    if here or not permissions.is_steward(turn.person):
        return naming.one_team(turn, intent, teams)
    options = [each for each in _choices(turn, teams) if each["value"] != OWNERS]
    turn.ask(intent, "team_id", "setup_which", options=options, takes_text=False)
    return None


def _bind(turn: Turn, intent: Setup, team: Team) -> None:
    """What the channel reads names nobody; who is missing is told to the one who asked, in private."""
    channel = reach.bind_channel(turn.session, team, *_place(intent), turn.person, turn.now)
    wizard.greet_channel(turn, team, channel.platform, outbox.address_of_channel(channel))
    missing = reach.not_started(turn.session, team, channel.platform)
    turn.tell(
        "setup_missing",
        names=[person.name for person in missing],
        team=team.name,
        platform=channel.platform,
        speaks_first=channel.platform in SPEAKS_FIRST,
        links=workspaces.start_links(turn.session, turn.organization.id) if channel.platform == "telegram" else {},
    )
    if not set_up.check_ins_of(turn.session, team):
        wizard.begin(turn, Plan(team_id=team.id, team=team.name, place=_place(intent)), "people")


def _overview(turn: Turn, team: Team) -> dict[str, Any]:
    accounts = reach.accounts_of(turn.session, team)
    return {
        "name": team.name,
        "channels": reach.all_channels_of(turn.session, team),
        "people": [(person.name, rows, person.consented_at is not None) for person, rows in accounts],
    }
