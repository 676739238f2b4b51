"""The Bot API's methods that this bot calls, with Telegram's limits and its own words of refusal."""

from typing import Any

from tests.fakes import telegram_rules as rules
from tests.fakes.telegram_state import USUAL_UPDATES, Chat, Json, Refusal, TelegramState, Upload

MOST_IN_TEXT, MOST_IN_CAPTION, MOST_ENTITIES, MOST_BUTTONS, MOST_IN_A_ROW = 4096, 1024, 100, 100, 8
MOST_OF_A_FILE = 50 * 1024 * 1024
UNCHANGED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
    " current content and reply markup of the message"
)


class Methods(TelegramState):
    """`_<method>(args)` returns the result or raises Refusal."""

    def _getMe(self, args: Json) -> Json:
        able = {"can_join_groups": True, "can_read_all_group_messages": self.sees_everything}
        return {**self.me.user(), **able, "supports_inline_queries": False}

    def _getChat(self, args: Json) -> Json:
        chat = self._chat(args["chat_id"])
        colours = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": _GIFTS}
        names = self.people[chat.id].user() if chat.type == "private" else {}
        names.pop("is_bot", None)
        return {**chat.brief(), **names, **colours}

    # --- messages

    def _sendMessage(self, args: Json) -> Json:
        chat = self._chat(args["chat_id"])
        text, entities = self._words("sendMessage", args, "text", MOST_IN_TEXT)
        return self._post("sendMessage", chat, args, {"text": text} | ({"entities": entities} if entities else {}))

    def _sendPhoto(self, args: Json) -> Json:
        chat = self._chat(args["chat_id"])
        if not isinstance(args["photo"], bytes) or not args["photo"].startswith(b"\x89PNG"):
            raise self._mistake("sendPhoto", "Bad Request: IMAGE_PROCESS_FAILED")
        caption, entities = (
            self._words("sendPhoto", args, "caption", MOST_IN_CAPTION) if "caption" in args else ("", [])
        )
        photo = [{"file_id": "p1", "file_unique_id": "p1", "width": 90, "height": 60}]
        return self._post("sendPhoto", chat, args, {"photo": photo, "caption": caption, "caption_entities": entities})

    def _sendDocument(self, args: Json) -> Json:
        chat, file = self._chat(args["chat_id"]), args["document"]
        if not isinstance(file, Upload) or not 0 < len(file) <= MOST_OF_A_FILE:
            raise self._mistake("sendDocument", "Bad Request: file must be non-empty")
        caption, _ = self._words("sendDocument", args, "caption", MOST_IN_CAPTION) if "caption" in args else ("", [])
        self.documents.append((chat.id, file.name, bytes(file)))
        document = {"file_id": "d1", "file_unique_id": "d1", "file_name": file.name, "file_size": len(file)}
        return self._post("sendDocument", chat, args, {"document": document, "caption": caption})

    def _post(self, method: str, chat: Chat, args: Json, content: Json) -> Json:
        self._check_flood(chat)
        topic = args.get("message_thread_id")
        if topic is not None and topic not in chat.topics:
            raise Refusal(400, "Bad Request: message thread not found")
        message: Json = {
            "message_id": next(self._message_ids), "from": self.me.user(), "chat": chat.brief(),
            "date": int(self.clock()), **content,
        }  # fmt: skip
        message |= {"message_thread_id": topic, "is_topic_message": True} if topic else {}
        message |= self._reply(chat, args.get("reply_parameters"))
        if markup := args.get("reply_markup"):
            self._check_keyboard(method, markup)
            message["reply_markup"] = markup
        chat.messages[message["message_id"]] = message
        return shown(message)

    def _reply(self, chat: Chat, wanted: Json | None) -> Json:
        if wanted is None:
            return {}
        answered = chat.messages.get(wanted["message_id"])
        if answered is None and not wanted.get("allow_sending_without_reply"):
            raise Refusal(400, "Bad Request: message to be replied not found")
        return {"reply_to_message": shown(answered)} if answered else {}

    def _editMessageText(self, args: Json) -> Json:
        message = self._editable("editMessageText", args, "text")
        text, entities = self._words("editMessageText", args, "text", MOST_IN_TEXT)
        return self._change("editMessageText", message, args, {"text": text, "entities": entities})

    def _editMessageCaption(self, args: Json) -> Json:
        message = self._editable("editMessageCaption", args, "caption")
        caption, entities = self._words("editMessageCaption", args, "caption", MOST_IN_CAPTION)
        return self._change("editMessageCaption", message, args, {"caption": caption, "caption_entities": entities})

    def _editable(self, method: str, args: Json, part: str) -> Json:
        """Only the bot's own messages, without a markup or with inline buttons."""
        message = self._chat(args["chat_id"]).messages.get(args["message_id"])
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if message["from"]["id"] != self.me.id or "force_reply" in message.get("reply_markup", {}):
            raise self._mistake(method, "Bad Request: message can't be edited")
        if part not in message:
            raise self._mistake(method, f"Bad Request: there is no {part} in the message to edit")
        return message

    def _change(self, method: str, message: Json, args: Json, content: Json) -> Json:
        old = {name: value for name, value in message.items() if value}
        new: Json = {**message, **content, "reply_markup": args.get("reply_markup")}
        new = {name: value for name, value in new.items() if value}
        if new == old:
            raise Refusal(400, UNCHANGED)
        self._check_keyboard(method, new.get("reply_markup", {}))
        message.clear()
        message.update(new, edit_date=int(self.clock()))
        return shown(message)

    def _words(self, method: str, args: Json, part: str, most: int) -> tuple[str, list[Json]]:
        try:
            html = args.get("parse_mode") == "HTML"
            text, entities = rules.read_html(args[part]) if html else (args[part], [])
        except rules.Unparsable as wrong:
            raise self._mistake(method, f"Bad Request: can't parse entities: {wrong}", args[part]) from None
        if not text.strip() and part == "text":
            raise self._mistake(method, "Bad Request: message text is empty")
        if rules.units(text) > most:
            long = "message is too long" if part == "text" else "message caption is too long"
            raise self._mistake(method, f"Bad Request: {long}")
        if len(entities) > MOST_ENTITIES:
            self.problems.append(f"{method}: {len(entities)} entities")
        return text, entities

    def _check_keyboard(self, method: str, markup: Json) -> None:
        rows = markup.get("inline_keyboard", [])
        keys = [key for row in rows for key in row]
        if any(not 1 <= len(key["callback_data"].encode()) <= 64 for key in keys):
            raise self._mistake(method, "Bad Request: BUTTON_DATA_INVALID")
        if any(not key["text"].strip() for key in keys):
            raise self._mistake(method, "Bad Request: text buttons are not allowed to be empty")
        if len(keys) > MOST_BUTTONS or any(len(row) > MOST_IN_A_ROW for row in rows):
            raise self._mistake(method, "Bad Request: too many buttons")

    def _answerCallbackQuery(self, args: Json) -> bool:
        if self.queries.get(args["callback_query_id"], True):
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.queries[args["callback_query_id"]] = True
        return True

    # --- the connection

    def _setWebhook(self, args: Json) -> bool:
        if not args["url"].startswith("https://"):
            raise Refusal(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = dict(args)
        self._allow(args)
        return True

    def _deleteWebhook(self, args: Json) -> bool:
        self.webhook = {}
        return True

    def _getWebhookInfo(self, args: Json) -> Json:
        known: Json = {
            name: self.webhook[name] for name in ("last_error_message", "last_error_date") if name in self.webhook
        }
        return {
            "url": self.webhook.get("url", ""), "has_custom_certificate": False,
            "pending_update_count": len(self.waiting), **known,
        }  # fmt: skip

    def _allow(self, args: Json) -> None:
        if "allowed_updates" in args:
            self.allowed = tuple(args["allowed_updates"]) or USUAL_UPDATES

    def _setMyCommands(self, args: Json) -> bool:
        if len(args["commands"]) > 100:
            raise self._mistake("setMyCommands", "Bad Request: too many commands")
        self.commands[args.get("language_code", "")] = args["commands"]
        return True

    def _setChatMenuButton(self, args: Json) -> bool:
        self.menu_button = args.get("menu_button", {})
        return True


_GIFTS: Json = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)


def shown(message: Json) -> Json:
    """A message as Telegram shows it: a mention with the whole user, no markup but inline buttons, one reply deep."""
    result: dict[str, Any] = dict(message)
    if "inline_keyboard" not in message.get("reply_markup", {}):
        result.pop("reply_markup", None)
    for part in ("entities", "caption_entities"):
        if part in result:
            result[part] = [_entity(entity) for entity in result[part]]
    if "reply_to_message" in result:
        answered = {name: value for name, value in result["reply_to_message"].items() if name != "reply_to_message"}
        result["reply_to_message"] = shown(answered)
    return result


def _entity(entity: Json) -> Json:
    if not isinstance(entity.get("user"), int):
        return entity
    return {**entity, "user": {"id": entity["user"], "is_bot": False, "first_name": "Somebody"}}
