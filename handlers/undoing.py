"""Taking back the last thing, for a day."""

from collections.abc import Callable

from handlers.intents import Undo
from handlers.turn import Turn
from models.audit import AuditEntry
from models.ledger import Action
from models.messages import Button
from models.organization import Absence
from models.recognition import Recognition
from services import absences, audit, ledger, linking, recognitions
from services.limits import UNDO_WINDOW


def button(turn: Turn) -> list[Button]:
    """[Undo] for what this person just did."""
    turn.session.flush()
    entry = audit.last_by(turn.session, turn.person, tuple(REVERSALS), turn.now)
    return [turn.button("undo", "undo", entry.id)] if entry else []


def undo(turn: Turn, intent: Undo) -> None:
    entry = audit.last_by(turn.session, turn.person, tuple(REVERSALS), turn.now - UNDO_WINDOW, intent.entry_id)
    if entry is None:
        turn.reply("nothing_to_undo")
        return
    REVERSALS[entry.verb](turn, entry)
    audit.write(turn.session, turn.now, turn.person, "undone", entry)
    turn.reply("undone")


def _take_back_move(turn: Turn, entry: AuditEntry) -> None:
    ledger.take_back(turn.session, entry.new["update"], turn.person, turn.now)


def _drop_added(turn: Turn, entry: AuditEntry) -> None:
    ledger.drop(turn.session, turn.session.get_one(Action, entry.subject_id), turn.person, turn.now)


def _reverse_thanks(turn: Turn, entry: AuditEntry) -> None:
    recognition = turn.session.get_one(Recognition, entry.subject_id)
    recognitions.reverse(turn.session, recognition, turn.person, turn.now)


def _remove_absence(turn: Turn, entry: AuditEntry) -> None:
    absence = turn.session.get(Absence, entry.subject_id)
    if absence is not None:
        absences.remove(turn.session, absence, turn.person, turn.now)


def _unlink_account(turn: Turn, entry: AuditEntry) -> None:
    linking.unlink(turn.session, entry.subject_id, turn.person, turn.now)


REVERSALS: dict[str, Callable[[Turn, AuditEntry], None]] = {
    "action.moved": _take_back_move,
    "action.added": _drop_added,
    "recognition.given": _reverse_thanks,
    "absence.recorded": _remove_absence,
    "account.linked": _unlink_account,
}
