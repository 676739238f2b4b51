"""Delivery -> Bot API, every failure classified.

Telegram knows no idempotence key and shows a bot no history, so nobody can find out whether a message arrived whose
sending ended without an answer: a doubtful edit is repeated, a doubtful post is not (docs/adr/0015).
"""

import base64
from collections.abc import Awaitable
from typing import Any, TypeVar

from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.platform import Profile
from bot.telegram.client import Client, classified
from bot.telegram.dialect import html, units
from models.messages import Button, Delivery, Message
from services.markup import plain
from services.outbox import SendError

T = TypeVar("T")
MOST_IN_TEXT, MOST_IN_CAPTION, MOST_IN_PLACEHOLDER = 4096, 1024, 64
MOST_BUTTONS, MOST_IN_A_ROW = 100, 3
SHORT_LABEL = 12
"""UTF-16 units; three of them stand beside each other on a phone."""
NOT_MODIFIED = "message is not modified"
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class TelegramOutbound:
    """One bot by its token."""

    def __init__(self, client: Client) -> None:
        self._client, self._bot = client, client.bot

    async def send(self, delivery: Delivery, original: Delivery | None) -> str | None:
        message = Message.model_validate(delivery.message)
        if message.form is not None:
            raise SendError("no_forms", permanent=True)
        if original is not None and original.external_id is not None:
            await self._edit(delivery, message, original, original.external_id)
            return original.external_id
        chat, topic = _chat(delivery)
        addressed: dict[str, Any] = {
            "chat_id": chat,
            "message_thread_id": topic,
            "reply_parameters": _reply_to(delivery),
            "reply_markup": _keyboard(message.buttons) or _reply_box(message, delivery),
            "parse_mode": ParseMode.HTML,
        }
        if message.picture is not None:
            photo = base64.b64decode(message.picture.png)
            caption = html(message.markup or message.picture.alt, MOST_IN_CAPTION)
            call = self._bot.send_photo(photo=photo, caption=caption, filename="picture.png", **addressed)
        elif message.attachment is not None:
            content, name = base64.b64decode(message.attachment.content), message.attachment.name
            under = html(message.markup, MOST_IN_CAPTION) or None
            call = self._bot.send_document(document=content, filename=name, caption=under, **addressed)
        else:
            text = html(message.markup, MOST_IN_TEXT)
            call = self._bot.send_message(text=text, link_preview_options=NO_PREVIEW, **addressed)
        posted = await _answered(call, delivery.place_kind)
        return f"{posted.chat.id}:{posted.message_id}"

    async def _edit(self, delivery: Delivery, message: Message, original: Delivery, external_id: str) -> None:
        """Without buttons the old ones go. What already reads so is done."""
        chat, message_id = external_id.rsplit(":", 1)
        at: dict[str, Any] = {
            "chat_id": int(chat),
            "message_id": int(message_id),
            "reply_markup": _keyboard(message.buttons),
            "parse_mode": ParseMode.HTML,
        }
        if original.message.get("picture"):
            call = self._bot.edit_message_caption(caption=html(message.markup, MOST_IN_CAPTION), **at)
        else:
            text = html(message.markup, MOST_IN_TEXT)
            call = self._bot.edit_message_text(text=text, link_preview_options=NO_PREVIEW, **at)
        try:
            await call
        except BadRequest as error:
            if NOT_MODIFIED not in error.message.casefold():
                raise classified(error, delivery.place_kind) from error
        except TelegramError as error:
            raise classified(error, delivery.place_kind) from error

    async def find(self, delivery: Delivery) -> str | None:
        """An edit is harmless twice. Of a post nobody can tell, and two prompts are worse than a late reminder."""
        if delivery.kind == "edit":
            return None
        raise SendError("outcome_unknown", unknown=True)

    async def profile(self, user_id: str, workspace: str) -> Profile:
        """Telegram tells a name; no zone, and a language only with a message."""
        chat = await _answered(self._bot.get_chat(int(user_id)), "dm")
        return Profile(" ".join(filter(None, (chat.first_name, chat.last_name))) or None)

    async def close(self) -> None:
        await self._client.close()


async def _answered(call: Awaitable[T], place_kind: str) -> T:
    try:
        return await call
    except TelegramError as error:
        raise classified(error, place_kind) from error


def _chat(delivery: Delivery) -> tuple[int, int | None]:
    """The chat, and the topic of a forum group: "<chat>:<topic>"."""
    chat, _, topic = delivery.place_id.partition(":")
    try:
        return int(chat), int(topic) if topic else None
    except ValueError:
        raise SendError("not_a_chat_id", permanent=True) from None


def _reply_to(delivery: Delivery) -> ReplyParameters | None:
    """A message deleted meanwhile is answered all the same."""
    if not delivery.thread_of:
        return None
    return ReplyParameters(int(delivery.thread_of.rsplit(":", 1)[1]), allow_sending_without_reply=True)


def _reply_box(message: Message, delivery: Delivery) -> ForceReply | None:
    """In a group it would open for everybody."""
    if not message.awaits_text or delivery.place_kind != "dm":
        return None
    last_line = plain(message.markup).strip().rsplit("\n", 1)[-1]
    fits = 0 < units(last_line) <= MOST_IN_PLACEHOLDER
    return ForceReply(input_field_placeholder=last_line if fits else None)


def _keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    kept = buttons[:MOST_BUTTONS]
    width = MOST_IN_A_ROW if all(units(each.label) <= SHORT_LABEL for each in kept) else 1
    keys = [InlineKeyboardButton(each.label, callback_data=each.action, style=each.style or None) for each in kept]
    return InlineKeyboardMarkup([keys[start : start + width] for start in range(0, len(keys), width)])
