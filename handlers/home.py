"""A person's own page, where the platform has one: what is open, one press for each thing, and how he is spoken to."""

from handlers.intents import OpenHome
from handlers.turn import Turn
from models.ledger import Action
from models.messages import Message, Place, Section
from models.organization import INTENSITIES
from services import announcements, answers, home, ledger, outbox, recognitions, rounds
from services.render import render

MOST_ITEMS = 30
"""Slack: 100 blocks on a page, two for each item."""


def open_home(turn: Turn, _intent: OpenHome) -> None:
    home.looked_at(turn.session, _place_of(turn), turn.now)
    _show(turn)


def refresh(turn: Turn) -> None:
    """Whatever the person did, a page that was shown to him lately stays true."""
    if turn.incoming.kind != "home" and home.is_looked_at(turn.session, _place_of(turn), turn.now):
        _show(turn)


def _show(turn: Turn) -> None:
    turn.session.flush()
    home.show(turn.session, turn.now, _place_of(turn), _page(turn), f"home:{turn.receipt_id}")


def _place_of(turn: Turn) -> outbox.Address:
    incoming = turn.incoming
    place = Place(kind="home", id=incoming.sender)
    return outbox.Address(turn.organization.id, incoming.platform, incoming.connection, place)


def _page(turn: Turn) -> Message:
    sections = (_check_in(turn), *_items(turn), *_thanks(turn), _language(turn), _reminders(turn), _quiet_hours(turn))
    return Message(markup=render(turn.locale, "home", name=turn.person.name), sections=sections)


def _check_in(turn: Turn) -> Section:
    response = answers.to_answer(turn.session, turn.person)
    if response is None:
        next_at = rounds.next_prompt_of(turn.session, turn.person, turn.now)
        return Section(markup=render(turn.locale, "nothing_open", next_at=next_at, time_zone=turn.person.time_zone))
    text = render(
        turn.locale,
        "home_check_in",
        check_in=answers.check_in_of(turn.session, answers.round_of(turn.session, response)).name,
        open=response.state == "prompted",
        closes_at=response.close_at,
        time_zone=turn.person.time_zone,
    )
    buttons = announcements.check_in_buttons(turn.person, response)
    return Section(markup=text, buttons=buttons if response.state == "prompted" else buttons[:1])


def _items(turn: Turn) -> list[Section]:
    actions = ledger.open_of(turn.session, turn.person)
    text = render(turn.locale, "home_items", count=len(actions), shown=min(len(actions), MOST_ITEMS))
    heading = Section(markup=text, buttons=(turn.button("new_item", "new", 0),))
    return [heading, *(_item(turn, action) for action in actions[:MOST_ITEMS])]


def _item(turn: Turn, action: Action) -> Section:
    standing = ledger.standing(action, ledger.today_of(turn.session, action.team_id, turn.now))
    text = render(turn.locale, "home_item", action=action, standing=standing)
    presses = (("mark_done", "done"), ("mark_moving", "moving"), ("mark_stuck", "stuck"))
    return Section(markup=text, buttons=tuple(turn.button(key, verb, action.number) for key, verb in presses))


def _thanks(turn: Turn) -> list[Section]:
    received = recognitions.received_by(turn.session, turn.person)
    return [Section(markup=render(turn.locale, "home_thanks", thanks=received))] if received else []


def _language(turn: Turn) -> Section:
    buttons = (turn.button("english", "speak", 0), turn.button("chinese", "speak", 1))
    return Section(markup=render(turn.locale, "home_language"), buttons=buttons)


def _reminders(turn: Turn) -> Section:
    levels = tuple(turn.button(level, "intensity", place) for place, level in enumerate(INTENSITIES))
    return Section(markup=render(turn.locale, "home_reminders", level=turn.person.intensity), buttons=levels)


def _quiet_hours(turn: Turn) -> Section:
    person = turn.person
    text = render(
        turn.locale, "quiet_hours", start=person.quiet_from, until=person.quiet_until, time_zone=person.time_zone
    )
    return Section(markup=text, buttons=(turn.button("quiet_nights", "quiet", 1), turn.button("quiet_off", "quiet", 0)))
