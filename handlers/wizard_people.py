"""Who belongs to a team, as somebody types it: `@a @b, lead @c, observer Dana, me too`, `remove @b`.

A name the platform mentions is that account; a name of the list is that person; any other is somebody new.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from handlers.turn import Turn
from models.organization import Person
from services import people, permissions
from services.render import TEMPLATES
from services.set_up import Member

WORDS: dict[str, Any] = tomllib.loads((TEMPLATES / "set_up.toml").read_text("utf-8"))["people"]
ONE = {word: role for role, words in WORDS["one"].items() for word in words}
SEVERAL = {word: role for role, words in WORDS["several"].items() for word in words}
ROLES = {**ONE, **SEVERAL}
_SIGNS = "|".join(re.escape(sign) for sign in sorted(WORDS["between"], key=len, reverse=True))
_BETWEEN = re.compile(rf"({_SIGNS}|@)", re.IGNORECASE)
_ROLE = re.compile(
    rf"({'|'.join(re.escape(word) for word in sorted(ROLES, key=len, reverse=True))})(?![a-z])[ :\uff1a]*",
    re.IGNORECASE,
)
NAME_CHARACTERS, MOST_PEOPLE = 80, 50


@dataclass(frozen=True)
class Wrong:
    """`code`: several (more than one can be meant), elsewhere (owners and HR decide), too_long, too_many, nobody."""

    code: str
    name: str = ""
    near: str = ""


def read(turn: Turn, said: str, before: list[Member], team_id: int | None) -> list[Member] | Wrong:
    """Those named so far with those named now; who is named again has the new role."""
    named: dict[tuple[Any, ...], Member] = {_key(member): member for member in before}
    fresh: set[tuple[Any, ...]] = set()
    for role, name in _named(said):
        member = _member(turn, role, name, team_id)
        if isinstance(member, Wrong):
            return member
        key = _key(member)
        if key in fresh and {named[key].role, member.role} == {"lead", "member"}:
            member = member.model_copy(update={"role": "lead", "asked": True})
        named[key] = member
        fresh.add(key)
    if not fresh:
        return Wrong("nobody")
    return list(named.values()) if len(named) <= MOST_PEOPLE else Wrong("too_many", near=str(MOST_PEOPLE))


def _key(member: Member) -> tuple[Any, ...]:
    return member.person_id, member.account, "" if member.person_id or member.account else member.name.casefold()


def _named(said: str) -> Iterator[tuple[str, str]]:
    """(role, name) in the order they stand."""
    role, sticks = "member", False
    for piece in _BETWEEN.split(said):
        if not piece or piece == "@" or _BETWEEN.fullmatch(piece):
            if piece in WORDS["ends_a_role"] and not (sticks and piece in (",", "\uff0c")):
                role, sticks = "member", False
            continue
        name = piece.strip(" .\u3002:\uff1a")
        found = _ROLE.match(name)
        if found is not None:
            word = found[1].casefold()
            role, sticks = ROLES[word], word in SEVERAL
            name = name[found.end() :].strip()
        if any(sign.isalnum() for sign in name):
            yield role, name


def _member(turn: Turn, role: str, name: str, team_id: int | None) -> Member | Wrong:
    asked = role == "member"
    if name.casefold() in WORDS["me"]:
        leads = team_id is not None and permissions.leads(turn.session, turn.person, team_id)
        role = "lead" if role == "member" and leads else role
        return Member(name=turn.person.name, role=role, asked=role in ("member", "lead"), person_id=turn.person.id)
    if len(name) > NAME_CHARACTERS:
        return Wrong("too_long", name[:30])
    incoming = turn.incoming
    account = incoming.mentions.get(name)
    known = people.person_of(turn.session, incoming.platform, incoming.connection, account) if account else None
    if account and known is None:
        return Member(name=name, role=role, asked=asked, account=(incoming.platform, incoming.connection, account))
    found = [known] if known else turn.named(name)
    if len(found) > 1:
        return Wrong("several", name, ", ".join(person.name for person in found[:5]))
    if not found:
        return Wrong("nobody", name) if role == "out" else Member(name=name, role=role, asked=asked)
    if not _may_take(turn, found[0], team_id):
        return Wrong("elsewhere", found[0].name)
    return Member(name=found[0].name, role=role, asked=asked, person_id=found[0].id)


def _may_take(turn: Turn, person: Person, team_id: int | None) -> bool:
    """A lead takes into his team who is in no other one's: whose people they are, their leads and HR decide."""
    if permissions.is_steward(turn.person) or person.id == turn.person.id:
        return True
    led = {team.id for team in people.teams_of(turn.session, turn.person, "lead")}
    theirs = {team.id for team in people.teams_of(turn.session, person)}
    return person.role == "member" and theirs <= led | {team_id}
