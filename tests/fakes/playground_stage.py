"""People in the playground: the page's own requests, without a browser."""

import uuid
from typing import Any

import httpx

from bot.app import App

Json = dict[str, Any]


class PlaygroundStage:
    def __init__(self) -> None:
        self._app: App | None = None

    def settings(self) -> dict[str, str]:
        return {}

    def enter(self, app: App) -> None:
        self._app = app

    def close(self) -> None: ...

    async def says(self, user: str, text: str) -> str:
        return await self._say(f"dm:{user}", user, text, None)

    async def says_in(self, channel: str, user: str, text: str, mention: bool, thread: str | None) -> str:
        return await self._say(f"channel:{channel}", user, f"@Loopkeeper {text}" if mention else text, thread)

    async def _say(self, place: str, user: str, text: str, thread: str | None) -> str:
        key = uuid.uuid4().hex
        await self._post("messages", {"key": key, "from": user, "place": place, "text": text, "thread_of": thread})
        return f"in-{key}"

    async def edits(self, user: str, message_id: str, text: str) -> None:
        await self._post("edits", {"from": user, "message": message_id, "text": text})

    async def presses(self, user: str, label: str, channel: str | None) -> None:
        for message in reversed(await self._messages(channel or user)):
            for button in message["buttons"]:
                if button["label"] == label:
                    await self._post("presses", {"from": user, "message": message["id"], "action": button["action"]})
                    return
        raise AssertionError(f"there is no button {label!r}")

    async def submits(self, user: str, answers: list[str]) -> None:
        form = next(form for form in (await self._state())["forms"] if form["for"] == user)
        values = {field["name"]: text for field, text in zip(form["fields"], answers, strict=True)}
        await self._post("forms", {"from": user, "form": form["id"], "values": values})

    async def texts(self, place: str) -> list[str]:
        return [_text(message["nodes"]) for message in await self._messages(place)]

    async def files(self, user: str) -> list[tuple[str, bytes]]:
        """What the page's links give."""
        files = [message["file"] for message in await self._messages(user) if message["file"]]
        async with self._client() as client:
            return [(file["download"], (await client.get(file["href"])).content) for file in files]

    async def ids(self, place: str) -> list[str]:
        return [message["id"] for message in await self._messages(place)]

    async def labels(self, place: str) -> list[str]:
        return [button["label"] for message in await self._messages(place) for button in message["buttons"]]

    async def _messages(self, place: str) -> list[Json]:
        """The bot's messages in one place, asked for directly: not everyone of a test stands in one cast."""
        from bot.playground import state

        assert self._app is not None
        kind = "channel" if place.startswith("C") else "dm"
        with self._app.database.reading() as session:
            messages = state.messages(session, f"{kind}:{place}", "UTC", {}, "en")
        return [message for message in messages if message["from"] == "bot"]

    async def _state(self) -> Json:
        async with self._client() as client:
            answer: Json = (await client.get("/playground/state?cast=en")).json()
        return answer

    async def _post(self, path: str, body: Json) -> None:
        async with self._client() as client:
            answer = await client.post(
                f"/playground/{path}",
                json={"key": uuid.uuid4().hex, **body},
                headers={"X-Loopkeeper-Playground": "1"},
            )
        assert answer.status_code == 200, answer.text

    def _client(self) -> httpx.AsyncClient:
        assert self._app is not None
        transport = httpx.ASGITransport(app=self._app.web)
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


def _text(nodes: list[Json]) -> str:
    return "".join(
        f"@{node['v']}" if node["t"] == "at" else node.get("v") or _text(node.get("c", [])) for node in nodes
    )
