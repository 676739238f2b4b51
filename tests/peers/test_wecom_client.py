"""Somebody else's WeCom client and crypto against our stand-in, which is judged by it.

Not part of `make test`: it installs wechatpy, which is no dependency of ours, into a folder of its own. `make peers`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.wecom import WecomFake
from tests.fakes.wecom_state import AES_KEY, TOKEN
from tests.fakes.wecom_user import sealed

PACKAGE = "wechatpy==2.0.0a26"
SCRIPT = """
import json, sys
from wechatpy.work import WeChatClient
from wechatpy.work.crypto import WeChatCrypto
from wechatpy.work import parse_message
from wechatpy.exceptions import WeChatClientException

given = json.load(sys.stdin)

class Client(WeChatClient):
    API_BASE_URL = given["url"] + "/"

    def fetch_access_token(self):
        return self._fetch_access_token(given["url"] + "/gettoken", {"corpid": self.corp_id, "corpsecret": self.secret})

client = Client(given["corp"], given["secret"])
said = {"token": client.fetch_access_token()["access_token"]}
said["user"] = client.user.get("zhangsan")["name"]
said["agent"] = client.agent.get(given["agent"])["name"]
said["text"] = client.message.send_text(given["agent"], "zhangsan", "hello")
said["markdown"] = client.message.send_markdown(given["agent"], "zhangsan", "**hello**")
try:
    client.message.send_text(given["agent"], "nobody", "hello")
except WeChatClientException as error:
    said["nobody"] = error.errcode
client.menu.create(given["agent"], given["menu"])
query = given["query"]
crypto = WeChatCrypto(given["callback_token"], given["aes_key"], given["corp"])
xml = crypto.decrypt_message(given["body"], query["msg_signature"], query["timestamp"], query["nonce"])
message = parse_message(xml)
said["opened"] = [message.type, message.source, message.content]
print(json.dumps(said))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]
    subprocess.run([*install, str(tmp_path), PACKAGE], check=True)
    return tmp_path


def test_another_client_finds_in_the_stand_in_what_it_expects_of_wecom(folder: Path) -> None:
    with WecomFake() as fake:
        fake.add_member("ZhangSan", "Zhang San")
        xml = (
            "<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName><FromUserName><![CDATA[zhangsan]]>"
            "</FromUserName><CreateTime>1750000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
            "<Content><![CDATA[a<b]]></Content><MsgId>1</MsgId><AgentID>1000002</AgentID></xml>"
        )
        query, body = sealed(xml, fake.clock())
        menu = {"button": [{"type": "click", "name": "Report", "key": "report"}]}
        given = {
            **{"url": fake.url, "corp": fake.corp, "secret": fake.secret, "agent": fake.agent, "menu": menu},
            **{"query": query, "body": body.decode(), "callback_token": TOKEN, "aes_key": AES_KEY},
        }
        environment = {**os.environ, "PYTHONPATH": str(folder)}
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT],
            input=json.dumps(given), env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        said: dict[str, Any] = json.loads(run.stdout)
        assert (said["user"], said["agent"], said["nobody"]) == ("Zhang San", "Loopkeeper", 81013)
        assert (said["text"]["errcode"], said["markdown"]["errcode"]) == (0, 0)
        assert [post.content["content"] for post in fake.messages("zhangsan")] == ["hello", "**hello**"]
        assert said["opened"] == ["text", "zhangsan", "a<b"]
        assert fake.menu == menu
