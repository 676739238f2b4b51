"""WeCom over HTTP: /wecom/callback answers the console's check and takes what members say; stored first, then 200.

WeCom waits five seconds (the console one) and comes again up to three times for anything but a 200
(developer.work.weixin.qq.com/document/path/90238, 96466).
"""

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.platform import Finding, Rim
from bot.settings import Settings
from bot.wecom import examine, menu
from bot.wecom.api import WecomApi
from bot.wecom.crypto import Damaged, NotForUs, Seal
from bot.wecom.inbound import CONNECTION, Fields, Unreadable, envelope, event_key, fields_of, parse, to_incoming
from bot.wecom.outbound import WecomOutbound
from services.outbox import SendError

log = logging.getLogger(__name__)
PATH = "/wecom/callback"
MOST_BYTES = 1_000_000
WINDOW_SECONDS = 600
"""WeCom names none; a replay inside it is the same event again, and is stored once."""
QUERY = ("msg_signature", "timestamp", "nonce")


@dataclass(frozen=True)
class App:
    """What the operator copied from the console."""

    corp_id: str
    agent_id: int
    secret: str
    seal: Seal


class Refusal(Exception):
    """Not let in: the HTTP status, and why, for the log."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def app_of(settings: Settings) -> App:
    corp_id, agent_id, secret = settings.wecom_corp_id, settings.wecom_agent_id, settings.wecom_secret
    token, key = settings.wecom_token, settings.wecom_encoding_aes_key
    assert corp_id is not None
    assert agent_id is not None
    assert secret is not None
    assert token is not None
    assert key is not None
    seal = Seal(token.get_secret_value(), key.get_secret_value(), corp_id)
    return App(corp_id, agent_id, secret.get_secret_value(), seal)


def api_of(settings: Settings, rim: Rim) -> WecomApi:
    app = app_of(settings)
    return WecomApi(settings.wecom_api_url, app.corp_id, app.agent_id, app.secret, rim.database, rim.now)


def connect(settings: Settings, rim: Rim) -> "WecomLink":
    return WecomLink(app_of(settings), api_of(settings, rim), settings.public_url, rim)


class WecomLink:
    """One self-built app of one enterprise."""

    platform = "wecom"

    def __init__(self, app: App, api: WecomApi, public_url: str | None, rim: Rim) -> None:
        self._app, self._api, self._rim = app, api, rim
        self._callback = f"{public_url}{PATH}" if public_url else None
        self.outbound = WecomOutbound(api, rim.now)
        self.routes: Sequence[BaseRoute] = (Route(PATH, self._called, methods=["GET", "POST"]),)

    def workspaces(self) -> Sequence[str]:
        return (CONNECTION,)

    async def run(self) -> None:
        """WeCom calls us; at the start the token is fetched and the app's menu put in place."""
        try:
            await self._api.ready()
            await menu.create(self._api, self._rim.database)
        except SendError as error:
            log.warning("The app's menu was not made", extra={"action": "menu_not_made", "code": error.code})

    async def examine(self) -> list[Finding]:
        return await examine.findings(self._api, self._app.seal, self._callback, self._rim.now)

    async def _called(self, request: Request) -> Response:
        try:
            if request.method == "GET":
                return self._verified(request)
            fields = self._opened(request, await _body(request))
        except Refusal as refusal:
            log.warning("A call was refused", extra={"action": "callback_refused", "why": refusal.why})
            return PlainTextResponse(refusal.why, refusal.status)
        return await self._kept(fields)

    def _verified(self, request: Request) -> Response:
        """The console's check: the decrypted echo and nothing else. However old it is, it changes nothing."""
        echo = request.query_params.get("echostr", "")
        self._check_signature(request, echo)
        return Response(self._decrypted(echo), media_type="text/plain")

    def _opened(self, request: Request, body: bytes) -> Fields:
        encrypted = fields_of(_parsed(body)).get("Encrypt", "")
        self._check_age(self._check_signature(request, encrypted))
        fields = fields_of(_parsed(self._decrypted(encrypted)))
        if fields.get("ToUserName") != self._app.corp_id:
            raise Refusal(401, "for another enterprise")
        if fields.get("AgentID", str(self._app.agent_id)) != str(self._app.agent_id):
            raise Refusal(400, "for another app")
        return fields

    def _check_signature(self, request: Request, encrypted: str) -> int:
        """The signed timestamp, in seconds."""
        signature, timestamp, nonce = (request.query_params.get(name, "") for name in QUERY)
        if not (signature and nonce and encrypted and re.fullmatch("[0-9]{1,12}", timestamp)):
            raise Refusal(400, "not a call of WeCom's")
        if not self._app.seal.is_signed(signature, timestamp, nonce, encrypted):
            raise Refusal(401, "not signed by WeCom: is WECOM_TOKEN right?")
        return int(timestamp)

    def _check_age(self, timestamp: int) -> None:
        if abs(self._rim.now().timestamp() - timestamp) > WINDOW_SECONDS:
            raise Refusal(401, "an old call: is this machine's clock right?")

    def _decrypted(self, encrypted: str) -> bytes:
        try:
            return self._app.seal.open(encrypted)
        except Damaged:
            raise Refusal(400, "cannot be opened: is WECOM_ENCODING_AES_KEY right?") from None
        except NotForUs:
            raise Refusal(401, "for another receiver: is WECOM_CORP_ID right?") from None

    async def _kept(self, fields: Fields) -> Response:
        """Without a 200, WeCom delivers again."""
        try:
            await self._store(fields)
        except Exception as fault:
            log.warning("An event could not be stored", extra={"action": "not_stored", "fault": type(fault).__name__})
            return Response(status_code=503)
        return Response()

    async def _store(self, fields: Fields) -> None:
        incoming = to_incoming(fields, self._rim.now())
        if incoming is None:
            raw = json.dumps(envelope(fields))
            await self._rim.receiver.keep_unread(self.platform, CONNECTION, event_key(fields), raw)
        else:
            await self._rim.receiver.receive(json.dumps(fields, ensure_ascii=False), incoming)


def _parsed(xml: bytes) -> Element:
    try:
        return parse(xml)
    except Unreadable:
        raise Refusal(400, "not XML") from None


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refusal(413, "too large")
    return body
