"""Blockers in chat: look at them, take one on, say how it goes, say that it is out of the way."""

from collections.abc import Sequence

from handlers import undoing
from handlers.intents import Blockers, MoveBlocker
from handlers.permit import WHICH, visible_blocker
from handlers.turn import Turn
from models.ledger import Action, Blocker
from services import blocker_words, blockers, ledger, people, permissions

MOST_SHOWN = 20
MOST_CHOICES = 8


def show_all(turn: Turn, _intent: Blockers) -> None:
    """One's own, and those of the teams one leads; private, wherever it was asked."""
    near = _near(turn)[:MOST_SHOWN]
    turn.tell("blockers", blockers=[blocker_words.facts(turn.session, each, turn.now) for each in near])


def _near(turn: Turn) -> Sequence[Blocker]:
    led = people.teams_of(turn.session, turn.person, "lead")
    teams = people.visible_teams(turn.session, turn.person) if permissions.is_steward(turn.person) else led
    return blockers.open_near(turn.session, turn.person, [team.id for team in teams])


def move(turn: Turn, intent: MoveBlocker) -> None:
    if intent.number == WHICH:
        _ask_which(turn, intent)
        return
    blocker = visible_blocker(turn, intent.number)
    assert blocker is not None
    if intent.status is not None:
        _change_state(turn, blocker, intent)
    elif intent.note:
        blockers.note(turn.session, blocker, turn.person, intent.note, turn.now)
        _reply(turn, blocker, "noted")
    elif turn.incoming.kind == "press":
        topic = f"{intent.name}:{blocker.number}"
        turn.ask(intent, "note", "ask_blocker_note", topic=topic, number=blocker.number, name=_raiser(turn, blocker))
    else:
        card = blocker_words.facts(turn.session, blocker, turn.now)
        turn.reply("blocker_card", *blocker_words.buttons(blocker, turn.person), why="", **card)


def _ask_which(turn: Turn, intent: MoveBlocker) -> None:
    waiting = [each for each in _near(turn) if each.state == "raised"][:MOST_CHOICES]
    if not waiting:
        turn.tell("blockers", blockers=[])
        return
    options = [{"value": each.number, "text": _short(turn, each)} for each in waiting]
    turn.ask(intent, "number", "ask_which_blocker", options=options, takes_text=False)


def _short(turn: Turn, blocker: Blocker) -> str:
    return f"B{blocker.number} {_raiser(turn, blocker)}: {blocker.text}"


def _change_state(turn: Turn, blocker: Blocker, intent: MoveBlocker) -> None:
    moved = _acknowledge(turn, blocker) if intent.status == "acknowledged" else _resolve(turn, blocker, intent)
    if not moved:
        who = blocker_words.facts(turn.session, blocker, turn.now)["who"]
        turn.reply("blocker_was_so", number=blocker.number, state=blocker.state, who=who)
        return
    if intent.note and intent.status == "acknowledged":
        blockers.note(turn.session, blocker, turn.person, intent.note, turn.now)
    _reply(turn, blocker, str(intent.status))


def _acknowledge(turn: Turn, blocker: Blocker) -> bool:
    return blockers.acknowledge(turn.session, blocker, turn.person, turn.now)


def _resolve(turn: Turn, blocker: Blocker, intent: MoveBlocker) -> bool:
    """The item that was blocked by it goes on, which ends the blocker too; and one undo takes both back."""
    action = turn.session.get(Action, blocker.action_id) if blocker.action_id else None
    if blocker.state == "resolved" or action is None or action.state != "blocked":
        return blockers.resolve(turn.session, blocker, turn.person, intent.note or "", turn.now)
    change = ledger.Move(state="in_progress", note=intent.note or "")
    ledger.move(turn.session, action, turn.person, change, turn.now)
    turn.session.refresh(blocker)
    return True


def _reply(turn: Turn, blocker: Blocker, step: str) -> None:
    action = turn.session.get(Action, blocker.action_id) if blocker.action_id else None
    turn.reply(
        "blocker_moved",
        *undoing.button(turn),
        number=blocker.number,
        step=step,
        name=_raiser(turn, blocker),
        own=blocker.person_id == turn.person.id,
        action=action,
    )


def _raiser(turn: Turn, blocker: Blocker) -> str:
    return blockers.raiser_of(turn.session, blocker).name
