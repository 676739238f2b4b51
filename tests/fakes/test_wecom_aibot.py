"""The stand-in AI bot service refuses what WeCom refuses, so that a broken client shows here and not in production."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.wecom_aibot import BOT, SECRET, AibotFake

pytestmark = pytest.mark.anyio
Json = dict[str, Any]
BUTTON = {"text": "Skip", "style": 2, "key": "v1:skip:3"}
CARD: Json = {"card_type": "button_interaction", "main_title": {"title": "Weekly"}, "button_list": [BUTTON]}


class Client:
    """A socket and nothing else."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.pushed: list[Json] = []

    async def asks(self, cmd: str, body: Json | None = None, req_id: str = "r1") -> int:
        await self._socket.send_str(json.dumps({"cmd": cmd, "headers": {"req_id": req_id}, "body": body or {}}))
        while "errcode" not in (frame := json.loads((await self._socket.receive()).data)):
            self.pushed.append(frame)
        assert frame["headers"]["req_id"] == req_id
        return int(frame["errcode"])

    async def sends(self, kind: str, inner: Json, place: str = "ana") -> int:
        return await self.asks("aibot_send_msg", {"chatid": place, "chat_type": 1, "msgtype": kind, kind: inner})

    async def sends_card(self, task_id: str = "t1", **more: Any) -> int:
        return await self.sends("template_card", {**CARD, "task_id": task_id, **more})

    async def updates(self, req_id: str, task_id: str = "t1", **more: Any) -> int:
        card = {**CARD, "button_list": [{**BUTTON, "text": "Done"}], "task_id": task_id, **more}
        body = {"response_type": "update_template_card", "template_card": card}
        return await self.asks("aibot_respond_update_msg", body, req_id)


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
async def fake(anyio_backend: str, now: list[float]) -> AsyncIterator[AibotFake]:
    async with AibotFake(lambda: now[0]) as fake:
        yield fake


@pytest.fixture
async def client(fake: AibotFake) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session, session.ws_connect(fake.url) as socket:
        client = Client(socket)
        assert await client.asks("aibot_subscribe", {"bot_id": BOT, "secret": SECRET}) == 0
        await fake.says("ana", "hello")
        yield client


async def click(client: Client, fake: AibotFake) -> str:
    """A press on the newest card; returns its req_id."""
    await fake.clicks("ana", "Skip")
    await client.asks("ping")
    return str(client.pushed[-1]["headers"]["req_id"])


async def test_nothing_goes_without_a_subscription(fake: AibotFake) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(fake.url) as socket:
        client = Client(socket)
        assert await client.asks("aibot_subscribe", {"bot_id": BOT, "secret": "wrong"}) == 853000
        assert await client.sends("markdown", {"content": "hello"}) == 846609
    assert fake.problems == ["aibot_send_msg without a subscription"]


async def test_sizes_and_kinds(client: Client) -> None:
    assert await client.sends("markdown", {"content": "\u5b57" * 6826}) == 0
    assert await client.sends("markdown", {"content": "\u5b57" * 6827}) == 45002
    assert await client.sends("text", {"content": "hello"}) == 40008
    assert await client.sends("markdown", {"content": " "}) == 40058
    assert await client.sends("image", {"media_id": "unheard of"}) == 40058
    assert await client.sends("markdown", {"content": "hello"}, "somebody") == 93006


@pytest.mark.parametrize(
    ("more", "errcode"),
    [
        ({"task_id": "no spaces"}, 40058),
        ({"task_id": "x" * 129}, 40058),
        ({"main_title": {}}, 42045),
        ({"main_title": {}, "sub_title_text": "enough"}, 0),
        ({"button_list": []}, 40058),
        ({"button_list": [BUTTON, BUTTON]}, 40058),
        ({"button_list": [{**BUTTON, "key": str(key)} for key in range(7)]}, 40058),
        ({"button_list": [{**BUTTON, "style": 5}]}, 40058),
        ({"button_list": [{**BUTTON, "disabled": True}]}, 40058),
        ({"card_type": "text_notice"}, 42045),
        ({"card_type": "text_notice", "card_action": {"type": 1, "url": "https://example.com"}}, 0),
    ],
)
async def test_cards(client: Client, more: Json, errcode: int) -> None:
    assert await client.sends("template_card", {**CARD, "task_id": "t1", **more}) == errcode


async def test_a_task_id_is_taken_once(client: Client) -> None:
    assert [await client.sends_card() for _ in range(2)] == [0, 42014]


async def test_a_press_is_answered_once_and_within_five_seconds(
    client: Client, fake: AibotFake, now: list[float]
) -> None:
    await client.sends_card()
    late, pressed = await click(client, fake), await click(client, fake)
    assert [await client.updates(req_id) for req_id in (pressed, pressed, "unknown")] == [0, 846606, 846605]
    now[0] = 5.1
    assert await client.updates(late) == 846605
    assert fake.messages("ana")[-1]["buttons"] == [("Done", "v1:skip:3")]


async def test_another_cards_task_id_changes_nothing_and_says_nothing(client: Client, fake: AibotFake) -> None:
    await client.sends_card()
    assert await client.updates(await click(client, fake), "t2") == 0
    assert fake.messages("ana")[-1]["buttons"] == [("Skip", "v1:skip:3")]


async def test_thirty_a_minute_and_a_thousand_an_hour(client: Client, now: list[float]) -> None:
    answers = []
    for number in range(1030):
        now[0] = number * 2.1
        answers.append(await client.sends("markdown", {"content": "hello"}))
    assert answers[:1000] == [0] * 1000
    assert answers[1000:] == [846607] * 30
    now[0] += 3600
    assert [await client.sends("markdown", {"content": "hello"}) for _ in range(31)] == [0] * 30 + [846607]


async def test_only_the_newest_connection_counts(client: Client, fake: AibotFake) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(fake.url) as socket:
        newest = Client(socket)
        assert await newest.asks("aibot_subscribe", {"bot_id": BOT, "secret": SECRET}) == 0
        assert await newest.sends("markdown", {"content": "hello"}) == 0
        frame = json.loads((await client._socket.receive()).data)
        while frame["cmd"] != "aibot_event_callback":
            frame = json.loads((await client._socket.receive()).data)
        assert frame["body"]["event"]["eventtype"] == "disconnected_event"
        assert (await client._socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
