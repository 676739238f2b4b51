"""What a button means: `v1:<verb>:<id>[:<choice>]`, acting on ids, at most 64 bytes. Whether the presser may, is
decided later by the same table as for typed words."""

import re
from collections.abc import Callable
from datetime import date
from typing import Literal

from handlers.intents import (
    AddBehind,
    Agenda,
    AwayIn,
    Behind,
    Choose,
    Coach,
    Consent,
    Edit,
    Feed,
    Forged,
    History,
    Intensity,
    Intent,
    Language,
    Later,
    MoveBlocker,
    NewAction,
    NotOff,
    Nudge,
    OnlyLead,
    Quiet,
    Report,
    Same,
    SaveDraft,
    Seen,
    Skip,
    SubmitForm,
    Undo,
    UpdateAction,
    Withdraw,
)
from services.consent import ANSWERS as CONSENT
from services.limits import QUIET_HOURS

NUMBER = re.compile("[0-9]{1,3}")
SHAPE = re.compile(r"v1:([a-z_]{1,20}):([0-9]{1,9})(?::(-?[0-9]{1,3}))?")

LEVELS: tuple[Literal["light", "standard", "active"], ...] = ("light", "standard", "active")

BUTTONS: dict[str, Callable[[int, int], Intent]] = {
    "report": lambda id_, _: Report(response_id=id_),
    "history": lambda person_id, page: History(person_id=person_id, page=page),
    "edit": lambda id_, _: Edit(response_id=id_),
    "later": lambda id_, _: Later(response_id=id_),
    "skip": lambda id_, _: Skip(response_id=id_),
    "same": lambda id_, _: Same(response_id=id_),
    "only_lead": lambda id_, _: OnlyLead(response_id=id_),
    "withdraw": lambda id_, _: Withdraw(response_id=id_),
    "undo": lambda id_, _: Undo(entry_id=id_),
    "choose": lambda id_, choice: Choose(question_id=id_, choice=choice),
    "agree": lambda id_, _: NewAction(from_note_id=id_),
    "new": lambda _, __: NewAction(),
    "done": lambda number, _: UpdateAction(number, status="done"),
    "moving": lambda number, _: UpdateAction(number, status="in_progress"),
    "stuck": lambda number, _: UpdateAction(number, status="blocked"),
    "consent": lambda _, choice: Consent(CONSENT[choice]) if 0 <= choice < len(CONSENT) else Forged(),
    "blocker_acknowledge": lambda number, _: MoveBlocker(number, "acknowledged"),
    "blocker_update": lambda number, _: MoveBlocker(number),
    "blocker_resolve": lambda number, _: MoveBlocker(number, "resolved"),
    "blocked": lambda _, __: MoveBlocker(0, "acknowledged"),
    "behind": lambda team_id, _: AddBehind(team_id),
    "talked": lambda point_id, _: Agenda(point_id=point_id),
    "late": lambda number, _: Behind(number),
    "nudge": lambda round_id, _: Nudge(round_id),
    "seen": lambda round_id, _: Seen(round_id),
    "note_to": lambda person_id, _: Coach(who=(f"id:{person_id}",) if person_id else ()),
    "intensity": lambda place, _: Intensity(LEVELS[place]) if place < len(LEVELS) else Forged(),
    "speak": lambda place, _: Language("zh" if place else "en"),
    "nocalendar": lambda _, __: Feed(off=True),
    "notoff": lambda id_, _: NotOff(id_),
    "awayin": lambda id_, team: AwayIn(id_, team),
    "quiet": lambda on, _: Quiet(*QUIET_HOURS) if on else Quiet(off=True),
}


def read_press(action: str) -> Intent:
    """Anything that is not a button of ours is Forged, never an error."""
    shape = SHAPE.fullmatch(action)
    if shape is None or shape[1] not in BUTTONS:
        return Forged()
    return BUTTONS[shape[1]](int(shape[2]), int(shape[3] or 0))


def read_form(action: str, values: dict[str, str]) -> Intent:
    """A submitted form is a way of typing several answers; a field left empty is no answer."""
    shape = SHAPE.fullmatch(action)
    if shape is None or shape[1] not in ("form", "newform"):
        return Forged()
    if shape[1] == "newform":
        return _new_action(values)
    return SubmitForm(response_id=int(shape[2]), answers=_answers(values))


def read_draft(action: str, values: dict[str, str]) -> tuple[Intent, ...]:
    """Of a form closed unsent only the answers to a check-in are worth keeping."""
    shape = SHAPE.fullmatch(action)
    answers = _answers(values)
    return (SaveDraft(int(shape[2]), answers),) if shape and shape[1] == "form" and answers else ()


def _answers(values: dict[str, str]) -> tuple[tuple[int, str], ...]:
    answers = {int(name): text for name, text in values.items() if NUMBER.fullmatch(name) and text.strip()}
    return tuple(sorted(answers.items()))


def _new_action(values: dict[str, str]) -> NewAction:
    """What is missing or cannot be read is asked for afterwards."""
    said = {name: text.strip() for name, text in values.items() if text.strip()}
    try:
        due = date.fromisoformat(said.get("due", ""))
    except ValueError:
        due = None
    return NewAction(title=said.get("title"), owner=said.get("owner"), due=due, measure=said.get("measure"))
