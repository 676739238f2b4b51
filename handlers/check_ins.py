"""A person and his check-ins: which one is meant, answering it, the same as last time, later, not at all, one back."""

from datetime import timedelta

from handlers import answering
from handlers.intents import Answer, Back, Edit, Later, Report, Same, ShowAction, Skip
from handlers.slots import from_json
from handlers.turn import Turn
from models.check_ins import ANSWERED, Response
from models.conversation import OpenQuestion
from services import absences, announcements, answers, prefill, questions, rounds, summaries
from services.question_kinds import Read
from services.render import day

DEFAULT_PAUSE = timedelta(hours=1)
LAST_REMINDER_BEFORE_CLOSE = timedelta(minutes=15)


def report(turn: Turn, intent: Report) -> None:
    response = _meant(turn, intent)
    if response is not None:
        answering.open_(turn, response)


def _meant(turn: Turn, intent: Report | Same) -> Response | None:
    """The one named by a button, or the only one that waits; of several he is asked which, of none he is told."""
    if intent.response_id is not None:
        return answers.own_response(turn.session, turn.person, intent.response_id)
    waiting = _waiting(turn)
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        options = [{"value": each.id, "text": _named(turn, each)} for each in waiting]
        turn.ask(intent, "response_id", "ask_which_check_in", options=options, takes_text=False)
        return None
    sent = answers.last_answered(turn.session, turn.person)
    if sent is None or isinstance(intent, Same):
        _say_nothing_is_open(turn)
        return None
    return sent


def _waiting(turn: Turn) -> list[Response]:
    """What he was asked and can still answer in time comes before what he let pass and what he can answer early."""
    able = [each for each in rounds.open_for(turn.session, turn.person, turn.now) if not _is_shut(turn, each)]
    now = [each for each in able if each.state == "withdrawn" or _in_time(turn, each)]
    return now or able


def _is_shut(turn: Turn, response: Response) -> bool:
    round_ = answers.round_of(turn.session, response)
    return round_.anonymous and round_.closed_at is not None


def _in_time(turn: Turn, response: Response) -> bool:
    return response.state != "planned" and turn.now < response.close_at


def _named(turn: Turn, response: Response) -> str:
    round_ = answers.round_of(turn.session, response)
    return f"{answers.check_in_of(turn.session, round_).name} · {day(turn.locale, round_.on_date)}"


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
        answering.open_(turn, response)


def same(turn: Turn, intent: Same) -> None:
    """Every question still open gets its last answer; what has none, and where the items stand, is asked."""
    response = _meant(turn, intent)
    if response is None:
        return
    if response.state in ANSWERED:
        turn.tell("sent_already", turn.button("edit", "edit", response.id))
    elif _repeat(turn, response):
        answering.go_on(turn, response)
    else:
        turn.tell("no_last_answers")
        answering.open_(turn, response)


def _repeat(turn: Turn, response: Response) -> bool:
    """Whether anything could be given again."""
    round_ = answers.round_of(turn.session, response)
    earlier = prefill.earlier_of(turn.session, response, round_)
    last = prefill.repeated(round_.questions, earlier)
    for number, answer in last.items():
        read = prefill.as_now(round_.questions[number], answer, turn.locale)
        wanted = number in answers.asked(turn.session, response)
        if isinstance(read, Read) and wanted and number not in answers.given(turn.session, response):
            answers.save(turn.session, response, number, read, turn.now)
    return bool(last)


def later(turn: Turn, intent: Later) -> None:
    """Ask again then, but while it still helps: a quarter of an hour before the window closes at the latest."""
    response = _being_asked(turn, intent)
    if response is None or response.state != "prompted":
        _say_nothing_is_open(turn)
        return
    until = min(intent.until or turn.now + DEFAULT_PAUSE, response.close_at - LAST_REMINDER_BEFORE_CLOSE)
    until = max(until, turn.now)
    answers.postpone(turn.session, response, until, turn.now, turn.person)
    turn.tell("later_set", until=until, closes_at=response.close_at, time_zone=turn.person.time_zone)


def _being_asked(turn: Turn, intent: Later | Skip) -> Response | None:
    """Of several that wait, the one asked last is meant."""
    question = _open_question(turn)
    if intent.response_id is None and question is not None and question.intent == Answer.name:
        return turn.session.get_one(Response, question.slots["response_id"])
    return answers.own_response(turn.session, turn.person, intent.response_id)


def _open_question(turn: Turn) -> OpenQuestion | None:
    return questions.newest(turn.session, turn.person, turn.now)


def skip(turn: Turn, intent: Skip) -> None:
    """Of another question than a check-in's it means: never mind."""
    question = _open_question(turn)
    if intent.response_id is None and question is not None and question.intent != Answer.name:
        questions.close(turn.session, turn.person, question.topic)
        turn.tell("cancelled")
        return
    response = _being_asked(turn, intent)
    if response is None or response.state not in ("planned", "prompted", "missed"):
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
    question = _open_question(turn)
    if question is None:
        ended = absences.end(turn.session, turn.person, turn.today, turn.now)
        turn.tell("away_ended" if ended else "not_away")
    elif question.intent == Answer.name:
        response = turn.session.get_one(Response, question.slots["response_id"])
        before = [n for n in answering.can_be_asked(turn, response) if n < question.slots["question"]]
        answering.ask(turn, response, before[-1] if before else question.slots["question"])
    elif any(option.get("key") == "go_back" for option in question.options):
        questions.close(turn.session, turn.person, question.topic)
        turn.again(from_json(question.intent, {**question.slots, question.slot: "back"}))
    else:
        questions.close(turn.session, turn.person, question.topic)
        turn.tell("cancelled")


def _say_nothing_is_open(turn: Turn) -> None:
    next_at = rounds.next_prompt_of(turn.session, turn.person, turn.now)
    turn.tell("nothing_open", next_at=next_at, time_zone=turn.person.time_zone)
