"""What a button means: `v1:<verb>:<id>[:<choice>]`, acting on ids, at most 64 bytes. Whether the presser may, is
decided later by the same table as for typed words."""

import re
from collections.abc import Callable

from handlers.intents import Choose, Edit, Forged, Intent, Later, NewAction, Report, Skip, SubmitForm, Undo

SHAPE = re.compile(r"v1:([a-z_]{1,20}):([0-9]{1,9})(?::(-?[0-9]{1,3}))?")

BUTTONS: dict[str, Callable[[int, int], Intent]] = {
    "report": lambda id_, _: Report(response_id=id_),
    "edit": lambda id_, _: Edit(response_id=id_),
    "later": lambda id_, _: Later(response_id=id_),
    "skip": lambda id_, _: Skip(response_id=id_),
    "undo": lambda id_, _: Undo(entry_id=id_),
    "choose": lambda id_, choice: Choose(question_id=id_, choice=choice),
    "agree": lambda id_, _: NewAction(from_note_id=id_),
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
    if shape is None or shape[1] != "form":
        return Forged()
    answers = {int(name): text for name, text in values.items() if name.isdecimal() and text.strip()}
    return SubmitForm(response_id=int(shape[2]), answers=tuple(sorted(answers.items())))
