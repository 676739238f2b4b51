"""A member of the stand-in WeCom: what he does reaches the bot as an encrypted, signed call, up to four times."""

import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from httpx import Response

from bot.wecom.crypto import Seal
from tests.fakes.wecom import WecomFake
from tests.fakes.wecom_state import AES_KEY, TOKEN, Json, Post

Deliver = Callable[[dict[str, str], bytes], Awaitable[Response]]
SECONDS, TIMES = 5.0, 4
SEAL = Seal(TOKEN, AES_KEY, "wx5823bf96d3bd56c7")
NO_WIDTH = re.compile("[\u200b\u200c\u200d\u2060]")
NUMBERED = re.compile(r"([0-9]+) (.*)")


def to_app(web: Any) -> Deliver:
    async def deliver(query: dict[str, str], body: bytes) -> Response:
        transport = httpx.ASGITransport(app=web)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot", timeout=SECONDS) as client:
            return await client.post("/wecom/callback", params=query, content=body)

    return deliver


def xml_of(fields: Json) -> str:
    return f"<xml>{''.join(_element(name, value) for name, value in fields.items())}</xml>"


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inside = "".join(_element(*each) for each in value.items())
    elif isinstance(value, int):
        inside = str(value)
    else:
        inside = f"<![CDATA[{str(value).replace(']]>', ']]]]><![CDATA[>')}]]>"
    return f"<{name}>{inside}</{name}>"


def sealed(xml: str, at: float, seal: Seal = SEAL, corp: str = "wx5823bf96d3bd56c7") -> tuple[dict[str, str], bytes]:
    """The query and the body of a callback."""
    encrypted = seal.close(xml.encode(), secrets.token_bytes(16))
    outer = xml_of({"ToUserName": corp, "AgentID": "1000002", "Encrypt": encrypted})
    return query_of(encrypted, at, seal), outer.encode()


def query_of(encrypted: str, at: float, seal: Seal = SEAL) -> dict[str, str]:
    timestamp, nonce = str(int(at)), secrets.token_hex(8)
    return {"msg_signature": seal.sign(timestamp, nonce, encrypted), "timestamp": timestamp, "nonce": nonce}


class WecomUser:
    def __init__(self, deliver: Deliver, fake: WecomFake, user: str) -> None:
        self.deliver, self.fake, self.user = deliver, fake, user

    async def says(self, text: str) -> Response:
        return await self.sends(MsgType="text", Content=text, MsgId=int(self.fake.serial("74")))

    async def taps(self, key: str) -> Response:
        return await self.sends(MsgType="event", Event="click", EventKey=key)

    async def opens(self) -> Response:
        return await self.sends(MsgType="event", Event="enter_agent", EventKey="")

    async def presses(self, post: Post, label: str) -> Response:
        """Presses a button, or picks from a list and submits it."""
        action = dict(self.buttons(post))[label]
        card: Json = {"MsgType": "event", "Event": "template_card_event", "EventKey": action}
        if "select_list" in post.content:
            picked = {"QuestionKey": post.content["select_list"][0]["question_key"], "OptionIds": {"OptionId": action}}
            card |= {"EventKey": post.content["submit_button"]["key"], "SelectedItems": {"SelectedItem": picked}}
        task = {"TaskId": post.content["task_id"], "CardType": post.content["card_type"]}
        return await self.sends(**card, **task, ResponseCode=self.fake.new_code(post))

    async def sends(self, **fields: Any) -> Response:
        """Whatever WeCom calls the bot with, again while it gets no 200."""
        head = {"ToUserName": self.fake.corp, "FromUserName": self.user, "CreateTime": int(self.fake.clock())}
        query, body = sealed(xml_of({**head, **fields, "AgentID": self.fake.agent}), self.fake.clock())
        for _ in range(TIMES):
            response = await self.deliver(query, body)
            if response.status_code == 200:
                break
        return response

    def buttons(self, post: Post) -> list[tuple[str, str]]:
        """(label, what it means); a label too long for a button is read where the text spells it out."""
        if post.replaced is not None:
            return []
        pressable = [(it["text"], it["key"]) for it in post.content.get("button_list", [])]
        lists = [each["option_list"] for each in post.content.get("select_list", [])]
        pressable += [(it["text"], it["id"]) for options in lists for it in options]
        return [(self._spelt_out(post, label), action) for label, action in pressable]

    def _spelt_out(self, post: Post, label: str) -> str:
        number = NUMBERED.fullmatch(label)
        earlier = [it for it in self.fake.messages(post.place) if it.id <= post.id]
        if number is None or not label.endswith("…"):
            return label
        for text in map(text_of, reversed(earlier)):
            for line in text.splitlines():
                if line.startswith(label[:-1]):
                    return line.removeprefix(f"{number[1]} ")
        raise AssertionError(f"nobody can know what {label!r} means")


def text_of(post: Post) -> str:
    """What a reader sees of it, without its buttons."""
    content = post.content
    if content["msgtype"] == "image":
        return "[image]"
    if content["msgtype"] == "template_card":
        title, text = content["main_title"]["title"], content.get("sub_title_text", "")
        parts = ("" if title in text else title, text, post.replaced or "")
        return _as_meant("\n".join(part for part in parts if part))
    shown = content["content"]
    if content["msgtype"] == "markdown":
        shown = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1", shown).replace("**", "")
    return _as_meant(shown)


def _as_meant(shown: str) -> str:
    """Without what was done to people's signs so that they call nobody and link nowhere."""
    return NO_WIDTH.sub("", shown).replace("\uff1c", "<").replace("\uff1e", ">").replace("\u2217", "*")
