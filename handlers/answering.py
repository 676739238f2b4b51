"""Answering a check-in: one question at a time, or all on one form; the last answer sends them all."""

from collections.abc import Sequence

from handlers import action_status, receipts
from handlers.intents import Answer, SaveDraft, SubmitForm, UpdateAction
from handlers.turn import Turn
from models.check_ins import ANSWERED, Response, Round
from models.ledger import Action
from models.messages import Form, FormField
from services import announcements, anonymity, answers, blockers, inbox, prefill, prompts, questions, summaries
from services.limits import FORM_FIELD_CHARACTERS
from services.question_kinds import NO_BLOCKER, Question, Read, Unread, in_words, kind_of, options, read
from services.render import label

NOT_ON_A_FORM = ("action_status",)
"""Items are asked about one by one, with their buttons."""
NOTHING_ELSE = {"options": "", "low": "", "high": "", "unit": "", "limit": ""}


def open_(turn: Turn, response: Response) -> None:
    """One form where the platform can show it, else one question at a time."""
    if _is_closed(turn, response):
        return
    form = form_of(turn, response)
    if turn.can_open_form() and form.fields:
        turn.open_form(form)
        return
    unanswered = answers.next_question(turn.session, response)
    again = next(iter(can_be_asked(turn, response)), None)
    if unanswered is not None:
        ask(turn, response, unanswered)
    elif response.state == "withdrawn":
        send(turn, response)
    elif again is not None:
        ask(turn, response, again)
    else:
        turn.tell("items_move_anytime")


def can_be_asked(turn: Turn, response: Response) -> list[int]:
    """The questions there is something to say to: where an item stands is said once, and then with `#12 …`."""
    questions_of_round = answers.round_of(turn.session, response).questions
    return [
        number
        for number in answers.asked(turn.session, response)
        if kind_of(questions_of_round[number]) != "action_status" or answers.items_left(turn.session, response, number)
    ]


def _is_closed(turn: Turn, response: Response) -> bool:
    """What was sent without a name is nobody's to change; what was shown is added to no more."""
    round_ = answers.round_of(turn.session, response)
    if not round_.anonymous:
        return False
    if response.state in ANSWERED:
        turn.tell("anonymous_sent")
    elif anonymity.is_over(turn.session, round_):
        turn.tell("anonymous_over", check_in=answers.check_in_of(turn.session, round_).name)
    else:
        return False
    return True


def ask(turn: Turn, response: Response, number: int) -> None:
    round_ = answers.round_of(turn.session, response)
    put = prompts.asked(turn.session, response, number, turn.locale)
    turn.ask(
        Answer(response.id, number, item=put.item),
        "text",
        "question",
        topic=f"{questions.CHECK_IN}{round_.check_in_id}",
        options=put.options or None,
        **put.words(),
    )


def form_of(turn: Turn, response: Response) -> Form:
    """What was said or planned before stands in it; an answer longer than a field holds is left out: sent back, it
    would be cut. A form for what is anonymous shows nothing: the platform would keep it."""
    round_ = answers.round_of(turn.session, response)
    values = _values(turn, response, round_)
    known = answers.given(turn.session, response)
    fields = tuple(
        _field(turn, round_.questions[number], number, values.get(number, ""), round_.anonymous and number in known)
        for number in answers.asked(turn.session, response)
        if kind_of(round_.questions[number]) not in NOT_ON_A_FORM
        and len(values.get(number, "")) <= FORM_FIELD_CHARACTERS
    )
    return Form(
        action=f"v1:form:{response.id}",
        title=answers.check_in_of(turn.session, round_).name,
        submit=label(turn.locale, "send"),
        close=label(turn.locale, "cancel"),
        fields=fields,
        locale=turn.locale,
    )


def _values(turn: Turn, response: Response, round_: Round) -> dict[int, str]:
    if round_.anonymous:
        return {}
    drafts = answers.given(turn.session, response)
    earlier = prefill.earlier_of(turn.session, response, round_)
    values = {}
    for number, question in enumerate(round_.questions):
        answer = drafts.get(number) or prefill.start_of(question, earlier)
        again = prefill.as_now(question, answer, turn.locale) if answer else None
        values[number] = prefill.typed(question, again) if again else ""
    return values


def _field(turn: Turn, question: Question, number: int, value: str, is_known: bool) -> FormField:
    text = in_words(question["ask"], turn.locale)
    hint = prompts.hint(question, turn.locale)
    choices = tuple((str(each["value"]), turn.label_of(each)) for each in options(question, turn.locale))
    return FormField(
        name=str(number),
        label=f"{text} ({hint})" if hint else text,
        value=value,
        required=not is_known,
        max_length=FORM_FIELD_CHARACTERS,
        kind="choice" if choices else "line" if kind_of(question) == "number" else "text",
        options=choices,
    )


def answer(turn: Turn, intent: Answer) -> None:
    """One answer is saved at once; what cannot be read is asked for again, with what was said."""
    response = turn.session.get_one(Response, intent.response_id)
    round_ = answers.round_of(turn.session, response)
    _leave_no_trace(turn, round_)
    if _is_closed(turn, response):
        return
    if answers.says_nothing(intent.text or ""):
        ask(turn, response, intent.question)
    elif kind_of(round_.questions[intent.question]) == "action_status":
        action_status.said(turn, intent)
    else:
        _take(turn, response, round_, intent)


def _take(turn: Turn, response: Response, round_: Round, intent: Answer) -> None:
    understood = read(round_.questions[intent.question], intent.text or "", turn.locale)
    if isinstance(understood, Unread):
        say_unread(turn, round_, understood, intent.text or "")
        ask(turn, response, intent.question)
        return
    is_new = intent.question not in answers.given(turn.session, response)
    typed = turn.incoming.kind == "text"
    source = turn.incoming.message_id if typed else None
    answers.save(turn.session, response, intent.question, understood, turn.now, source)
    if typed:
        refresh_form(turn, response)
    go_on(turn, response, None if is_new else intent.question)


def say_unread(turn: Turn, round_: Round, unread: Unread, said: str) -> None:
    """What is wrong with it, in one sentence. What is anonymous is not said back."""
    said = "" if round_.anonymous else said
    turn.tell("answer_unread", code=unread.code, said=said, **{**NOTHING_ELSE, **unread.values})


def _leave_no_trace(turn: Turn, round_: Round) -> None:
    if round_.anonymous:
        inbox.blank(turn.session, turn.receipt_id)


def go_on(turn: Turn, response: Response, after: int | None = None) -> None:
    """The next question, or all is sent. Who edits (`after`: the answer just changed) is led through the rest."""
    following = answers.next_question(turn.session, response)
    if following is None and after is not None and response.state in ANSWERED:
        following = next((number for number in can_be_asked(turn, response) if number > after), None)
    if following is None:
        send(turn, response)
    else:
        ask(turn, response, following)


def moved(turn: Turn, intent: UpdateAction, action: Action) -> None:
    """An item moved while a check-in asked about it: that is the answer, however it was said."""
    where = action_status.place_of(turn, intent, action)
    if where is None:
        return
    response = turn.session.get_one(Response, where[0])
    action_status.settle(turn, response, where[1], action, intent.note or "")
    go_on(turn, response)


def submit_form(turn: Turn, intent: SubmitForm) -> None:
    response = turn.session.get_one(Response, intent.response_id)
    _leave_no_trace(turn, answers.round_of(turn.session, response))
    if _is_closed(turn, response):
        return
    unread = _save(turn, response, intent.answers)
    if unread is None:
        go_on(turn, response)
    else:
        ask(turn, response, unread)


def save_draft(turn: Turn, intent: SaveDraft) -> None:
    """Closed unsent: kept for the next opening, silently. Of what was sent before, closing the form changes nothing."""
    response = turn.session.get_one(Response, intent.response_id)
    round_ = answers.round_of(turn.session, response)
    _leave_no_trace(turn, round_)
    if response.state in ANSWERED or (round_.anonymous and anonymity.is_over(turn.session, round_)):
        return
    for number, text in intent.answers:
        understood = _read(turn, round_, number, text)
        if isinstance(understood, Read):
            _save_changed(turn, response, number, understood)


def _save(turn: Turn, response: Response, given: Sequence[tuple[int, str]]) -> int | None:
    """What stands there already is not saved again. The number of the first that could not be read is returned, and
    said."""
    round_, first = answers.round_of(turn.session, response), None
    for number, text in given:
        understood = _read(turn, round_, number, text)
        if isinstance(understood, Read):
            _save_changed(turn, response, number, understood)
        elif understood is not None and first is None:
            say_unread(turn, round_, understood, text)
            first = number
    return first


def _read(turn: Turn, round_: Round, number: int, text: str) -> Read | Unread | None:
    """None: there is no such question."""
    return read(round_.questions[number], text, turn.locale) if number < len(round_.questions) else None


def _save_changed(turn: Turn, response: Response, number: int, understood: Read) -> None:
    known = answers.given(turn.session, response).get(number)
    if known is None or (known.text, known.value) != (understood.text, understood.value):
        answers.save(turn.session, response, number, understood, turn.now)


def refresh_form(turn: Turn, response: Response) -> None:
    """A form still before the person's eyes must not send back older answers than those just typed."""
    turn.change_form(form_of(turn, response))


def send(turn: Turn, response: Response) -> None:
    """Nothing is missing: others may read it. Sent again, it is changed where it stands."""
    round_ = answers.round_of(turn.session, response)
    announcements.withdraw(turn.session, response)
    questions.close(turn.session, turn.person, f"{questions.CHECK_IN}{round_.check_in_id}")
    if round_.anonymous:
        anonymity.submit(turn.session, response)
    else:
        answers.submit(turn.session, response, turn.person, turn.now)
        raise_blockers(turn, response)
    turn.session.flush()
    summaries.publish_again(turn.session, response, turn.now)
    receipts.receipt(turn, response)
    _ask_what_waits(turn)


def send_again(turn: Turn, response: Response) -> None:
    """What others read changes where it stands, without a new receipt."""
    answers.submit(turn.session, response, turn.person, turn.now)
    raise_blockers(turn, response)
    turn.session.flush()
    summaries.publish_again(turn.session, response, turn.now)
    receipts.show_leads(turn, response)


def raise_blockers(turn: Turn, response: Response) -> None:
    round_ = answers.round_of(turn.session, response)
    said = [each for each in answers.shown_of(turn.session, response) if _is_about_blockers(round_, each.question)]
    if said:
        text = "\n".join(each.text for each in said if each.value != NO_BLOCKER)
        blockers.raise_from_answer(turn.session, response, turn.person, text, turn.now)


def _is_about_blockers(round_: Round, number: int) -> bool:
    return kind_of(round_.questions[number]) == "blocker"


def _ask_what_waits(turn: Turn) -> None:
    """Another check-in that was being answered is asked again, so that nobody's next words become its answer unseen."""
    question = questions.newest(turn.session, turn.person, turn.now)
    if question is not None and question.intent == Answer.name:
        response = turn.session.get_one(Response, question.slots["response_id"])
        ask(turn, response, question.slots["question"])
