"""Taking back the last thing, for a day."""

from collections.abc import Callable

from handlers.intents import Undo
from handlers.turn import Turn
from models.audit import AuditEntry
from models.coaching import AgendaItem, OneOnOne
from models.ledger import Action, Blocker
from models.messages import Button, Message
from models.organization import Absence, Person
from models.recognition import Recognition
from services import (
    absences,
    agendas,
    announcements,
    audit,
    blockers,
    changes,
    ledger,
    linking,
    one_on_ones,
    owners,
    recognitions,
)
from services.limits import UNDO_WINDOW
from services.render import render


def button(turn: Turn) -> list[Button]:
    """[Undo] for what this person just did."""
    turn.session.flush()
    entry = audit.last_by(turn.session, turn.person, VERBS, turn.now)
    return [turn.button("undo", "undo", entry.id)] if entry else []


def undo(turn: Turn, intent: Undo) -> None:
    since = turn.now - UNDO_WINDOW
    entry = audit.last_by(turn.session, turn.person, VERBS, since, intent.entry_id)
    setting = changes.to_undo(turn.session, turn.person, entry.id if entry else intent.entry_id, since)
    if setting is not None:
        _take_back_setting(turn, setting)
        return
    if entry is None or entry.verb not in REVERSALS or _is_overtaken(turn, entry):
        turn.reply("nothing_to_undo")
        return
    REVERSALS[entry.verb](turn, entry)
    audit.write(turn.session, turn.now, turn.person, "undone", entry)
    turn.reply("undone")


def _take_back_setting(turn: Turn, entry: AuditEntry) -> None:
    """Whoever may change it may take it back, whoever made it; the others hear of that too."""
    try:
        changes.take_back(turn.session, entry, turn.person, turn.now)
    except changes.ChangedSinceError:
        turn.tell("setting_changed_since")
        return
    except owners.LastOwnerError as last:
        turn.tell("owner_last", name=str(last))
        return
    audit.write(turn.session, turn.now, turn.person, "undone", entry)
    turn.reply("undone")
    changes.announce(turn.session, [entry], turn.person, turn.now, undone=True)


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
        _tell_who_is_not_away(turn, absence)


def _tell_who_is_not_away(turn: Turn, absence: Absence) -> None:
    """Somebody else had recorded it, and he was told."""
    if absence.person_id != turn.person.id:
        person = turn.session.get_one(Person, absence.person_id)
        dates = {"start": absence.starts_on, "until": absence.ends_on}
        text = render(person.locale, "away_taken_back", by=turn.person.name, **dates)
        key = f"away_taken_back:{absence.id}"
        announcements.tell(turn.session, turn.now, person, Message(markup=text), key)


def _unlink_account(turn: Turn, entry: AuditEntry) -> None:
    linking.unlink(turn.session, entry.subject_id, turn.person, turn.now)


def _take_back_blocker(turn: Turn, entry: AuditEntry) -> None:
    """It stands as before; words that were added to it are gone."""
    blocker = turn.session.get_one(Blocker, entry.subject_id)
    state = entry.old["state"]
    if entry.verb == "blocker.noted":
        blockers.take_back_note(turn.session, blocker, turn.person, state, turn.now)
    elif blocker.state == entry.verb.removeprefix("blocker."):
        blockers.reopen(turn.session, blocker, turn.person, state, turn.now)


def _is_overtaken(turn: Turn, entry: AuditEntry) -> bool:
    """A 1:1 that was planned anew since: only the newest plan is taken back."""
    if not entry.verb.startswith("one_on_one."):
        return False
    return not one_on_ones.stands_so(turn.session.get_one(OneOnOne, entry.subject_id), entry.new or {})


def _take_back_talk(turn: Turn, entry: AuditEntry) -> None:
    """It stands as before, and the other of the two hears of it."""
    talk = turn.session.get_one(OneOnOne, entry.subject_id)
    if one_on_ones.goes_on(turn.session, talk):
        was = talk.next_at
        one_on_ones.restore(turn.session, talk, entry.old, turn.person, turn.now)
        other = one_on_ones.other_of(turn.session, talk, turn.person)
        one_on_ones.tell(turn.session, talk, other, turn.now, f"talk_undone:{entry.id}", was)


def _take_back_point(turn: Turn, entry: AuditEntry) -> None:
    """A point that was added is none; one that was talked about is open again. Agendas that were sent say so."""
    point = turn.session.get_one(AgendaItem, entry.subject_id)
    if entry.verb == "agenda.added":
        one_on_ones.close_point(turn.session, point, turn.person, turn.now)
    else:
        one_on_ones.reopen_point(turn.session, point, turn.person, turn.now)
    turn.session.flush()
    agendas.refresh(turn.session, turn.session.get_one(OneOnOne, point.one_on_one_id), turn.now)


REVERSALS: dict[str, Callable[[Turn, AuditEntry], None]] = {
    "action.moved": _take_back_move,
    "action.added": _drop_added,
    "recognition.given": _reverse_thanks,
    "absence.recorded": _remove_absence,
    "account.linked": _unlink_account,
    "blocker.acknowledged": _take_back_blocker,
    "blocker.noted": _take_back_blocker,
    "blocker.resolved": _take_back_blocker,
    "one_on_one.planned": _take_back_talk,
    "one_on_one.ended": _take_back_talk,
    "agenda.added": _take_back_point,
    "agenda.talked": _take_back_point,
}
VERBS = (*REVERSALS, *changes.VERBS)
