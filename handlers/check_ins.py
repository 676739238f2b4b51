"""Answering a check-in: by typing one answer at a time, or on one form; edited at any time."""

from collections.abc import Sequence
from datetime import timedelta

from handlers.intents import Answer, Back, Edit, Later, Report, SaveDraft, ShowAction, Skip, SubmitForm
from handlers.slots import from_json
from handlers.turn import Turn
from models.check_ins import ANSWERED, Response
from models.messages import Form, FormField
from models.organization import Team
from services import absences, announcements, answers, questions, rounds, summaries
from services.limits import ANSWER_CHARACTERS, FORM_FIELD_CHARACTERS
from services.render import label

DEFAULT_PAUSE = timedelta(hours=1)
LAST_REMINDER_BEFORE_CLOSE = timedelta(minutes=15)


def report(turn: Turn, intent: Report) -> None:
    response = answers.own_response(turn.session, turn.person, intent.response_id)
    if response is None:
        _say_nothing_is_open(turn)
    else:
        _open(turn, response)


def edit(turn: Turn, intent: Edit) -> None:
    if intent.number is not None:
        turn.again(ShowAction(intent.number))
        return
    response = answers.own_response(turn.session, turn.person, intent.response_id)
    if intent.response_id is None:
        response = answers.last_answered(turn.session, turn.person) or response
    if response is None:
        _say_nothing_is_open(turn)
    else:
        _open(turn, response)


def _open(turn: Turn, response: Response) -> None:
    """One form where the platform can show it, else one question at a time."""
    form = _form(turn, response)
    if turn.can_open_form() and form.fields:
        turn.open_form(form)
        return
    unanswered = answers.next_question(turn.session, response)
    _ask(turn, response, 0 if unanswered is None else unanswered)


def _form(turn: Turn, response: Response) -> Form:
    """An answer longer than a field holds is left out: sent back, it would be cut."""
    round_ = answers.round_of(turn.session, response)
    before = {answer.question: answer.text for answer in answers.answers_of(turn.session, response)}
    fields = tuple(
        FormField(
            name=str(number),
            label=announcements.question_text(round_, number, turn.locale),
            value=before.get(number, ""),
            max_length=FORM_FIELD_CHARACTERS,
        )
        for number in range(len(round_.questions))
        if len(before.get(number, "")) <= FORM_FIELD_CHARACTERS
    )
    return Form(
        action=f"v1:form:{response.id}",
        title=answers.check_in_of(turn.session, round_).name,
        submit=label(turn.locale, "send"),
        close=label(turn.locale, "cancel"),
        fields=fields,
        locale=turn.locale,
    )


def _ask(turn: Turn, response: Response, number: int, note: str = "") -> None:
    round_ = answers.round_of(turn.session, response)
    before = next((a.text for a in answers.answers_of(turn.session, response) if a.question == number), "")
    turn.ask(
        Answer(response.id, number),
        "text",
        "question",
        topic=f"{questions.CHECK_IN}{round_.check_in_id}",
        options=[{"value": before, "key": "keep"}] if before else None,
        note=note,
        number=number + 1,
        count=len(round_.questions),
        question=announcements.question_text(round_, number, turn.locale),
        before=before,
    )


def answer(turn: Turn, intent: Answer) -> None:
    """One answer is saved at once; the last one sends them all."""
    response = turn.session.get_one(Response, intent.response_id)
    text = intent.text or ""
    if answers.says_nothing(text):
        _ask(turn, response, intent.question)
        return
    source = None if _pressed(turn) else turn.incoming.message_id
    answers.save(turn.session, response, intent.question, text, turn.now, source)
    if not _pressed(turn):
        refresh_form(turn, response)
    following = _following(turn, response, intent.question)
    if following is None:
        _submit(turn, response)
    else:
        _ask(turn, response, following)


def _pressed(turn: Turn) -> bool:
    return turn.incoming.kind != "text"


def _following(turn: Turn, response: Response, number: int) -> int | None:
    if response.state not in ANSWERED:
        return answers.next_question(turn.session, response)
    count = len(answers.round_of(turn.session, response).questions)
    return number + 1 if number + 1 < count else None


def submit_form(turn: Turn, intent: SubmitForm) -> None:
    response = turn.session.get_one(Response, intent.response_id)
    _save(turn, response, intent.answers)
    missing = answers.next_question(turn.session, response)
    if missing is None:
        _submit(turn, response)
    else:
        _ask(turn, response, missing)


def save_draft(turn: Turn, intent: SaveDraft) -> None:
    """Closed unsent: kept for the next opening, silently. Of what was sent before, closing the form changes nothing."""
    response = turn.session.get_one(Response, intent.response_id)
    if response.state not in ANSWERED:
        _save(turn, response, intent.answers)


def _save(turn: Turn, response: Response, given: Sequence[tuple[int, str]]) -> None:
    """What stands there already is not saved again."""
    before = {answer.question: answer.text for answer in answers.answers_of(turn.session, response)}
    for number, text in given:
        if number < len(answers.round_of(turn.session, response).questions) and before.get(number) != text.strip():
            answers.save(turn.session, response, number, text, turn.now)


def refresh_form(turn: Turn, response: Response) -> None:
    """A form still before the person's eyes must not send back older answers than those just typed."""
    turn.change_form(_form(turn, response))


def _submit(turn: Turn, response: Response) -> None:
    round_ = answers.round_of(turn.session, response)
    announcements.withdraw(turn.session, response)
    questions.close(turn.session, turn.person, f"{questions.CHECK_IN}{round_.check_in_id}")
    answers.submit(turn.session, response, turn.person, turn.now)
    turn.session.flush()
    summaries.publish_again(turn.session, response, turn.now)
    receipt(turn, response)


def receipt(turn: Turn, response: Response) -> None:
    """What others will see, where it goes and when."""
    round_ = answers.round_of(turn.session, response)
    given = answers.answers_of(turn.session, response)
    pairs = [(announcements.question_text(round_, each.question, turn.locale), each.text) for each in given]
    turn.tell(
        "receipt",
        turn.button("edit", "edit", response.id),
        pairs=pairs,
        late=response.state == "late",
        edited=response.edited_at is not None,
        cut=ANSWER_CHARACTERS if any(len(each.text) >= ANSWER_CHARACTERS - 1 for each in given) else None,
        team=turn.session.get_one(Team, round_.team_id).name,
        posted=round_.posted_at is not None,
        goes_at=rounds.posts_at(turn.session, round_),
        time_zone=turn.person.time_zone,
    )


def later(turn: Turn, intent: Later) -> None:
    """Ask again then, but while it still helps: a quarter of an hour before the window closes at the latest."""
    response = answers.own_response(turn.session, turn.person, intent.response_id)
    if response is None or response.state != "prompted":
        _say_nothing_is_open(turn)
        return
    until = min(intent.until or turn.now + DEFAULT_PAUSE, response.close_at - LAST_REMINDER_BEFORE_CLOSE)
    until = max(until, turn.now)
    answers.postpone(turn.session, response, until, turn.now, turn.person)
    turn.tell("later_set", until=until, closes_at=response.close_at, time_zone=turn.person.time_zone)


def skip(turn: Turn, intent: Skip) -> None:
    """Of another question than a check-in's it means: never mind."""
    question = questions.newest(turn.session, turn.person, turn.now)
    if intent.response_id is None and question is not None and question.intent != Answer.name:
        questions.close(turn.session, turn.person, question.topic)
        turn.tell("cancelled")
        return
    response = answers.own_response(turn.session, turn.person, intent.response_id)
    if response is None or response.state not in ("prompted", "missed"):
        _say_nothing_is_open(turn)
        return
    round_ = answers.round_of(turn.session, response)
    answers.skip(turn.session, response, turn.person, intent.reason or "", turn.now)
    announcements.withdraw(turn.session, response)
    questions.close(turn.session, turn.person, f"{questions.CHECK_IN}{round_.check_in_id}")
    turn.session.flush()
    summaries.publish_again(turn.session, response, turn.now)
    turn.tell("skipped")


def back(turn: Turn, _intent: Back) -> None:
    """With a question open one goes up; else it ends an absence."""
    question = questions.newest(turn.session, turn.person, turn.now)
    if question is None:
        ended = absences.end(turn.session, turn.person, turn.today, turn.now)
        turn.tell("away_ended" if ended else "not_away")
    elif question.intent == Answer.name:
        response = turn.session.get_one(Response, question.slots["response_id"])
        _ask(turn, response, max(0, question.slots["question"] - 1))
    elif any(option.get("key") == "go_back" for option in question.options):
        questions.close(turn.session, turn.person, question.topic)
        turn.again(from_json(question.intent, {**question.slots, question.slot: "back"}))
    else:
        questions.close(turn.session, turn.person, question.topic)
        turn.tell("cancelled")


def _say_nothing_is_open(turn: Turn) -> None:
    next_at = rounds.next_prompt_of(turn.session, turn.person, turn.now)
    turn.tell("nothing_open", next_at=next_at, time_zone=turn.person.time_zone)
