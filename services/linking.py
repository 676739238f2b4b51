"""One person on several platforms: a code, shown once, that makes one more account his. Only its hash is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from models.connection import Invitation
from models.messages import Delivery, Incoming
from models.organization import Identity, Person
from services import audit, outbox, reach

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs, none of which looks like another: eight of them are 40 bits."""
LENGTH = 8
OWN_CODE = timedelta(minutes=15)
INVITED = timedelta(days=7)


def make_code(
    session: Session, person: Person, made_by: Person | str, now: datetime, lasts: timedelta | None = None
) -> tuple[str, datetime]:
    """A code for this person, and until when (UTC) it works: what was made for him before and not used ends.

    `made_by`: a person, or audit.OPERATOR. `lasts`: where it is neither a quarter of an hour nor a week.
    """
    older = update(Invitation).where(col(Invitation.person_id) == person.id, col(Invitation.expires_at) > now)
    session.execute(older.where(col(Invitation.used_at).is_(None)).values(expires_at=now))
    code = _new_code()
    row = Invitation(
        organization_id=person.organization_id,
        person_id=person.id,
        made_by_id=person.id if isinstance(made_by, str) else made_by.id,
        code_hash=_hash(code),
        expires_at=now + (lasts or (OWN_CODE if made_by == person else INVITED)),
    )
    session.add(row)
    session.flush()
    audit.write(session, now, made_by, "code.made", row, new={"person": person.id})
    return code, row.expires_at


def _new_code() -> str:
    """With a figure in it, which tells a code from a word of the same length."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        if any(sign.isdecimal() for sign in code):
            return code


def _hash(code: str) -> str:
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def meant_by(session: Session, code: str, organization_id: int, now: datetime) -> tuple[Invitation, Person] | None:
    """Whom the code links, while it is good: unused, not expired, of this organization, for somebody on the list."""
    query = select(Invitation, Person).join(Person, col(Invitation.person_id) == Person.id)
    query = query.where(Invitation.code_hash == _hash(code), Invitation.organization_id == organization_id)
    good = query.where(col(Invitation.used_at).is_(None), Invitation.expires_at > now, Person.active)
    return session.exec(good.with_for_update(of=Invitation)).first()


def link(session: Session, invitation: Invitation, person: Person, incoming: Incoming, now: datetime) -> int:
    """Make the sender's account this person's own, and end the code. Returns the id of the audit entry that says so."""
    invitation.used_at = now
    session.add(invitation)
    account = Identity(
        organization_id=person.organization_id,
        person_id=person.id,
        platform=incoming.platform,
        workspace=incoming.connection,
        external_id=incoming.sender,
        profile_due_at=now,
        reach_at=now,
        source="self",
    )
    session.add(account)
    session.flush()
    entry = audit.write(session, now, person, "account.linked", account, new={"platform": account.platform})
    session.flush()
    return entry.id


def unlink(session: Session, account_id: int, person: Person, now: datetime) -> None:
    """What the person linked by mistake, or somebody else in his name; an account of the programme file stays."""
    account = session.get(Identity, account_id)
    if account is None or account.source != "self":
        return
    audit.write(session, now, person, "account.unlinked", account, old={"platform": account.platform})
    _forget_what_was_promised(session, account)
    session.delete(account)
    session.flush()


def _forget_what_was_promised(session: Session, account: Identity) -> None:
    """It turned out to be somebody else's: what was not sent there yet never is."""
    here = (col(Delivery.platform) == account.platform, col(Delivery.connection) == account.workspace)
    outbox.take_back(session, *here, col(Delivery.place_id) == account.external_id)


def owner_of(session: Session, incoming: Incoming) -> int | None:
    """The person id this account belongs to, on the list or not any more."""
    account = reach.identity(session, incoming.platform, incoming.connection, incoming.sender)
    return account.person_id if account else None
