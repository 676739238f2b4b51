"""What a message can mean: one frozen dataclass per intent, and nothing else can leave the parser.

Each field is a slot. A slot nobody filled is `None` (or empty); `ask` fills it later by asking the person,
so an intent is always safe to keep half-finished. Slots whose metadata says `chat` exist only inside a conversation
(an id behind a button, a choice already made); the parser never fills them and `spoken_slots` leaves them out.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from handlers.intents.check_ins import (
    Answer,
    Back,
    Behind,
    Edit,
    History,
    Later,
    Nudge,
    OnlyLead,
    Report,
    Same,
    SaveDraft,
    Seen,
    Skip,
    SubmitForm,
    Withdraw,
)
from handlers.intents.conversation import Amend, Choose, Contact, Forged, Help, OpenHome, Said, Unclear, Undo
from handlers.intents.ledger import (
    AddBehind,
    Blockers,
    Board,
    Exceptions,
    Export,
    Mine,
    MoveBlocker,
    NewAction,
    ShowAction,
    ShowDigest,
    Status,
    UpdateAction,
)
from handlers.intents.loops import Gap, Loop, Practice, Sign, Suggest, Why
from handlers.intents.oneself import (
    Arrive,
    Away,
    AwayIn,
    Consent,
    Feed,
    ForgetMe,
    Here,
    Intensity,
    Invite,
    Language,
    Link,
    MyData,
    NotOff,
    Privacy,
    Quiet,
    Setup,
    WhyNot,
)
from handlers.intents.people import Agenda, Coach, Decision, Meet, Notes, Reflect, Thanks, Visibility
from handlers.intents.setting_up import ChangeSetting, SetOwners, SetUp

__all__ = [
    "AddBehind", "Agenda", "Amend", "Answer", "Arrive", "Away", "AwayIn", "Back", "Behind", "Blockers", "Board",
    "ChangeSetting", "Choose", "Coach", "Consent", "Contact", "Decision", "Edit", "Exceptions", "Export", "Feed",
    "Forged", "ForgetMe", "Gap", "Help", "Here", "History", "Intensity", "Intent", "Invite", "Language", "Later",
    "Link", "Loop", "Meet", "Mine", "MoveBlocker", "MyData", "NewAction", "NotOff", "Notes", "Nudge", "OnlyLead",
    "OpenHome", "Practice", "Privacy", "Quiet", "Reading", "Reflect", "Report", "Said", "Same", "SaveDraft", "Seen",
    "SetOwners", "SetUp", "Setup", "ShowAction", "ShowDigest", "Sign", "Skip", "SpokenIntent", "Status",
    "SubmitForm", "Suggest", "Thanks", "Unclear", "Undo", "UpdateAction", "Visibility", "Why", "WhyNot", "Withdraw",
    "spoken_slots",
]  # fmt: skip

SpokenIntent = (
    UpdateAction | NewAction | ShowAction | Board | Mine | ShowDigest | Report | Edit | Back | Undo | Help | Setup
    | Privacy | MyData | ForgetMe | Coach | Thanks | Later | Skip | Away | Language | WhyNot | Suggest | Gap | Why
    | Sign | Practice | Loop | Link | Invite | Here | Quiet | Said | Unclear | Same | Withdraw | OnlyLead | Nudge
    | Blockers | MoveBlocker | Exceptions | Export | History | Seen | AddBehind | Notes | Meet | Agenda | Reflect
    | Feed | Intensity
)  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What one message was read as. `asked_back`: the bot will ask something before it acts on it."""

    intents: tuple[SpokenIntent, ...]
    asked_back: bool = False


def spoken_slots(intent: SpokenIntent) -> dict[str, Any]:
    """The slots a person's words filled, under their documented names: dates and times in ISO form."""
    said = {}
    for slot in fields(intent):
        value = getattr(intent, slot.name)
        if value in (None, (), "") or slot.metadata.get("chat") or slot.name.endswith("_options"):
            continue
        said[slot.metadata.get("slot", slot.name)] = _plain(value)
    return said


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


Intent = (
    SpokenIntent | Answer | Behind | SubmitForm | SaveDraft | Choose | Amend | Contact | OpenHome
    | Forged | Consent | Arrive | AwayIn | NotOff | SetUp | ChangeSetting | SetOwners
)  # fmt: skip
