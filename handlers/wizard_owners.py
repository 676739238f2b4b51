"""Who owns the organization: shown, named and ended by owners, never fewer than one."""

from handlers import wizard, wizard_people, wizard_settings
from handlers.intents import SetOwners
from handlers.turn import Turn
from handlers.wizard import BACK
from models.audit import AuditEntry
from models.organization import Person
from services import owners, set_up
from services.set_up import Member

TOPIC = "owners"


def set_owners(turn: Turn, intent: SetOwners) -> None:
    if intent.said is None or intent.said == BACK:
        _ask(turn)
        return
    found = wizard_people.read(turn, intent.said, [], None)
    if isinstance(found, wizard_people.Wrong):
        turn.tell("set_up_people_wrong", code=found.code, name=found.name, near=found.near)
        _ask(turn)
        return
    entries = []
    for member in found:
        person = _meant(turn, member)
        entry = _change(turn, person, member.role == "out")
        entries += [entry] if entry else []
        codes = set_up.code_for(turn.session, person, turn.person, turn.now) if entry else []
        if codes:
            wizard.tell_codes(turn, codes)
    if entries:
        wizard_settings.done(turn, None, entries)


def _meant(turn: Turn, member: Member) -> Person:
    """Somebody on the list, or somebody new."""
    platform = turn.incoming.platform
    return set_up.known(turn.session, member) or set_up.new_person(
        turn.session, turn.organization.id, member, platform, turn.person, turn.now
    )


def _change(turn: Turn, person: Person, out: bool) -> AuditEntry | None:
    if not out:
        entry = owners.name(turn.session, person, turn.person, turn.now)
        if entry is None:
            turn.tell("setting_same")
        return entry
    if person.role != "owner":
        turn.tell("setting_same")
        return None
    try:
        return owners.end(turn.session, person, turn.person, turn.now)
    except owners.LastOwnerError:
        turn.tell("owner_last", name=person.name)
        return None


def _ask(turn: Turn) -> None:
    names = [person.name for person in owners.owners_of(turn.session, turn.organization.id)]
    turn.ask(SetOwners(), "said", "owners", topic=TOPIC, names=names)
