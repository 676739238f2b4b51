"""Delivery -> a group robot's webhook. Facts: developer.work.weixin.qq.com/document/path/91770.

Who is honoured is called by `mentioned_list`, which goes with plain text only. There are no buttons and no changes, and
nobody can ask what arrived. The key in the address is a secret: it stands sealed in the database.
"""

import asyncio
import base64
import hashlib

import httpx

from bot.platform import Profile
from bot.wecom import dialect
from bot.wecom.api import CALL_SECONDS, Json, body_of, called, checked
from models.db import Database
from models.messages import Delivery, Message
from services import vault
from services.outbox import SendError
from services.pieces import EMPTIED
from services.programme import ROBOT_KEY

TEXT_BYTES, MARKDOWN_BYTES, PICTURE_BYTES = 2048, 4096, 2 * 1024 * 1024
WRONG_KEY_SECONDS = 300.0


class RobotOutbound:
    """Every group robot of the programme; a place's id names its key."""

    def __init__(self, base: str, database: Database, sealer: vault.Sealer) -> None:
        self._url, self._database, self._sealer = f"{base}/webhook/send", database, sealer
        self._client: httpx.AsyncClient | None = None

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        """A change is posted anew. The webhook names no message."""
        message = Message.model_validate(delivery.message)
        if message.form is not None:
            raise SendError("no_forms", permanent=True)
        if original is None or message.markup != EMPTIED:
            key = await asyncio.to_thread(self._key, delivery.place_id)
            for content in contents(message):
                await self._post(key, content)
        return f"robot-{delivery.id}"

    async def find(self, delivery: Delivery) -> str | None:
        raise SendError("outcome_unknown", unknown=True)

    async def profile(self, user_id: str, workspace: str) -> Profile:
        """A robot knows nobody."""
        return Profile()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _post(self, key: str, content: Json) -> None:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=CALL_SECONDS)
        checked(body_of(await called(self._client, "POST", self._url, {"key": key}, json=content)))

    def _key(self, place_id: str) -> str:
        with self._database.reading() as session:
            try:
                found = vault.read(session, self._sealer, f"{ROBOT_KEY}{place_id}")
            except vault.WrongKey:
                raise SendError("wrong_secret_key", retry_after=WRONG_KEY_SECONDS) from None
        if found is None:
            raise SendError("no_key", lost="gone")
        return found[0]


def contents(message: Message) -> list[Json]:
    """What is posted one after the other: picture, words."""
    picture = [_picture(base64.b64decode(message.picture.png))] if message.picture else []
    return [*picture, *_words(message.markup)]


def _words(markup: str) -> list[Json]:
    words = dialect.lines(markup)
    bare, styled = dialect.as_text(words).strip(), dialect.as_markdown(words).strip()
    honoured = list(dict.fromkeys(span.user_id for span in words if span.user_id))
    if not bare:
        return []
    if not honoured and dialect.is_styled(words) and len(styled.encode()) <= MARKDOWN_BYTES:
        return [{"msgtype": "markdown", "markdown": {"content": styled}}]
    text = {"content": dialect.cut(bare, TEXT_BYTES), **({"mentioned_list": honoured} if honoured else {})}
    return [{"msgtype": "text", "text": text}]


def _picture(raw: bytes) -> Json:
    if len(raw) > PICTURE_BYTES:
        raise SendError("picture_too_large", permanent=True)
    image = {"base64": base64.b64encode(raw).decode(), "md5": hashlib.md5(raw, usedforsecurity=False).hexdigest()}
    return {"msgtype": "image", "image": image}
