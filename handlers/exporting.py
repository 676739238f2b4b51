"""`export`: a team's data as two files, for its leads and the stewards, in private."""

import base64
import json

from handlers import naming
from handlers.intents import Export
from handlers.turn import Turn
from models.messages import Attachment, Message
from models.organization import Team
from services import export, outbox, people, permissions
from services.render import render


def export_(turn: Turn, intent: Export) -> None:
    team = _team(turn, intent)
    if team is None:
        return
    data = export.collect(turn.session, team, None, with_notes=False)
    day = turn.today.isoformat()
    files = {f"team-{team.id}-{day}.json": json.dumps(data, ensure_ascii=False, indent=2)}
    files[f"team-{team.id}-{day}.csv"] = export.as_csv(data)
    for name, content in files.items():
        _send(turn, team, name, content)


def _team(turn: Turn, intent: Export) -> Team | None:
    teams = people.teams_of(turn.session, turn.person, "lead")
    if permissions.is_steward(turn.person):
        teams = people.visible_teams(turn.session, turn.person)
    if intent.team_id is not None:
        return next((team for team in teams if team.id == intent.team_id), None)
    return naming.one_team(turn, intent, teams)


def _send(turn: Turn, team: Team, name: str, content: str) -> None:
    """Each file is a message of its own: where a platform takes one file at a time, nothing is left out."""
    attachment = Attachment(name=name, content=base64.b64encode(content.encode()).decode())
    message = Message(markup=render(turn.locale, "exported", team=team.name, file=name), attachment=attachment)
    outbox.post(turn.session, turn.now, turn.own_address(), message, f"export:{turn.receipt_id}:{name}")
