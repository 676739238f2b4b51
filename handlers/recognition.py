"""Thanks in chat: whom, for what, a look at what is about to be posted, and then the post."""

from collections.abc import Sequence
from dataclasses import replace

from handlers import naming, undoing
from handlers.intents import Thanks
from handlers.turn import Turn
from models.organization import Person, Team
from services import gratitude, people, recognitions
from services.limits import PUBLIC_THANKS, UNDO_WINDOW

DECISIONS = ("post", "private", "edit")


def thanks(turn: Turn, intent: Thanks) -> None:
    if not intent.who:
        turn.ask(intent, "who", "ask_thanks_who")
        return
    honoured = _honoured(turn, intent)
    if honoured is None:
        return
    if not honoured:
        turn.reply("thanks_not_yourself")
        return
    team = _team(turn, intent, honoured)
    if team is not None:
        settled = tuple(naming.by_id(person) for person in honoured)
        _finish(turn, replace(intent, who=settled, team_id=team.id), honoured, team)


def _honoured(turn: Turn, intent: Thanks) -> list[Person] | None:
    """Everyone meant but the giver himself; None while one of them has to be asked about."""
    honoured: list[Person] = []
    for position, name in enumerate(intent.who):
        others = intent.who[:position] + intent.who[position + 1 :]
        found = turn.mentioned_as(name) or _one(naming.resolve(turn, replace(intent, who=others), "who", name))
        if not found:
            return None
        honoured += [person for person in found if person not in honoured]
    return [person for person in honoured if person.id != turn.person.id]


def _one(person: Person | None) -> list[Person]:
    return [person] if person else []


def _team(turn: Turn, intent: Thanks, honoured: Sequence[Person]) -> Team | None:
    shared = people.shared_teams(turn.session, turn.person, honoured[0])
    if intent.team_id is not None:
        return next((team for team in shared if team.id == intent.team_id), None)
    if not shared:
        turn.tell("no_shared_team", name=honoured[0].name)
        return None
    return naming.one_team(turn, intent, shared)


def _finish(turn: Turn, intent: Thanks, honoured: Sequence[Person], team: Team) -> None:
    names = [person.name for person in honoured]
    if not intent.text or intent.decision == "edit":
        turn.ask(replace(intent, text=None, decision=None), "text", "ask_thanks_reason", names=names)
    elif intent.decision is None or _too_many(turn, intent):
        _preview(turn, replace(intent, decision=None), names, team)
    else:
        _give(turn, intent, honoured, team)


def _too_many(turn: Turn, intent: Thanks) -> bool:
    return intent.decision == "post" and gratitude.next_public_at(turn.session, turn.person, turn.now) is not None


def _preview(turn: Turn, intent: Thanks, names: Sequence[str], team: Team) -> None:
    """Who posted thanks very often lately can still give them in private, and is told from when on in public."""
    next_at = gratitude.next_public_at(turn.session, turn.person, turn.now)
    words = [word for word in DECISIONS if word != "post" or next_at is None]
    turn.ask(
        intent, "decision", "thanks_preview", options=[{"value": word, "key": word} for word in words],
        takes_text=False, names=names, team=team.name, text=intent.text, values=intent.values,
        evidence=intent.evidence, next_at=next_at, time_zone=turn.person.time_zone, most=PUBLIC_THANKS[0],
    )  # fmt: skip


def _give(turn: Turn, intent: Thanks, honoured: Sequence[Person], team: Team) -> None:
    draft = recognitions.Draft(
        team=team,
        honoured=honoured,
        text=intent.text or "",
        values=intent.values,
        evidence=intent.evidence,
        public=intent.decision == "post",
    )
    recognitions.give(turn.session, turn.person, draft, turn.now)
    gratitude.tell_of_a_swap(turn.session, turn.person, honoured, turn.now)
    turn.tell(
        "thanks_given",
        *undoing.button(turn),
        public=draft.public,
        team=team.name,
        names=[person.name for person in honoured],
        unthanked=gratitude.unthanked(turn.session, turn.person, turn.now),
        undo_until=turn.now + UNDO_WINDOW,
        time_zone=turn.person.time_zone,
    )
