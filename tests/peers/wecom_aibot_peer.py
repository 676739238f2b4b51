"""A bot on somebody else's SDK, which knows nothing of us. Arguments: url, bot id, secret. Says what happens."""

import asyncio
import json
import sys
from typing import Any

from wecom_aibot_sdk import WSClient  # type: ignore[import-not-found]


def say(what: str, **more: Any) -> None:
    sys.stdout.write(json.dumps({"what": what, **more}) + "\n")
    sys.stdout.flush()


class Silent:
    def debug(self, *_: Any) -> None: ...
    def info(self, *_: Any) -> None: ...
    def warn(self, *_: Any) -> None: ...
    def error(self, *_: Any) -> None: ...


def card(task_id: str, text: str) -> dict[str, Any]:
    button = {"text": text, "style": 1, "key": "v1:skip:3"}
    title = {"main_title": {"title": "Weekly"}}
    return {"card_type": "button_interaction", **title, "button_list": [button], "task_id": task_id}


async def main(url: str, bot_id: str, secret: str) -> None:
    client = WSClient(bot_id, secret, ws_url=url, heartbeat_interval=200, logger=Silent())

    async def tried(what: str, doing: Any) -> None:
        try:
            say(what, code=(await doing).get("errcode", 0))
        except Exception as error:
            say(what, code=str(error))

    async def on_text(frame: dict[str, Any]) -> None:
        user = frame["body"]["from"]["userid"]
        await client.reply_stream(frame, "stream1", f"heard {frame['body']['text']['content']}", finish=True)
        pushed = {"msgtype": "markdown", "markdown": {"content": "**pushed**"}}
        await tried("sent", client.send_message(user, pushed))
        await tried("text", client.send_message(user, {"msgtype": "text", "text": {"content": "no"}}))
        await tried("nobody", client.send_message("nobody", pushed))
        media = await client.upload_media(b"\x07" * 700_000, type="image", filename="a.png")
        await tried("media", client.send_media_message(user, "image", media["media_id"]))
        for what in ("card", "again"):
            body = {"msgtype": "template_card", "template_card": card("task-1", "Skip")}
            await tried(what, client.send_message(user, body))

    async def on_enter(frame: dict[str, Any]) -> None:
        await tried("welcome", client.reply_welcome(frame, {"msgtype": "text", "text": {"content": "hello"}}))

    async def on_press(frame: dict[str, Any]) -> None:
        pressed = frame["body"]["event"]["template_card_event"]
        await tried("wrong", client.reply_stream(frame, "stream2", "no", finish=True))
        await tried("updated", client.update_template_card(frame, card(pressed["task_id"], "Skipped")))

    client.on("authenticated", lambda: say("authenticated"))
    client.on("error", lambda error: say("error", text=str(error)))
    client.on("message.text", on_text)
    client.on("event.enter_chat", on_enter)
    client.on("event.template_card_event", on_press)
    client.on("disconnected", lambda reason: say("displaced"))
    await client.connect()
    await asyncio.Event().wait()


asyncio.run(main(*sys.argv[1:]))
