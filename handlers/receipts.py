"""What was sent: the receipt with what others see, who reads it, and taking it back."""

from typing import Any

from handlers.intents import OnlyLead, Report, Withdraw
from handlers.turn import Turn
from models.check_ins import ANSWERED, Answer, Response, Round
from models.messages import Delivery, Message
from models.organization import CAN_EDIT, Person, Team
from services import announcements, answers, blockers, outbox, people, prefill, questions, rounds, summaries
from services.limits import ANSWER_CHARACTERS, CHANGES_SETTLE
from services.question_kinds import change, in_words, kind_of, shown
from services.render import render

SHOWN_TO_NOBODY = ("mood",)
"""How somebody feels is read by nobody but himself."""


def receipt(turn: Turn, response: Response) -> None:
    """What others will see, where it goes and when."""
    round_ = answers.round_of(turn.session, response)
    if round_.anonymous:
        turn.tell("anonymous_receipt", check_in=answers.check_in_of(turn.session, round_).name)
        return
    given = answers.shown_of(turn.session, response)
    turn.tell(
        "receipt",
        turn.button("edit", "edit", response.id),
        turn.button("whole_team" if response.audience == "lead" else "only_lead", "only_lead", response.id),
        turn.button("withdraw", "withdraw", response.id),
        pairs=_pairs(turn, response, turn.locale),
        late=response.state == "late",
        edited=response.edited_at is not None,
        cut=ANSWER_CHARACTERS if any(len(each.text) >= ANSWER_CHARACTERS - 1 for each in given) else None,
        **_where_it_goes(turn, response, round_),
    )
    show_leads(turn, response)


def _where_it_goes(turn: Turn, response: Response, round_: Round) -> dict[str, Any]:
    return {
        "team": turn.session.get_one(Team, round_.team_id).name,
        "leads": [lead.name for lead in _leads(turn, round_)] if response.audience == "lead" else None,
        "posted": round_.posted_at is not None,
        "goes_at": rounds.posts_at(turn.session, round_),
        "time_zone": turn.person.time_zone,
    }


def _pairs(turn: Turn, response: Response, locale: str) -> list[tuple[str, str, bool]]:
    """Question, answer as that language reads it, and whether nobody else sees it. A number says by how much it moved
    since the last time."""
    round_ = answers.round_of(turn.session, response)
    earlier = prefill.earlier_of(turn.session, response, round_)
    pairs = []
    for each in answers.shown_of(turn.session, response):
        question = round_.questions[each.question]
        last = prefill.last_answer(question, earlier) if kind_of(question) == "number" else None
        moved = change(last.value, each.value) if last and last.value and each.value else ""
        text = shown(question, each.text, each.value, locale) + (f" ({moved})" if moved else "")
        pairs.append((in_words(question["ask"], locale), text, kind_of(question) in SHOWN_TO_NOBODY))
    return pairs


def only_lead(turn: Turn, intent: OnlyLead) -> None:
    """To the lead alone, and back to the whole team."""
    response = _sent(turn, intent.response_id)
    if response is None:
        return
    audience = "team" if response.audience == "lead" else "lead"
    answers.turn_to(turn.session, response, audience, turn.person, turn.now)
    turn.session.flush()
    summaries.publish_again(turn.session, response, turn.now)
    where = _where_it_goes(turn, response, answers.round_of(turn.session, response))
    key = "whole_team" if audience == "lead" else "only_lead"
    turn.tell("audience_set", turn.button(key, "only_lead", response.id), **where)
    if audience == "lead":
        _can_be_typed(turn, intent, response, key)
    show_leads(turn, response)


def _can_be_typed(turn: Turn, intent: OnlyLead | Report, response: Response, key: str) -> None:
    """The words of a button that are no command."""
    options, topic = [{"value": response.id, "key": key}], f"{questions.ASIDE}{intent.name}:{response.id}"
    questions.ask(turn.session, turn.now, turn.person, topic, intent.name, {}, "response_id", options, takes_text=False)


def withdraw(turn: Turn, intent: Withdraw) -> None:
    """Others see nothing of it any more; the person keeps it as a draft."""
    response = _sent(turn, intent.response_id)
    if response is None:
        return
    round_ = answers.round_of(turn.session, response)
    answers.withdraw(turn.session, response, turn.person, turn.now)
    announcements.withdraw(turn.session, response)
    questions.close(turn.session, turn.person, f"{questions.CHECK_IN}{round_.check_in_id}")
    blockers.withdraw_of(turn.session, response, turn.person, turn.now)
    turn.session.flush()
    summaries.publish_again(turn.session, response, turn.now)
    show_leads(turn, response)
    _can_be_typed(turn, Report(), response, "send_again")
    turn.tell("withdrawn", turn.button("send_again", "report", response.id), posted=round_.posted_at is not None)


def _sent(turn: Turn, response_id: int | None) -> Response | None:
    """The person's own response that others can read; else he is told why there is none."""
    if response_id is None:
        response = answers.last_answered(turn.session, turn.person)
    else:
        response = answers.own_response(turn.session, turn.person, response_id)
    if response is None or response.state not in ANSWERED:
        turn.tell("nothing_sent")
    elif answers.round_of(turn.session, response).anonymous:
        turn.tell("anonymous_sent")
    else:
        return response
    return None


def _leads(turn: Turn, round_: Round) -> list[Person]:
    return [lead for lead in people.members_of(turn.session, round_.team_id, "lead") if lead.id != turn.person.id]


def show_leads(turn: Turn, response: Response) -> None:
    """What is for the lead alone reaches him in private, and follows every change; taken back, it is gone there too."""
    round_ = answers.round_of(turn.session, response)
    for lead in _leads(turn, round_):
        key = f"only_lead:{response.id}:{lead.id}"
        told = outbox.by_key(turn.session, key)
        message = Message(markup=_for_lead(turn, response, round_, lead))
        if told is not None and told.platform in CAN_EDIT:
            announcements.change(turn.session, turn.now, key, message)
        elif response.audience == "lead" or told is not None:
            announcements.tell(turn.session, turn.now, lead, message, f"{key}:{turn.receipt_id}" if told else key)


def changed(turn: Turn, round_: Round, answer: Answer, text: str) -> None:
    """He changed his own chat message: one short word, which changes too if he goes on changing."""
    text = render(turn.locale, "answer_changed", text="" if round_.anonymous else text)
    message, prefix = Message(markup=text), f"changed:{answer.id}:"
    said = outbox.newest(turn.session, prefix, Delivery.kind == "post")
    if said is not None and said.platform in CAN_EDIT and turn.now - said.created_at < CHANGES_SETTLE:
        outbox.edit(turn.session, turn.now, said, message, f"{said.dedupe_key}:edit")
    else:
        outbox.post(turn.session, turn.now, turn.own_address(), message, f"{prefix}{turn.receipt_id}")


def _for_lead(turn: Turn, response: Response, round_: Round, lead: Person) -> str:
    pairs = [(question, text) for question, text, private in _pairs(turn, response, lead.locale) if not private]
    return render(
        lead.locale,
        "only_lead_for_lead",
        name=turn.person.name,
        check_in=answers.check_in_of(turn.session, round_).name,
        on=round_.on_date,
        pairs=pairs,
        withdrawn=response.state == "withdrawn",
        only=response.audience == "lead",
    )
