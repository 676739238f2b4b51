"""The stand-in Slack: a loopback HTTP server that answers the Web API as Slack does, keeps its limits and can fail."""

import copy
import re
import socket
import threading
from collections.abc import Callable
from email.utils import formatdate
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes import slack_rules as rules
from tests.fakes import slack_screen as screen
from tests.fakes import slack_wire as wire
from tests.fakes.slack_conversations import Conversations
from tests.fakes.slack_messages import Messages
from tests.fakes.slack_state import Call, Fault, Json, Refusal
from tests.fakes.slack_views import Views

METHOD_SCOPES = {
    **{"team.info": "team:read", "users.info": "users:read", "conversations.open": "im:write"},
    **dict.fromkeys(("files.getUploadURLExternal", "files.completeUploadExternal"), "files:write"),
    **dict.fromkeys(("chat.postMessage", "chat.update", "chat.postEphemeral", "chat.delete"), "chat:write"),
}


class SlackFake(Conversations, Messages, Views):
    """Slack for one test: `with SlackFake() as fake: AsyncWebClient(fake.token, base_url=fake.url + "/api/")`."""

    url: str

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._server = wire.Server(Starlette(routes=[*self._routes()]))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        self._server.up.wait(10)
        return self

    def _routes(self) -> list[Route]:
        return [
            Route("/api/{method}", self._answer, methods=["GET", "POST"]),
            Route("/upload/{file}", self._take_bytes, methods=["POST"]),
        ]

    async def _take_bytes(self, request: Request) -> Response:
        raw = await request.body()
        with self._lock:
            taken = self.upload(request.path_params["file"], raw)
        return Response(f"OK - {len(raw)}" if taken else "bad length", 200 if taken else 400)

    def __exit__(self, *_: object) -> None:
        self._server.loop.call_soon_threadsafe(self._server.stopping.set)
        self._thread.join(10)

    # --- what a test sets up

    def fail(
        self,
        method: str,
        times: int = 1,
        how: str | int = "internal_error",
        retry_after: int = 30,
        seconds: float = 5.0,
        applied: bool = False,
    ) -> None:
        """Make the next `times` calls of `method` ("*" for any) fail: an error code, 429, 500, "garbage",
        "reset_before", "reset_after" (applied, then cut), "stall" (applied, answered after `seconds`).
        `applied` lets a code, 500 or garbage hide a call that took effect, as Slack's fatal_error may."""
        took_effect = applied or how in ("reset_after", "stall")
        with self._lock:
            self._faults.append((method, Fault(str(how), times, retry_after, seconds, took_effect)))

    # --- what a test looks at

    def messages(self, channel: str, everyone: bool = False) -> list[Json]:
        """The bot's messages (or everyone's) in a channel or a person's DM as they now stand, oldest first."""
        blank: Json = {"blocks": [], "metadata": None, "thread_ts": None, "edited": None}
        with self._lock:
            place = self.place(channel)
            posts = [it for it in place.posts.values() if everyone or it["user"] == self.bot_user]
            return [copy.deepcopy({**blank, **it, "channel": place.id}) for it in posts]

    def called(self, method: str) -> list[Call]:
        return [it for it in self.calls if it.method == method]

    text_of = staticmethod(screen.text_of)
    buttons = staticmethod(screen.buttons)

    # --- the door

    async def _answer(self, request: Request) -> Response:
        try:
            raw = await wire.read(request)
        except (TypeError, ValueError):  # no JSON, no object, no UTF-8
            return wire.response({"ok": False, "error": "invalid_json"})
        token = raw.pop("token", "") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.neighbours:
            elsewhere: Response = await self.neighbours[token]._answer(request)
            return elsewhere
        with self._lock:
            call = Call(request.path_params["method"], rules.decoded(raw), self.clock())
            self.calls.append(call)
            fault = self._next_fault(call.method)
            body = {"ok": False} if fault and not fault.applied else self._apply(call, token)
        if not fault:
            response = wire.response(body)
            response.headers["x-oauth-scopes"] = ",".join(sorted(self.scopes))
            response.headers["Date"] = formatdate(self.clock(), usegmt=True)
            return response
        call.fault, call.error = fault.how, call.error or ("" if fault.applied else fault.how)
        if fault.how == "stall":
            await self._server.pause(fault.seconds)
        if fault.how.startswith("reset"):
            await wire.cut(request)
        return wire.failed(fault, body)

    def _next_fault(self, method: str) -> Fault | None:
        for name, fault in self._faults:
            if name in (method, "*") and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def _apply(self, call: Call, token: str) -> Json:
        try:
            body = {"ok": True, **self._run(call.method, call.args, token)}
        except Refusal as refusal:
            body = refusal.body
        call.ok, call.error = body["ok"], body.get("error", "")
        return body

    def _run(self, method: str, args: Json, token: str) -> Json:
        if method in self.others:
            return self.others[method](args, token)
        if method not in rules.ARGUMENTS:
            raise Refusal("unknown_method", req_method=method)
        if token != self.token or self.revoked:
            raise Refusal("token_revoked" if token == self.token else "invalid_auth" if token else "not_authed")
        if method in METHOD_SCOPES:
            self._need(METHOD_SCOPES[method])
        self.problems += [f"{method}: {it}" for it in rules.surplus(method, args)]
        if wrong := rules.argument_problems(method, args):
            self._refuse(method, "invalid_arguments", wrong)
        handler: Callable[[Json], Json] = getattr(self, "_" + re.sub(r"\W|(?<=[a-z])(?=[A-Z])", "_", method).lower())
        return handler(args)
