"""The data a person would want out, of one team: one JSON document, or one flat CSV that a spreadsheet opens right."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from models.check_ins import ANSWERED, CheckIn, Response, Round
from models.coaching import CoachingNote
from models.digests import Digest
from models.ledger import Action, ActionUpdate, Blocker
from models.organization import Membership, Person, Team
from models.recognition import Honoured, Recognition
from services import anonymity, answers, blockers, calendar
from services.question_kinds import kind_of

CSV_COLUMNS = ("kind", "at", "number", "person", "what", "state", "progress", "due", "text")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
Row = dict[str, Any]


def collect(session: Session, team: Team, since: date | None, with_notes: bool) -> dict[str, list[Row]]:
    """Instants ISO in the team's zone. Coaching notes only when asked for, and only those shared with the person."""
    begins = calendar.instant(since, "00:00", team.time_zone) if since else None
    names = dict(
        session.exec(select(Person.id, Person.name).where(Person.organization_id == team.organization_id)).all()
    )
    data = {
        "rounds": list(_rounds(session, team, begins, names)),
        "actions": list(_actions(session, team, begins, names)),
        "blockers": list(_blockers(session, team, begins, names)),
        "recognitions": list(_recognitions(session, team, begins, names)),
        "digests": list(_digests(session, team, begins)),
    }
    if with_notes:
        data["coaching_notes"] = list(_notes(session, team, begins, names))
    return data


def _since(column: Any, begins: datetime | None) -> list[Any]:
    return [column >= begins] if begins else []


def _at(team: Team, moment: datetime | None) -> str | None:
    return calendar.local(moment, team.time_zone).isoformat() if moment else None


def _rounds(session: Session, team: Team, begins: datetime | None, names: dict[int, str]) -> Iterator[Row]:
    query = select(Round, CheckIn.name).join(CheckIn, col(Round.check_in_id) == CheckIn.id)
    query = query.where(Round.team_id == team.id, *_since(Round.opened_at, begins)).order_by(col(Round.on_date))
    for round_, name in session.exec(query).all():
        yield {
            "check_in": name,
            "on": round_.on_date.isoformat(),
            "questions": [question["ask"] for question in round_.questions],
            "responses": list(_responses(session, team, round_, names)),
            **({"anonymous": _anonymous(session, team, round_)} if round_.anonymous else {}),
        }


def _anonymous(session: Session, team: Team, round_: Round) -> list[Row]:
    """What the team was shown of an anonymous Round, question by question; nothing below the floor."""
    results = anonymity.results(session, round_, team.locale) or []
    return [{"texts": each["texts"], "counts": dict(each["counts"])} for each in results]


def _responses(session: Session, team: Team, round_: Round, names: dict[int, str]) -> Iterator[Row]:
    for response in session.exec(select(Response).where(Response.round_id == round_.id)).all():
        yield {
            "person": names[response.person_id],
            "state": response.state,
            "audience": response.audience,
            "submitted_at": _at(team, response.submitted_at),
            **_answers(session, round_, response),
        }


def _answers(session: Session, round_: Round, response: Response) -> Row:
    """What the team was shown: no draft, nothing taken back or meant for the lead alone, and no mood of anybody.

    `values`: what the texts stand for, where they stand for something.
    """
    sent = response.state in ANSWERED and response.audience == "team"
    given = answers.shown_of(session, response) if sent else []
    shared = [each for each in given if kind_of(round_.questions[each.question]) != "mood"]
    return {
        "answers": [each.text for each in shared],
        "values": [each.value for each in shared],
        "asked": [each.question for each in shared],
    }


def _actions(session: Session, team: Team, begins: datetime | None, names: dict[int, str]) -> Iterator[Row]:
    query = select(Action).where(Action.team_id == team.id, *_since(Action.moved_at, begins))
    for action in session.exec(query.order_by(col(Action.number))).all():
        yield {
            "number": action.number,
            "title": action.title,
            "owner": names[action.owner_id],
            "measure": action.measure,
            "state": action.state,
            "progress": action.progress,
            "starts_on": action.starts_on.isoformat(),
            "due_on": action.due_on.isoformat(),
            "updates": list(_updates(session, team, action, begins, names)),
        }


def _updates(
    session: Session, team: Team, action: Action, begins: datetime | None, names: dict[int, str]
) -> Iterator[Row]:
    query = select(ActionUpdate).where(ActionUpdate.action_id == action.id, *_since(ActionUpdate.at, begins))
    for update in session.exec(query.order_by(col(ActionUpdate.id))).all():
        yield {
            "at": _at(team, update.at),
            "person": names[update.person_id],
            "state": update.state,
            "progress": update.progress,
            "due_on": update.due_on.isoformat(),
            "note": update.note,
        }


def _blockers(session: Session, team: Team, begins: datetime | None, names: dict[int, str]) -> Iterator[Row]:
    """Not what was said to the lead alone."""
    query = select(Blocker).where(Blocker.team_id == team.id, *_since(Blocker.raised_at, begins))
    for blocker in session.exec(query.order_by(col(Blocker.number))).all():
        if blockers.is_for_all(session, blocker):
            action = session.get(Action, blocker.action_id) if blocker.action_id else None
            yield {
                "number": f"B{blocker.number}",
                "at": _at(team, blocker.raised_at),
                "person": names[blocker.person_id],
                "text": blocker.text,
                "action": action.number if action else None,
                "helper": names[blocker.helper_id] if blocker.helper_id else None,
                "state": blocker.state,
                "acknowledged_at": _at(team, blocker.acknowledged_at),
                "resolved_at": _at(team, blocker.resolved_at),
                "escalated_at": _at(team, blocker.escalated_at),
                "note": blocker.last_note,
            }


def _recognitions(session: Session, team: Team, begins: datetime | None, names: dict[int, str]) -> Iterator[Row]:
    """Public ones that still stand: private thanks are between those people."""
    query = select(Recognition).where(
        Recognition.team_id == team.id, Recognition.public, col(Recognition.reversed_at).is_(None)
    )
    for thanks in session.exec(query.where(*_since(Recognition.given_at, begins)).order_by(col(Recognition.id))).all():
        honoured = session.exec(select(Honoured.person_id).where(Honoured.recognition_id == thanks.id)).all()
        yield {
            "at": _at(team, thanks.given_at),
            "giver": names[thanks.giver_id],
            "honoured": [names[person_id] for person_id in honoured],
            "text": thanks.text,
            "values": thanks.values,
            "evidence": thanks.evidence,
        }


def _digests(session: Session, team: Team, begins: datetime | None) -> Iterator[Row]:
    query = select(Digest).where(Digest.team_id == team.id, *_since(Digest.posted_at, begins)).order_by(Digest.week)
    for digest in session.exec(query).all():
        yield {"week": digest.week, "posted_at": _at(team, digest.posted_at), **digest.figures}


def _notes(session: Session, team: Team, begins: datetime | None, names: dict[int, str]) -> Iterator[Row]:
    members = select(Membership.person_id).where(Membership.team_id == team.id)
    shared = select(CoachingNote).where(
        col(CoachingNote.person_id).in_(members), col(CoachingNote.visibility).in_(("both", "hr"))
    )
    for note in session.exec(shared.where(*_since(CoachingNote.written_at, begins))).all():
        yield {
            "at": _at(team, note.written_at),
            "coach": names[note.coach_id],
            "person": names[note.person_id],
            "text": note.text,
            "agreed": note.agreed,
        }


def as_csv(data: dict[str, list[Row]]) -> str:
    """With a byte order mark, so that Chinese opens right; a text that could be a formula is made a text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, CSV_COLUMNS, restval="")
    writer.writeheader()
    for row in _flat(data):
        writer.writerow({name: _harmless(value) for name, value in row.items()})
    return "\ufeff" + out.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value


def _flat(data: dict[str, list[Row]]) -> Iterator[Row]:
    for kind, rows_of in FLAT.items():
        for item in data.get(kind, []):
            yield from rows_of(item)


def _flat_round(round_: Row) -> Iterator[Row]:
    about = {"what": round_["check_in"]}
    for response in round_["responses"]:
        yield {
            "kind": "response", "at": response["submitted_at"] or round_["on"], "person": response["person"],
            "state": response["state"], "text": "\n".join(response["answers"]), **about,
        }  # fmt: skip
    for result in round_.get("anonymous", []):
        said = [*result["texts"], *(f"{text}: {count}" for text, count in result["counts"].items())]
        yield {"kind": "anonymous", "at": round_["on"], "text": "\n".join(said), **about}


def _flat_action(action: Row) -> Iterator[Row]:
    about = {"number": action["number"], "what": action["title"]}
    yield {
        "kind": "action", "at": action["starts_on"], "person": action["owner"], "state": action["state"],
        "progress": action["progress"], "due": action["due_on"], "text": action["measure"], **about,
    }  # fmt: skip
    for update in action["updates"]:
        yield {
            "kind": "update", "at": update["at"], "person": update["person"], "state": update["state"],
            "progress": update["progress"], "due": update["due_on"], "text": update["note"], **about,
        }  # fmt: skip


def _flat_blocker(blocker: Row) -> Iterator[Row]:
    yield {
        "kind": "blocker", "at": blocker["at"], "number": blocker["number"], "person": blocker["person"],
        "what": f"#{blocker['action']}" if blocker["action"] else "", "state": blocker["state"],
        "text": blocker["text"],
    }  # fmt: skip


def _flat_thanks(thanks: Row) -> Iterator[Row]:
    names = ", ".join(thanks["honoured"])
    yield {
        "kind": "recognition", "at": thanks["at"], "person": thanks["giver"], "what": names, "text": thanks["text"],
    }  # fmt: skip


def _flat_digest(digest: Row) -> Iterator[Row]:
    yield {"kind": "digest", "at": digest["posted_at"], "what": digest["week"]}


def _flat_note(note: Row) -> Iterator[Row]:
    text = f"{note['text']}\n{note['agreed']}".strip()
    yield {"kind": "coaching_note", "at": note["at"], "person": note["coach"], "what": note["person"], "text": text}


FLAT: dict[str, Callable[[Row], Iterator[Row]]] = {
    "rounds": _flat_round, "actions": _flat_action, "blockers": _flat_blocker, "recognitions": _flat_thanks,
    "digests": _flat_digest, "coaching_notes": _flat_note,
}  # fmt: skip
"""What stands in a document of `collect`, in the order of the table."""
