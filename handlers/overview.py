"""Looking: board, digest, mine, help; and the language one is spoken to in."""

from collections.abc import Sequence
from typing import Any

from handlers import naming, onboarding
from handlers.intents import Board, Contact, Help, Language, Mine, ShowDigest
from handlers.turn import Turn
from models.ledger import Action
from models.messages import Message
from models.organization import Team
from services import (
    answers,
    calendar,
    coaching,
    consent,
    digests,
    ledger,
    one_on_ones,
    outbox,
    people,
    permissions,
    recognitions,
    reflections,
    roster,
)
from services.question_kinds import shown
from services.render import render

BOARD_ORDER = ("behind", "in_progress", "done")
MOST_LINES = 3
"""Of each kind of coaching on the one page of `mine`."""


def board(turn: Turn, intent: Board) -> None:
    team = _team_asked_about(turn, intent)
    if team is not None:
        today = calendar.local_date(turn.now, team.time_zone)
        groups = _by_standing(ledger.board(turn.session, team), today)
        turn.reply("board", team=team.name, today=today, groups=groups)


def _by_standing(rows: Sequence[tuple[Action, str]], today: Any) -> list[tuple[str, list[tuple[Action, str]]]]:
    groups = {word: [row for row in rows if ledger.standing(row[0], today) == word] for word in BOARD_ORDER}
    return [(word, lines) for word, lines in groups.items() if lines]


def digest(turn: Turn, intent: ShowDigest) -> None:
    """The same facts as the weekly post, as they stand now."""
    team = _team_asked_about(turn, intent)
    if team is not None:
        week = calendar.iso_week(turn.now, team.time_zone)
        turn.reply("digest", **digests.collect(turn.session, team, week, turn.now))


def _team_asked_about(turn: Turn, intent: Board | ShowDigest) -> Team | None:
    teams = people.visible_teams(turn.session, turn.person)
    if intent.team_id is not None:
        return next((team for team in teams if team.id == intent.team_id), None)
    if not teams:
        turn.reply("no_team")
        return None
    return naming.one_team(turn, intent, teams)


def mine(turn: Turn, _intent: Mine) -> None:
    """Private: it is told in the person's own chat wherever it was asked."""
    turn.tell(
        "mine",
        actions=[
            (action, ledger.standing(action, ledger.today_of(turn.session, action.team_id, turn.now)))
            for action in ledger.open_of(turn.session, turn.person)
        ],
        response=_last_answers(turn),
        missed=_missed(turn),
        level=turn.person.intensity,
        talks=one_on_ones.next_of(turn.session, turn.person, turn.now)[:MOST_LINES],
        time_zone=turn.person.time_zone,
        notes=coaching.shared_with(turn.session, turn.person, MOST_LINES),
        written=coaching.written_by(turn.session, turn.person, MOST_LINES),
        reflections=reflections.answered(turn.session, turn.person, MOST_LINES),
        thanks=recognitions.received_by(turn.session, turn.person),
    )


def _missed(turn: Turn) -> tuple[str, Any] | None:
    """The check-in that stands as missed and can still be answered; nobody else reads that word."""
    response = answers.to_answer(turn.session, turn.person)
    if response is None or response.state != "missed":
        return None
    round_ = answers.round_of(turn.session, response)
    return answers.check_in_of(turn.session, round_).name, round_.on_date


def _last_answers(turn: Turn) -> dict[str, Any] | None:
    response = answers.last_answered(turn.session, turn.person)
    if response is None:
        return None
    round_ = answers.round_of(turn.session, response)
    texts = [
        shown(round_.questions[each.question], each.text, each.value, turn.locale)
        for each in answers.shown_of(turn.session, response)
    ]
    return {"on": round_.on_date, "texts": texts}


def help_(turn: Turn, _intent: Help) -> None:
    leads = people.teams_of(turn.session, turn.person, "lead")
    turn.reply("help", coaches=bool(leads) or permissions.is_steward(turn.person))
    onboarding.warn_lonely_owner(turn)


def language(turn: Turn, intent: Language) -> None:
    if intent.locale is None:
        turn.ask(intent, "locale", "ask_language")
        return
    roster.speak(turn.session, turn.person, intent.locale, turn.now)
    turn.tell("language_set")


def contact(turn: Turn, _intent: Contact) -> None:
    """Platforms report every opening of the chat; the welcome is said once on each of them, where it was opened.
    Who has not agreed yet hears the first contact in its place."""
    if turn.person.consented_at is None:
        consent.greet(turn.session, turn.person, turn.now, turn.own_address())
        return
    incoming, key = turn.incoming, f"welcome:{turn.person.id}"
    said = outbox.by_key(turn.session, key)
    if said is not None and (said.platform, said.connection) != (incoming.platform, incoming.connection):
        key += f":{incoming.platform}:{incoming.connection}"
    text = render(turn.locale, "welcome", name=turn.person.name)
    outbox.post(turn.session, turn.now, turn.own_address(), Message(markup=text), key)


def not_in_this_version(turn: Turn, intent: Any) -> None:
    turn.reply("not_in_this_version", name=intent.name)
