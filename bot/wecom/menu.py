"""The app's menu: a tap sends a command word. At most 3 entries of 5; names in bytes.

Facts: developer.work.weixin.qq.com/document/path/90231 (16 bytes above, 40 below, keys 128).
"""

import asyncio

from sqlmodel import select

from bot.wecom import dialect
from bot.wecom.api import Json, WecomApi
from models.db import Database
from models.organization import Organization
from services.render import words

NAME_BYTES, ENTRY_BYTES = 16, 40
ENTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("report", ()),
    ("part", ("mine", "board", "blockers", "digest")),
    ("more", ("thanks", "away", "help", "language", "privacy")),
)
"""Each key is a command word of templates/commands.toml, which is understood whatever the language. It is sent with a
slash, which makes a command even of a word like thanks."""


async def create(api: WecomApi, database: Database) -> None:
    """Put it in place, in the organization's language. Raises SendError."""
    locale = await asyncio.to_thread(_locale, database)
    await api.post("menu/create", menu(locale), agentid=api.agent_id)


def menu(locale: str) -> Json:
    names = words(locale)["menu_wecom"]
    return {"button": [_entry(names, key, below) for key, below in ENTRIES]}


def _entry(names: dict[str, str], key: str, below: tuple[str, ...]) -> Json:
    name = dialect.cut(names[key], NAME_BYTES)
    if not below:
        return {"type": "click", "name": name, "key": f"/{key}"}
    entries = [{"type": "click", "name": dialect.cut(names[each], ENTRY_BYTES), "key": f"/{each}"} for each in below]
    return {"name": name, "sub_button": entries}


def _locale(database: Database) -> str:
    with database.reading() as session:
        organization = session.exec(select(Organization)).first()
    return organization.locale if organization else "en"
