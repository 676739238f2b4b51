"""`privacy`, `mydata`, `forgetme`: what is kept about somebody, all of it, and none of it any more."""

import base64
from collections.abc import Sequence
from dataclasses import replace

from handlers.intents import ForgetMe, MyData, Privacy
from handlers.turn import Turn
from models.ledger import Action
from models.messages import Attachment, Message, Place, Section
from models.organization import Person
from services import announcements, forgetting, outbox, owners, people, personal_data, personal_page, retention
from services.render import render

MOST_BYTES = 15 * 1024 * 1024
"""The smallest that any platform takes is 20 MB, before it is written in base64."""


def privacy(turn: Turn, _intent: Privacy) -> None:
    """What, who sees it, how long, why: the days are those the clock keeps to."""
    kept = [(each.key, retention.days_of(each, turn.organization.retention)) for each in retention.EVERYTHING]
    turn.tell("privacy", kept=kept)


def my_data(turn: Turn, _intent: MyData) -> None:
    """Two files in his own chat: one for machines, one to read. Nowhere else, whoever asks where."""
    data = personal_data.collect(turn.session, turn.person, turn.now)
    files = (
        ("loopkeeper-mydata.json", personal_data.as_json(data)),
        ("loopkeeper-mydata.html", personal_page.page(turn.locale, data)),
    )
    if any(len(text.encode()) > MOST_BYTES for _, text in files):
        turn.tell("mydata_too_large")
        return
    for name, text in files:
        attachment = Attachment(name=name, content=base64.b64encode(text.encode()).decode())
        message = Message(markup=render(turn.locale, "mydata", file=name), attachment=attachment)
        outbox.post(turn.session, turn.now, turn.own_address(), message, f"mydata:{turn.receipt_id}:{name}")
    retention.soon(turn.session, turn.organization, turn.now)
    if not turn.in_private:
        turn.reply("told_in_private")


def forget_me(turn: Turn, intent: ForgetMe) -> None:
    """Asked twice; what is erased and what stays is named before it happens."""
    if not turn.in_private:
        turn.tell("forgetme_in_private")
    elif owners.is_last(turn.session, turn.person):
        turn.tell("forgetme_last_owner")
    elif intent.sure is None:
        options = [{"value": "once", "key": "go_on"}]
        turn.ask(intent, "sure", "forgetme_first", options=options, takes_text=False)
    elif intent.sure == "once":
        options = [{"value": "twice", "key": "erase_now"}]
        where = forgetting.cannot_be_changed(turn.session, turn.person)
        turn.ask(
            replace(intent, sure=None), "sure", "forgetme_second", options=options, takes_text=False, platforms=where
        )
    else:
        _forget(turn)


def _forget(turn: Turn) -> None:
    locale, to = turn.locale, turn.own_address()
    where = forgetting.cannot_be_changed(turn.session, turn.person)
    leads = _other_leads(turn)
    pages = _own_pages(turn)
    orphans = forgetting.forget(turn.session, turn.person, turn.now)
    for lead in leads:
        _tell_who_leads(turn, lead, orphans)
    farewell = Message(markup=render(locale, "forgotten", platforms=where))
    outbox.post(turn.session, turn.now, to, farewell, f"{forgetting.FARE_WELL}{turn.receipt_id}")
    for number, (platform, connection, user) in enumerate(pages):
        page = outbox.Address(turn.organization.id, platform, connection, Place(kind="home", id=user))
        empty = Message(sections=(Section(markup=farewell.markup),))
        outbox.post(turn.session, turn.now, page, empty, f"{forgetting.FARE_WELL}{turn.receipt_id}:home:{number}")
    retention.soon(turn.session, turn.organization, turn.now)


def _other_leads(turn: Turn) -> list[Person]:
    teams = people.teams_of(turn.session, turn.person)
    leads = [lead for team in teams for lead in people.members_of(turn.session, team.id, "lead")]
    return list({lead.id: lead for lead in leads if lead.id != turn.person.id}.values())


def _own_pages(turn: Turn) -> list[tuple[str, str, str]]:
    """Where a home page of his stands on the platform: (platform, workspace, account)."""
    to_him = personal_data.deliveries_to(turn.session, turn.person)
    return sorted({(each.platform, each.connection, each.place_id) for each in to_him if each.place_kind == "home"})


def _tell_who_leads(turn: Turn, lead: Person, orphans: Sequence[Action]) -> None:
    """Open items that have no owner any more, of the teams he leads; nobody's name."""
    seen = [action for action in orphans if people.role_in(turn.session, action.team_id, lead) == "lead"]
    if seen:
        message = Message(markup=render(lead.locale, "items_without_owner", actions=seen))
        announcements.tell(turn.session, turn.now, lead, message, f"without_owner:{turn.receipt_id}:{lead.id}")
