"""Delivery -> the AI bot's socket. Every failure is classified.

Facts: developer.work.weixin.qq.com/document/path/101463. The bot may write only where somebody wrote to it before
(errcode 93006), 30 a minute and 1,000 an hour to each conversation (846607); there is no way to ask what arrived.
"""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from typing import Any

from bot.platform import Profile
from bot.wecom_aibot.cards import Body, answered, bodies, is_card
from bot.wecom_aibot.wire import NotConnected, Unanswered, Wire
from models.messages import Delivery, Message
from services.outbox import SendError

SEND, UPDATE, UPLOAD = "aibot_send_msg", "aibot_respond_update_msg", "aibot_upload_media"
SINGLE, GROUP = 1, 2
UPLOAD_SECONDS, SEND_SECONDS = 8, 10
"""Together less than the outbox's lease on a delivery."""
CLICK_SECONDS = 5
CHUNK_BYTES = 512 * 1024
MOST_REMEMBERED = 1000
TOO_OFTEN = {45009, 45033, 45047, 846607}
NOT_SUBSCRIBED = 846609
NOBODY_THERE = {93006, 40003, 60111}
SENT_BEFORE = 42014


class AibotOutbound:
    """Sends over the wire this process holds; a process without it lets the message wait for the one that has it."""

    def __init__(self, wire: Wire, clock: Callable[[], float]) -> None:
        """`clock` is monotonic, in seconds."""
        self._wire = wire
        self._clock = clock
        self._clicks: dict[str, tuple[float, str]] = {}
        self._done: dict[int, int] = {}
        self.rest: float = 2
        """Seconds after which a message is tried again while there is no connection."""

    def clicked(self, req_id: str, task_id: str) -> None:
        """A button was pressed: for five seconds its card can be changed, once."""
        self._clicks = {req: click for req, click in self._clicks.items() if self._is_fresh(click)}
        self._clicks[req_id] = (self._clock(), task_id)

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        message = Message.model_validate(delivery.message)
        if message.form is not None:
            raise SendError("no_forms", permanent=True)
        if original is not None and original.external_id and delivery.ticket is not None:
            await self._update(delivery.ticket, message)
            return original.external_id
        whole = bodies(message, _task_id(delivery, original))
        if message.picture is not None:
            whole = [await self._uploaded("image", "picture.png", message.picture.png)]
        elif message.attachment is not None:
            whole = [await self._uploaded("file", message.attachment.name, message.attachment.content)]
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send_all(delivery, whole)
        except TimeoutError:
            raise SendError("no_answer", ambiguous=True) from None
        return _external_id(delivery)

    async def find(self, delivery: Delivery) -> str | None:
        """A card is harmless to send again, for WeCom takes its task id once; of a text nobody can say what became."""
        if delivery.ticket is not None:
            return _external_id(delivery)
        message = Message.model_validate(delivery.message)
        if message.picture is None and message.form is None and message.attachment is None:
            left = bodies(message, _external_id(delivery))[self._done.get(delivery.id, 0) :]
            if all(is_card(body) for body in left):
                return None
        raise SendError("outcome_unknown", unknown=True)

    async def profile(self, user_id: str, workspace: str) -> Profile:
        """Nothing is known: there is no directory in this mode."""
        return Profile()

    async def close(self) -> None:
        """The link's own task holds the socket."""

    async def _send_all(self, delivery: Delivery, whole: list[Body]) -> None:
        """What was sent of it before it failed is not sent again."""
        kind = SINGLE if delivery.place_kind == "dm" else GROUP
        for place in range(self._done.get(delivery.id, 0), len(whole)):
            to: Body = {"chatid": delivery.place_id, "chat_type": kind}
            try:
                await self._ask(SEND, to | whole[place])
            except SendError as error:
                raise _at_the_place(error, delivery) from error
            self._remember(delivery.id, place + 1)
        self._done.pop(delivery.id, None)

    def _remember(self, delivery_id: int, parts: int) -> None:
        while len(self._done) >= MOST_REMEMBERED:
            del self._done[next(iter(self._done))]
        self._done[delivery_id] = parts

    async def _update(self, req_id: str, message: Message) -> None:
        """Nice to have: a card that can no longer be changed stays as it is, for a new one would be said twice."""
        if not self._wire.is_open:
            raise SendError("not_connected", retry_after=self.rest)
        click = self._clicks.pop(req_id, None)
        if click is None or not self._is_fresh(click):
            return
        try:
            await self._wire.ask(UPDATE, answered(message, click[1]), req_id)
        except (NotConnected, Unanswered):
            return

    def _is_fresh(self, click: tuple[float, str]) -> bool:
        return self._clock() - click[0] < CLICK_SECONDS

    async def _uploaded(self, kind: str, name: str, content: str) -> Body:
        """`kind`: image or file; `content` in base64. Nobody sees anything of it yet: what fails may be done again."""
        try:
            async with asyncio.timeout(UPLOAD_SECONDS):
                media = await self._upload(kind, name, base64.b64decode(content))
        except (TimeoutError, KeyError, TypeError) as fault:
            raise SendError(f"upload_{type(fault).__name__}") from None
        except SendError as error:
            error.ambiguous = False
            raise
        return {"msgtype": kind, kind: {"media_id": media}}

    async def _upload(self, kind: str, name: str, content: bytes) -> str:
        """In chunks, counted from 0."""
        chunks = [content[start : start + CHUNK_BYTES] for start in range(0, len(content), CHUNK_BYTES)]
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        what = {"filename": name, "total_size": len(content), "total_chunks": len(chunks), "md5": md5}
        upload = (await self._ask(f"{UPLOAD}_init", {"type": kind, **what}))["body"]["upload_id"]
        for place, chunk in enumerate(chunks):
            data = base64.b64encode(chunk).decode()
            await self._ask(f"{UPLOAD}_chunk", {"upload_id": upload, "chunk_index": place, "base64_data": data})
        return str((await self._ask(f"{UPLOAD}_finish", {"upload_id": upload}))["body"]["media_id"])

    async def _ask(self, cmd: str, body: Body) -> dict[str, Any]:
        try:
            answer = await self._wire.ask(cmd, body)
        except NotConnected:
            raise SendError("not_connected", retry_after=self.rest) from None
        except Unanswered:
            raise SendError("no_answer", ambiguous=True) from None
        errcode = answer.get("errcode")
        if errcode not in (0, SENT_BEFORE):
            raise _classified(errcode)
        return answer


def _classified(errcode: Any) -> SendError:
    """Refused, so not sent. 4xxxx says the message is wrong; anything else is WeCom's trouble, and passes."""
    code = f"errcode_{errcode}"
    if errcode in TOO_OFTEN:
        return SendError(code, retry_after=60)
    if errcode == NOT_SUBSCRIBED:
        return SendError(code, retry_after=2)
    if errcode in NOBODY_THERE:
        return SendError(code, permanent=True, lost="never_started")
    return SendError(code, permanent=isinstance(errcode, int) and 40_000 <= errcode < 50_000)


def _at_the_place(error: SendError, delivery: Delivery) -> SendError:
    if error.lost and delivery.place_kind == "channel":
        error.lost = "gone"
    return error


def _external_id(delivery: Delivery) -> str:
    """Unique for ever, also after the database was made anew."""
    return f"lk-{delivery.id}-{int(delivery.created_at.timestamp() * 1000)}"


def _task_id(delivery: Delivery, original: Delivery | None) -> str:
    """A button of the newer text still belongs to the message it changed."""
    own = _external_id(delivery)
    return f"{original.external_id}-e{delivery.id}" if original is not None and original.external_id else own
