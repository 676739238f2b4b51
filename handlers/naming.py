"""Who is meant by a written name: asked back when nobody, or more than one, can be."""

from collections.abc import Sequence

from handlers.intents import Intent
from handlers.turn import Turn
from models.organization import Person, Team
from services import people


def resolve(turn: Turn, intent: Intent, slot: str, written: str) -> Person | None:
    """The one person meant; else None, and the question is asked. `intent` is what to keep: without that name."""
    found = turn.named(written)
    if len(found) == 1:
        return found[0]
    if not found:
        turn.ask(intent, slot, "person_unknown", name=written)
    else:
        options = [{"value": by_id(person), "text": _told_apart(turn, person)} for person in found]
        turn.ask(intent, slot, "ask_which_person", options=options, takes_text=False, name=written)
    return None


def _told_apart(turn: Turn, person: Person) -> str:
    """People of one name are known by their teams."""
    teams = ", ".join(team.name for team in people.teams_of(turn.session, person))
    return f"{person.name} · {teams}" if teams else person.name


def by_id(person: Person) -> str:
    """A name nobody else can bear, for an answer that was a button."""
    return f"id:{person.id}"


def one_team(turn: Turn, intent: Intent, teams: Sequence[Team]) -> Team | None:
    """The only team, or the one whose channel this was said in; else None, and the question is asked."""
    here = [team for team in teams if team.id in turn.teams_here()]
    candidates = here or list(teams)
    if len(candidates) == 1:
        return candidates[0]
    options = [{"value": team.id, "text": team.name} for team in candidates]
    turn.ask(intent, "team_id", "ask_team", options=options, takes_text=False)
    return None
