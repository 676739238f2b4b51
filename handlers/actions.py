"""The ledger in chat: add an item, move it, look at it. Nothing half-finished is saved, nothing asked is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal, TypeVar

from handlers import answering, naming, undoing
from handlers.intents import NewAction, ShowAction, UpdateAction
from handlers.permit import visible_action
from handlers.turn import Turn
from models.ledger import Action
from models.messages import Form, FormField, Message
from models.organization import Person, Team
from services import announcements, blockers, calendar, coaching, ledger, people, permissions
from services.limits import TITLE_CHARACTERS
from services.render import day, label, render, words

T = TypeVar("T", UpdateAction, NewAction)
FieldKind = Literal["line", "date", "choice"]


def show(turn: Turn, intent: ShowAction) -> None:
    action = visible_action(turn, intent.number)
    assert action is not None
    turn.reply(
        "action_shown",
        action=action,
        owner=turn.session.get_one(Person, action.owner_id).name,
        standing=_standing(turn, action),
        steps=ledger.history(turn.session, action),
        time_zone=turn.person.time_zone,
    )


def move(turn: Turn, intent: UpdateAction) -> None:
    action = visible_action(turn, intent.number)
    assert action is not None
    intent = _with_absolute_date(action, intent)
    if _something_is_missing(turn, action, intent):
        return
    old_due = action.due_on
    change = ledger.Move(
        state=intent.status,
        progress=intent.progress,
        due_on=intent.due,
        note=intent.note or "",
        source_message=turn.incoming.message_id if turn.incoming.kind == "text" else None,
        why=intent.why or "",
    )
    ledger.move(turn.session, action, turn.person, change, turn.now)
    turn.reply(
        "action_moved",
        *undoing.button(turn),
        action=action,
        standing=_standing(turn, action),
        old_due=old_due,
        note=intent.note or "",
        **_help_asked(turn, action),
    )
    answering.moved(turn, intent, action)


def _help_asked(turn: Turn, action: Action) -> dict[str, Any]:
    """The blocker that stands in the way now, and who was asked for help with it."""
    blocker = blockers.open_of_action(turn.session, action)
    helpers = blockers.asked(turn.session, blocker) if blocker else []
    names = [person.name for person in helpers if person.id != turn.person.id]
    return {"blocker": blocker.number if blocker else None, "asked": names}


def _with_absolute_date(action: Action, intent: UpdateAction) -> UpdateAction:
    """A shift counts from the action's own date, never from today."""
    if intent.due_shift is None:
        return intent
    return replace(intent, due=calendar.shifted(action.due_on, intent.due_shift), due_shift=None)


def _something_is_missing(turn: Turn, action: Action, intent: UpdateAction) -> bool:
    topic = f"{intent.name}:{intent.number}"
    if intent.due_options:
        turn.ask(_undecided(intent), "due", "ask_which_date", topic=topic, options=_dates(turn, intent.due_options))
    elif intent.due is not None and intent.due < turn.today:
        turn.ask(replace(intent, due=None), "due", "ask_due_again", topic=topic, said=day(turn.locale, intent.due))
    elif intent.due not in (None, action.due_on) and not intent.note:
        turn.ask(intent, "note", "ask_new_date_reason", topic=topic, number=action.number, due=intent.due)
    elif intent.status == "blocked" and not intent.note and turn.incoming.kind == "press":
        turn.ask(intent, "note", "ask_what_blocks", topic=topic, number=action.number, title=action.title)
    elif intent.status == "dropped" and not intent.note:
        turn.ask(intent, "note", "ask_reason_to_stop", topic=topic, number=action.number)
    else:
        return False
    return True


def _undecided(intent: T) -> T:
    return replace(intent, due=None, due_options=())


def _dates(turn: Turn, options: Sequence[date]) -> list[dict[str, str]]:
    return [{"value": option.isoformat(), "text": day(turn.locale, option)} for option in options]


def add(turn: Turn, intent: NewAction) -> None:
    """On one form where the platform can show it; else what is missing is asked, in the order a person would."""
    if intent == NewAction() and turn.can_open_form():
        turn.open_form(_form(turn))
        return
    intent = _from_coaching_note(turn, intent)
    if _title_or_owner_is_missing(turn, intent):
        return
    owner = _owner(turn, intent)
    if owner is None:
        return
    intent = replace(intent, owner=naming.by_id(owner))
    team = _team(turn, intent, owner)
    if team is None or _due_or_measure_is_missing(turn, intent):
        return
    assert intent.title is not None
    assert intent.due is not None
    assert intent.measure is not None
    draft = ledger.Draft(team.id, intent.title, owner, intent.due, intent.measure, intent.from_note_id)
    action = ledger.add(turn.session, draft, turn.person, turn.now)
    if intent.from_note_id is not None:
        coaching.became_action(turn.session, intent.from_note_id, action)
    turn.reply("action_added", *undoing.button(turn), action=action, owner=owner.name)
    if owner.id != turn.person.id:
        text = render(owner.locale, "action_given_to_you", author=turn.person.name, action=action)
        announcements.tell(turn.session, turn.now, owner, Message(markup=text), f"given:{action.id}")


def _form(turn: Turn) -> Form:
    def field(name: str, kind: FieldKind, **more: Any) -> FormField:
        return FormField(name=name, label=words(turn.locale)["item_form"][name], kind=kind, **more)

    owners = _possible_owners(turn)
    return Form(
        action="v1:newform:0",
        title=label(turn.locale, "new_item"),
        submit=label(turn.locale, "send"),
        close=label(turn.locale, "cancel"),
        fields=(
            field("title", "line", max_length=TITLE_CHARACTERS),
            field("owner", "choice", value=naming.by_id(turn.person), options=owners),
            field("due", "date"),
            field("measure", "line", required=False),
        ),
        locale=turn.locale,
        today=turn.today,
    )


def _possible_owners(turn: Turn) -> tuple[tuple[str, str], ...]:
    """Oneself first, then everybody of the teams one may add items to."""
    teams = [
        team
        for team in people.visible_teams(turn.session, turn.person)
        if permissions.adds_actions(turn.session, turn.person, team.id)
    ]
    members = [person for team in teams for person in people.members_of(turn.session, team.id, "lead", "member")]
    members.sort(key=lambda person: (person.id != turn.person.id, person.name))
    return tuple({naming.by_id(person): person.name for person in members}.items())


def _from_coaching_note(turn: Turn, intent: NewAction) -> NewAction:
    """The step agreed in a talk becomes the title, the coached person the owner."""
    note = coaching.by_id(turn.session, intent.from_note_id) if intent.from_note_id else None
    if note is None or intent.title is not None:
        return intent
    owner = turn.session.get_one(Person, note.person_id)
    return replace(intent, title=note.agreed or None, owner=naming.by_id(owner))


def _title_or_owner_is_missing(turn: Turn, intent: NewAction) -> bool:
    if not intent.title:
        turn.ask(intent, "title", "ask_title")
    elif len(intent.title) > TITLE_CHARACTERS:
        turn.ask(replace(intent, title=None), "title", "ask_shorter_title", most=TITLE_CHARACTERS)
    elif intent.owner_options:
        options = [{"value": name, "text": name} for name in intent.owner_options]
        turn.ask(replace(intent, owner=None, owner_options=()), "owner", "ask_one_owner", options=options)
    elif intent.owner is None:
        turn.ask(intent, "owner", "ask_owner", title=intent.title)
    else:
        return False
    return True


def _owner(turn: Turn, intent: NewAction) -> Person | None:
    assert intent.owner is not None
    return turn.person if intent.owner == "me" else naming.resolve(turn, intent, "owner", intent.owner)


def _team(turn: Turn, intent: NewAction, owner: Person) -> Team | None:
    """A team both belong to, in which the author may add items."""
    shared = [
        team
        for team in people.shared_teams(turn.session, turn.person, owner)
        if permissions.adds_actions(turn.session, turn.person, team.id)
    ]
    if intent.team_id is not None:
        return next((team for team in shared if team.id == intent.team_id), None)
    if not shared:
        turn.tell("no_shared_team", name=owner.name)
        return None
    return naming.one_team(turn, intent, shared)


def _due_or_measure_is_missing(turn: Turn, intent: NewAction) -> bool:
    assert intent.title is not None
    if intent.due_options:
        turn.ask(_undecided(intent), "due", "ask_which_date", options=_dates(turn, intent.due_options))
    elif intent.due is None:
        turn.ask(intent, "due", "ask_due", title=intent.title)
    elif intent.due < turn.today:
        turn.ask(replace(intent, due=None), "due", "ask_due_again", said=day(turn.locale, intent.due))
    elif not intent.measure:
        turn.ask(intent, "measure", "ask_measure", title=intent.title)
    else:
        return False
    return True


def _standing(turn: Turn, action: Action) -> str:
    return ledger.standing(action, ledger.today_of(turn.session, action.team_id, turn.now))
