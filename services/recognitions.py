"""Thanks: posted in the team's channel or given in private, taken back for a day by a reversing mark."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models.messages import Message
from models.organization import Channel, Person, Team
from models.recognition import Honoured, Recognition
from services import announcements, audit, people, posts
from services.limits import NOTE_CHARACTERS
from services.render import mention, render


@dataclass(frozen=True)
class Draft:
    """A recognition as it was previewed."""

    team: Team
    honoured: Sequence[Person]
    text: str
    values: Sequence[str]
    evidence: Sequence[int]
    public: bool


def give(session: Session, giver: Person, draft: Draft, now: datetime) -> Recognition:
    recognition = Recognition(
        organization_id=giver.organization_id,
        team_id=draft.team.id,
        giver_id=giver.id,
        text=draft.text[:NOTE_CHARACTERS],
        values=list(draft.values),
        evidence=list(draft.evidence),
        public=draft.public,
        given_at=now,
    )
    session.add(recognition)
    session.flush()
    for person in draft.honoured:
        row = Honoured(organization_id=giver.organization_id, recognition_id=recognition.id, person_id=person.id)
        session.add(row)
    session.flush()
    new = {"honoured": [person.id for person in draft.honoured], "public": draft.public}
    audit.write(session, now, giver, "recognition.given", recognition, new=new)
    _announce(session, recognition, now)
    return recognition


def reverse(session: Session, recognition: Recognition, giver: Person, now: datetime) -> None:
    """Take it back: the post says so in place, and everybody honoured is told."""
    recognition.reversed_at = now
    session.add(recognition)
    audit.write(session, now, giver, "recognition.reversed", recognition)
    _announce(session, recognition, now)
    for person in honoured_in(session, recognition):
        text = render(person.locale, "recognition_reversed_to_you", giver=giver.name)
        announcements.tell(session, now, person, Message(markup=text), f"unthanked:{recognition.id}:{person.id}")


def show_anew(session: Session, recognition: Recognition, now: datetime) -> None:
    """A post that names somebody or quotes him differently now is changed in place, where the platform can."""
    if recognition.public:
        _announce(session, recognition, now)


def _announce(session: Session, recognition: Recognition, now: datetime) -> None:
    team = session.get_one(Team, recognition.team_id)
    giver = session.get_one(Person, recognition.giver_id)
    if recognition.public:
        posts.publish(session, now, team, f"recognition:{recognition.id}", _post_of(session, recognition, giver))
    elif recognition.reversed_at is None:
        _tell_in_private(session, recognition, giver, now)


def _tell_in_private(session: Session, recognition: Recognition, giver: Person, now: datetime) -> None:
    for person in honoured_in(session, recognition):
        text = render(
            person.locale,
            "recognition_private",
            giver=giver.name,
            text=recognition.text,
            values=recognition.values,
            evidence=recognition.evidence,
        )
        announcements.tell(session, now, person, Message(markup=text), f"thanked:{recognition.id}:{person.id}")


def _post_of(session: Session, recognition: Recognition, giver: Person) -> posts.MessageFor:
    honoured = honoured_in(session, recognition)

    def message_for(locale: str, channel: Channel | None) -> Message:
        mentions = [mention(person.name, _user_id(session, person, channel)) for person in honoured]
        text = render(
            locale,
            "recognition",
            honoured=mentions,
            giver=giver.name,
            text=recognition.text,
            values=recognition.values,
            evidence=recognition.evidence,
            reversed=recognition.reversed_at is not None,
        )
        return Message(markup=text)

    return message_for


def _user_id(session: Session, person: Person, channel: Channel | None) -> str | None:
    if channel is None:
        return None
    platform = "wecom" if channel.platform == "wecom_robot" else channel.platform  # a robot calls the app's members
    identity = people.identity_on(session, person.id, platform, channel.workspace)
    return identity.external_id if identity else None


def honoured_in(session: Session, recognition: Recognition) -> Sequence[Person]:
    return session.exec(
        select(Person).join(Honoured).where(Honoured.recognition_id == recognition.id).order_by(col(Honoured.id))
    ).all()


def received_by(session: Session, person: Person, most: int = 5) -> Sequence[tuple[Recognition, str]]:
    """The newest thanks this person got and nobody took back, with the giver's name."""
    rows = session.exec(
        select(Recognition, Person.name)
        .join(Honoured, col(Honoured.recognition_id) == Recognition.id)
        .join(Person, col(Recognition.giver_id) == Person.id)
        .where(Honoured.person_id == person.id, col(Recognition.reversed_at).is_(None))
        .order_by(col(Recognition.id).desc())
        .limit(most)
    ).all()
    return [(row[0], row[1]) for row in rows]
