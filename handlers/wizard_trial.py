"""A dry run for the one who sets up: what people will get, rendered by the very templates; nothing is stored and nobody
else hears of it.
"""

from typing import Any

from markupsafe import Markup

from handlers.turn import Turn
from models.organization import Team
from services import calendar, prompts, question_kinds, rhythms
from services.programme_parts import CheckInPart
from services.render import label, render


def trial(turn: Turn, part: CheckInPart, asked: list[str], team: Team | None, team_name: str) -> None:
    """Prompt, questions, reminder, receipt and summary, in the language of whoever asks. `asked`: names."""
    zone = team.time_zone if team else turn.person.time_zone
    on = next(iter(rhythms.next_dates(part.rhythm, part.at, zone, turn.now, 1)), turn.today)
    closes_at = calendar.instant(on, part.at, turn.person.time_zone) + part.closes_after
    common = {"check_in": part.name, "closes_at": closes_at, "time_zone": turn.person.time_zone}
    rows = [question.as_row() for question in part.questions]
    texts = [question_kinds.in_words(row["ask"], turn.locale) for row in rows]
    first, *more = _shown(turn, rows, texts)
    prompt = render(turn.locale, "prompt", name=turn.person.name, anonymous=part.anonymous, **common, **first)
    questions = [prompt, *(render(turn.locale, "question", **each) for each in more)]
    reminder = render(turn.locale, "reminder", **common) if part.reminder_before else ""
    receipt = render(
        turn.locale, "receipt", late=False, edited=False, cut=None, leads=None, posted=False, team=team_name,
        goes_at=closes_at, time_zone=turn.person.time_zone, pairs=[(text, _own(turn), False) for text in texts],
    )  # fmt: skip
    summary = render(turn.locale, "summary", check_in=part.name, on=on, **_summary(turn, texts, asked))
    turn.tell(
        "trial", asked=asked, parts=[Markup(each) for each in questions], reminder=Markup(reminder),
        receipt=Markup(receipt), summary=Markup(summary),
    )  # fmt: skip


def _own(turn: Turn) -> str:
    """What stands where somebody's answer will."""
    return label(turn.locale, "own_words")


def _shown(turn: Turn, rows: list[dict[str, Any]], texts: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "count": len(rows),
            "question": text,
            "hint": prompts.hint(row, turn.locale),
            "before": "",
            "last": "",
        }
        for number, (row, text) in enumerate(zip(rows, texts, strict=True), start=1)
    ]


def _summary(turn: Turn, texts: list[str], asked: list[str]) -> dict[str, Any]:
    """Of the first person only: the others' parts look the same."""
    own = dict.fromkeys(range(len(texts)), _own(turn))
    answered = [{"name": name, "late": False, "edited": False, "texts": own} for name in asked[:1]]
    counts = {"count": len(asked), "for_lead": 0, "no_answer": 0, "skipped": 0, "open": 0, "away": []}
    return {"answered": answered, "questions": texts, "moods": [], **counts}
