"""Delivery -> WeCom's calls. Text where nothing is styled, else markdown; buttons are cards under the text.

A repeated identical request is delivered once (`enable_duplicate_check`, up to four hours,
developer.work.weixin.qq.com/document/path/90236), so that what is in doubt is sent again, the same to the byte. Two
different deliveries that say the same are told apart by signs of no width.
"""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.platform import Profile
from bot.wecom import buttons, cards, dialect
from bot.wecom.api import Json, Refused, WecomApi, unreached
from models.messages import Attachment, Delivery, Message
from services.markup import Span, plain
from services.outbox import SendError
from services.pieces import EMPTIED

MOST_BYTES = 2048
CHECKED_FOR = timedelta(hours=4)
NO_WIDTH = "\u200b\u200c\u200d\u2060"
MARK_SIGNS = 8
PICTURE = "picture.png"
TASK_IS_KNOWN = 42014
"""A card with this task id was taken before; the id names one card of one delivery, so that it is there."""


class WecomOutbound:
    """One self-built app: members' chats, and the group chats it created itself (appchat)."""

    def __init__(self, api: WecomApi, now: Callable[[], datetime]) -> None:
        self._api, self._now = api, now
        self._pictures: dict[int, str] = {}

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        message = Message.model_validate(delivery.message)
        if message.form is not None:
            raise SendError("no_forms", permanent=True)
        if original is not None and delivery.ticket:
            return await self._answer_card(delivery, message, original)
        if original is not None and message.markup == EMPTIED:
            return original.external_id
        sent = None
        for content in await self._contents(delivery, message):
            sent = await self._post(delivery, content)
        return cards.task_id(delivery) if message.buttons and delivery.place_kind == "dm" else sent

    async def find(self, delivery: Delivery) -> str | None:
        """WeCom tells nobody what was sent, but takes the same request again without delivering it twice."""
        if delivery.place_kind == "dm" and self._now() - delivery.created_at < CHECKED_FOR:
            message = Message.model_validate(delivery.message)
            if (message.picture or message.attachment) is None or delivery.id in self._pictures:
                return None
        raise SendError("outcome_unknown", unknown=True)

    async def profile(self, user_id: str, workspace: str) -> Profile:
        """WeCom knows no time zone and no language."""
        return Profile(name=(await self._api.get("user/get", userid=user_id)).get("name") or None)

    async def close(self) -> None:
        await self._api.close()

    async def _contents(self, delivery: Delivery, message: Message) -> list[Json]:
        """What is sent one after the other: picture, text, cards."""
        contents = [await self._picture(delivery, message.picture.png)] if message.picture else []
        if message.attachment is not None:
            contents.append(await self._file(delivery, message.attachment))
        if not message.buttons or delivery.place_kind != "dm":
            return contents + said(dialect.lines(message.markup), delivery.id)
        above, on_cards = cards.dealt(delivery, message)
        return [*contents, *said(above, delivery.id), *on_cards]

    async def _picture(self, delivery: Delivery, png: str) -> Json:
        """Uploaded once: another upload would have another id, and the request would not be the same."""
        if delivery.id not in self._pictures:
            self._pictures[delivery.id] = await self._api.upload(PICTURE, base64.b64decode(png))
        return {"msgtype": "image", "image": {"media_id": self._pictures[delivery.id]}}

    async def _file(self, delivery: Delivery, attachment: Attachment) -> Json:
        if delivery.id not in self._pictures:
            content = base64.b64decode(attachment.content)
            self._pictures[delivery.id] = await self._api.upload(attachment.name, content, "file")
        return {"msgtype": "file", "file": {"media_id": self._pictures[delivery.id]}}

    async def _post(self, delivery: Delivery, content: Json) -> str | None:
        if delivery.place_kind == "channel":
            answer = await self._api.post("appchat/send", {"chatid": delivery.place_id, **content, "safe": 0})
            return str(answer.get("msgid") or f"delivery-{delivery.id}")
        body = {
            "touser": delivery.place_id,
            "agentid": self._api.agent_id,
            **content,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": int(CHECKED_FOR.total_seconds()),
        }
        try:
            answer = await self._api.post("message/send", body)
        except Refused as error:
            if error.errcode == TASK_IS_KNOWN:
                return None
            raise
        if delivery.place_id.lower() in unreached(answer):
            raise SendError("wecom_invaliduser", lost="out_of_scope")
        return str(answer.get("msgid") or "") or None

    async def _answer_card(self, delivery: Delivery, message: Message, original: Delivery) -> str | None:
        """A pressed card can be changed once, and only its buttons. A code that is used up leaves it as it is."""
        last = plain(message.markup).strip().splitlines()[-1:]
        body = {
            "userids": [delivery.place_id],
            "agentid": self._api.agent_id,
            "response_code": delivery.ticket,
            "button": {"replace_name": buttons.shortened("".join(last), buttons.CHARACTERS)},
        }
        try:
            await self._api.post("message/update_template_card", body)
        except SendError as error:
            if not error.permanent:
                raise
        return original.external_id


def said(words: list[Span], mark: int) -> list[Json]:
    """A message of these words, if there are any, with a mark nobody sees."""
    room = MOST_BYTES - len(invisible(mark).encode())
    styled, bare = dialect.as_markdown(words).strip(), dialect.as_text(words).strip()
    if not bare:
        return []
    if dialect.is_styled(words) and len(styled.encode()) <= room:
        return [{"msgtype": "markdown", "markdown": {"content": styled + invisible(mark)}}]
    return [{"msgtype": "text", "text": {"content": dialect.cut(bare, room) + invisible(mark)}}]


def invisible(number: int) -> str:
    """A number in four signs of no width: equal texts of two deliveries are two requests."""
    return "".join(NO_WIDTH[number >> 2 * place & 3] for place in range(MARK_SIGNS))
