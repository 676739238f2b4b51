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
        options = [{"value": by_id(person), "text": text} for person, text in _told_apart(turn, found)]
        turn.ask(intent, slot, "ask_which_person", options=options, takes_text=False, name=written)
    return None


def _told_apart(turn: Turn, namesakes: Sequence[Person]) -> list[tuple[Person, str]]:
    """People of one name are known by their teams; within one team by their accounts."""
    labels = [f"{person.name} · {_teams(turn, person)}" for person in namesakes]
    if len(set(labels)) < len(labels):
        labels = [f"{label} · {_account(turn, person)}" for person, label in zip(namesakes, labels, strict=True)]
    return list(zip(namesakes, labels, strict=True))


def _teams(turn: Turn, person: Person) -> str:
    return ", ".join(team.name for team in people.teams_of(turn.session, person))


def _account(turn: Turn, person: Person) -> str:
    incoming = turn.incoming
    identity = people.identity_on(turn.session, person.id, incoming.platform, incoming.connection)
    return identity.external_id if identity else str(person.id)


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
