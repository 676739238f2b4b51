"""A bot that only listens: it checks the signature, notes what arrived, and answers what it was told to."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import httpx
from slack_sdk.signature import Clock, SignatureVerifier

from tests.fakes.slack_bricks import Hands

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


class Frozen(Clock):
    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at


class Bot:
    """Stands where the bot will stand: notes what arrives and answers with `answer`."""

    def __init__(self, clock: Hands) -> None:
        self.clock, self.answer = clock, b""
        self.got: list[tuple[Mapping[str, str], bytes]] = []

    async def __call__(self, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        self.got.append((headers, body))
        genuine = SignatureVerifier(SECRET, Frozen(self.clock.at)).is_valid_request(body, dict(headers))
        return httpx.Response(200 if genuine else 401, content=self.answer)

    def event(self, place: int = -1) -> Any:
        return json.loads(self.got[place][1])["event"]

    def payload(self) -> Any:
        return json.loads(parse_qs(self.got[-1][1].decode())["payload"][0])
