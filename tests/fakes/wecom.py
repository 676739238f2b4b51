"""The stand-in WeCom: a loopback HTTP server that answers as WeCom does, keeps its limits and can fail."""

import email
import email.policy
import json
import socket
import threading
from collections.abc import Callable
from email.utils import formatdate
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes import slack_wire as wire
from tests.fakes import wecom_rules as rules
from tests.fakes.wecom_state import THREE_DAYS, Call, Fault, Json, Post, Refusal, WecomState

MOST_OF_A_FILE = {"image": 10 * 1024 * 1024, "file": 20 * 1024 * 1024}


class WecomFake(WecomState):
    """WeCom for one test: `with WecomFake() as fake:` and WECOM_API_URL is fake.url."""

    url: str

    def __enter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/cgi-bin"
        routes = [Route("/cgi-bin/{path:path}", self._answer, methods=["GET", "POST"])]
        self._server = wire.Server(Starlette(routes=routes))
        self._faults: list[tuple[str, Fault]] = []
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        self._server.up.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.loop.call_soon_threadsafe(self._server.stopping.set)
        self._thread.join(10)

    def fail(self, path: str, how: str | int, times: int = 1, seconds: float = 6.0) -> None:
        """Make the next `times` calls of `path` ("*" for any) fail: an errcode, "http_500" (not applied), "lost_500"
        (applied), "garbage", "reset_before", "reset_after" (applied, then cut), "stall" (applied, answered late)."""
        self._faults.append((path, Fault(str(how), times, seconds)))

    # --- the door

    async def _answer(self, request: Request) -> Response:
        response = await self._response(request)
        response.headers["Date"] = formatdate(self.clock() + self.ahead, usegmt=True)
        return response

    async def _response(self, request: Request) -> Response:
        raw, query = await request.body(), dict(request.query_params)
        call = Call(request.path_params["path"], query, _body(request, raw))
        with self._lock:
            self.calls.append(call)
            fault = self._next_fault(call.path)
            call.fault = fault.how if fault else ""
            applied = fault is None or fault.how in ("lost_500", "reset_after", "stall")
            body = self._apply(call, raw) if applied else _as_error(call.fault)
        if fault is None:
            return JSONResponse(body)
        if fault.how == "stall":
            await self._server.pause(fault.seconds)
        if fault.how.startswith("reset"):
            await wire.cut(request)
        if fault.how.endswith("_500"):
            return Response("Internal Server Error", 500, media_type="text/html")
        return Response("<html>", media_type="text/html") if fault.how == "garbage" else JSONResponse(body)

    def _next_fault(self, path: str) -> Fault | None:
        for name, fault in self._faults:
            if name in (path, "*") and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def _apply(self, call: Call, raw: bytes) -> Json:
        try:
            answer = {"errcode": 0, "errmsg": "ok", **self._run(call, raw)}
        except Refusal as refusal:
            answer = refusal.body
        call.errcode = answer["errcode"]
        return answer

    def _run(self, call: Call, raw: bytes) -> Json:
        if call.path == "gettoken":
            return self._gettoken(call)
        if call.path == "webhook/send":
            return self._webhook(call)
        self.check_token(call.query.get("access_token", ""))
        if call.path == "message/send" and (answer := self.repeated(raw, call.body)):
            return answer
        handlers: dict[str, Callable[[Call], Json]] = {
            "message/send": self._send,
            "message/update_template_card": self._update_card,
            "appchat/send": self._chat,
            "media/upload": self._upload,
            "menu/create": self._menu,
            "agent/get": self._agent,
            "user/get": self._user,
            "user/simplelist": self._users,
        }
        if call.path not in handlers:
            raise self._mistake(call, 40066, "invalid url")
        answer = handlers[call.path](call)
        if call.path == "message/send":
            self.remember(raw, answer)
        return answer

    def _mistake(self, call: Call, errcode: int, errmsg: str) -> Refusal:
        """What only a mistake in the bot can send; the test sees it in `problems`."""
        self.problem(call.path, errmsg)
        return Refusal(errcode, errmsg)

    # --- the calls

    def _gettoken(self, call: Call) -> Json:
        if call.query.get("corpid") != self.corp:
            raise Refusal(40013, "invalid corpid")
        if call.query.get("corpsecret") != self.secret:
            raise Refusal(40001, "invalid credential")
        return self.fetch_token()

    def _send(self, call: Call) -> Json:
        body = call.body
        self._check_agent(call, body.get("agentid"))
        for what in rules.surplus(body, rules.SEND_FIELDS):
            self.problem(call.path, what)
        if not 0 < body.get("duplicate_check_interval", 1800) <= 4 * 3600:
            self.problem(call.path, "an interval over four hours")
        for what in rules.wrong_content(body, rules.APP_TYPES):
            raise self._mistake(call, 40058, what)
        users = [user.lower() for user in str(body.get("touser", "")).split("|") if user]
        reached = [user for user in users if self._is_there(user)]
        if not reached:
            raise Refusal(81013, "user & party & tag all invalid")
        post = self._posted(call, body)
        for user in reached:
            self._deliver(user, post)
        answer: Json = {"msgid": post.id, "invaliduser": "|".join(user for user in users if user not in reached)}
        return {**answer, "response_code": self.new_code(post)} if body["msgtype"] == "template_card" else answer

    def _check_agent(self, call: Call, agent: object) -> None:
        if not isinstance(agent, int):
            raise self._mistake(call, 40056, "agentid is missing")
        if agent != self.agent:
            raise Refusal(301002, "not allow operate another agent with this accesstoken")

    def _is_there(self, user: str) -> bool:
        member = self.members.get(user)
        return member is not None and member.visible and member.status == 1

    def _posted(self, call: Call, body: Json) -> Post:
        kind = body["msgtype"]
        content = {"msgtype": kind, **body[kind]}
        if kind in ("text", "markdown") and len(content["content"].encode()) > rules.APP_BYTES:
            self.problem(call.path, "what is over 2048 bytes is cut without a word")
            content["content"] = rules.truncated(content["content"])
        if kind in MOST_OF_A_FILE and self.clock() - self.media.get(content.get("media_id", ""), -1e12) > THREE_DAYS:
            raise self._mistake(call, 40007, "invalid media_id")
        if kind == "template_card":
            for what in rules.cut_card(content):
                self.problem(call.path, what)
            if content["task_id"] in self.tasks:
                raise Refusal(42014, "the task_id was used before")
            self.tasks.add(content["task_id"])
        return Post(self.serial("msg"), "", content)

    def _deliver(self, user: str, post: Post) -> None:
        if self.too_much(user) or self.too_much(f"{user} in an hour", 1000, 3600):
            self.dropped.append(post.content)
            return
        post.place = user
        self.posts.append(post)

    def _update_card(self, call: Call) -> Json:
        self._check_agent(call, call.body.get("agentid"))
        name = call.body.get("button", {}).get("replace_name")
        if not name or not call.body.get("userids"):
            raise self._mistake(call, 40058, "nobody, or nothing to change")
        code = self.codes.get(call.body.get("response_code", ""))
        if code is None or code.used or self.clock() - code.at > THREE_DAYS:
            raise Refusal(40058, "invalid response_code")
        code.used, code.post.replaced = True, name
        return {"invaliduser": []}

    def _chat(self, call: Call) -> Json:
        if call.body.get("chatid") not in self.chats:
            raise Refusal(86003, "chat not exist")
        for what in rules.surplus(call.body, rules.CHAT_FIELDS):
            self.problem(call.path, what)
        for what in rules.wrong_content(call.body, rules.CHAT_TYPES):
            raise self._mistake(call, 40058, what)
        post = self._posted(call, call.body)
        self.chats[call.body["chatid"]].append(post)
        return {}

    def _upload(self, call: Call) -> Json:
        kind = call.query.get("type", "")
        if kind not in MOST_OF_A_FILE:
            raise self._mistake(call, 40004, "invalid media type")
        if not call.body["name"].isascii() or not 5 < call.body["size"] <= MOST_OF_A_FILE[kind]:
            raise self._mistake(call, 40058, "the name or the size of the file")
        media = self.serial("media-")
        self.media[media] = self.clock()
        if kind == "file":
            self.uploaded[media] = (call.body["name"], call.body["content"])
        return {"type": kind, "media_id": media, "created_at": str(int(self.clock()))}

    def _menu(self, call: Call) -> Json:
        self._check_agent(call, int(call.query.get("agentid", 0)))
        for what in rules.wrong_menu(call.body):
            raise self._mistake(call, 40058, what)
        self.menu = call.body
        return {}

    def _agent(self, call: Call) -> Json:
        self._check_agent(call, int(call.query.get("agentid", 0)))
        seen = [{"userid": member.id} for member in self.members.values() if member.visible]
        in_range = {"allow_userinfos": {"user": seen[:1]}, "allow_partys": {"partyid": [1]}}
        return {"agentid": self.agent, "name": "Loopkeeper", **in_range}

    def _user(self, call: Call) -> Json:
        member = self.members.get(call.query.get("userid", "").lower())
        if member is None:
            raise Refusal(60111, "userid not found")
        if not member.visible:
            raise Refusal(60011, "no privilege to access/modify contact/party/agent")
        return {"userid": member.id, "name": member.name, "department": [1], "status": member.status}

    def _users(self, call: Call) -> Json:
        """The first member stands in the visible range by name, the others by their department."""
        if call.query.get("department_id") != "1":
            raise Refusal(60011, "no privilege to access/modify contact/party/agent")
        seen = [member for member in self.members.values() if member.visible][1:]
        return {"userlist": [{"userid": it.id, "name": it.name, "department": [1]} for it in seen]}

    def _webhook(self, call: Call) -> Json:
        posts = self.robots.get(call.query.get("key", ""))
        if posts is None:
            raise Refusal(93000, "invalid webhook url")
        if self.too_much(f"robot {call.query['key']}", 20):
            raise Refusal(45009, "api freq out of limit")
        body, kind = call.body, call.body.get("msgtype", "")
        for what in rules.surplus(body, {"msgtype"}):
            self.problem(call.path, what)
        for what in rules.wrong_content(body, rules.ROBOT_TYPES):
            raise self._mistake(call, 40058, what)
        most = rules.ROBOT_MARKDOWN_BYTES if kind == "markdown" else rules.APP_BYTES
        if len(str(body[kind].get("content", "")).encode()) > most:
            raise self._mistake(call, 45002, "content size out of limit")
        for what in rules.wrong_robot_image(body[kind]) if kind == "image" else ():
            raise self._mistake(call, 40058, what)
        posts.append(Post(self.serial("msg"), call.query["key"], {"msgtype": kind, **body[kind]}))
        return {}


def _as_error(how: str) -> Json:
    code = int(how) if how.lstrip("-").isdigit() else -1
    return Refusal(code, f"errcode {code}").body


def _body(request: Request, raw: bytes) -> Json:
    """JSON, or of an upload its name and size."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return dict(json.loads(raw)) if raw else {}
    whole = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + raw, policy=email.policy.HTTP)
    (part,) = whole.iter_parts()
    content = part.get_payload(decode=True) or b""
    return {"name": part.get_filename(""), "size": len(content), "content": content}
