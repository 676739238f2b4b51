"""The month's question for oneself: answered, left out, shown to the leads, taken back. All of it in one's own chat."""

from dataclasses import replace

from handlers.intents import Reflect
from handlers.turn import Turn
from models.coaching import Reflection
from models.messages import Button
from services import reflections

KEYS = {
    "share": "reflection_share", "keep": "reflection_keep", "write": "reflection_again",
    "take_back": "reflection_take_back",
}  # fmt: skip


def reflect(turn: Turn, intent: Reflect) -> None:
    """Whoever says it in a channel is answered in his own chat."""
    month = intent.month or reflections.month_of(turn.today)
    row = reflections.put(turn.session, turn.person, month, turn.now)
    if intent.text is not None:
        _keep(turn, row, intent.text)
    elif intent.decision == "skip":
        reflections.skip(turn.session, row, turn.person, turn.now)
        turn.tell("reflection_skipped")
    elif intent.decision in ("share", "keep", "take_back") and row.answered_at is not None:
        _decide(turn, row, intent.decision)
    elif row.answered_at is None or (intent.decision == "write" and row.shared_at is None):
        turn.ask(replace(intent, month=month, decision=None), "text", "ask_reflection", question=row.question)
    else:
        _show(turn, row)


def _keep(turn: Turn, row: Reflection, text: str) -> None:
    """What the leads were shown is not changed behind their backs: it is taken back first."""
    if row.shared_at is None:
        reflections.write(turn.session, row, turn.person, text, turn.now)
    _show(turn, row)


def _show(turn: Turn, row: Reflection) -> None:
    leads = [lead.name for lead in reflections.leads_of(turn.session, turn.person)]
    shared = row.shared_at is not None
    buttons = _offer(turn, row, "take_back") if shared else _offer(turn, row, "share", "keep", "write")
    turn.tell("reflection_kept", *buttons, question=row.question, text=row.text, leads=leads, shared=shared)


def _offer(turn: Turn, row: Reflection, *decisions: str) -> tuple[Button, ...]:
    """Sharing is offered only where there is somebody to share with."""
    has_leads = bool(reflections.leads_of(turn.session, turn.person))
    labels = {each: KEYS[each] for each in decisions if each != "share" or has_leads}
    return reflections.offer(turn.session, row, turn.person, labels, turn.now)


def _decide(turn: Turn, row: Reflection, decision: str) -> None:
    if decision == "keep" and row.shared_at is None:
        turn.tell("reflection_private", *_offer(turn, row, "share"))
    elif decision == "share":
        reflections.share(turn.session, row, turn.person, turn.now)
        _show(turn, row)
    elif decision == "take_back" and row.shared_at is not None:
        reached, stays = reflections.unshare(turn.session, row, turn.person, turn.now)
        turn.tell("reflection_unshared", *_offer(turn, row, "share", "write"), reached=reached, stays=stays)
    else:
        _show(turn, row)
