"""The wire between a platform and the bot: remembers every request, so that a platform can deliver it again."""

from typing import Any

import httpx

Scope = dict[str, Any]


class Wire:
    """An ASGI app around the bot's. While it `holds`, requests are answered 200 and kept from the bot."""

    def __init__(self, web: Any) -> None:
        self._web = web
        self._seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.holds = False

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path = scope["path"] + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        self._seen.append((scope["method"], path, headers, body))
        if self.holds:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self._web(scope, _once(body), send)

    async def again(self) -> list[int]:
        """Every request so far comes once more, byte for byte; returns the statuses."""
        transport = httpx.ASGITransport(app=self._web)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
            return [
                (await client.request(method, path, headers=headers, content=body)).status_code
                for method, path, headers, body in self._seen
            ]


def _once(body: bytes) -> Any:
    async def receive() -> Scope:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
