"""WeCom's seal against somebody else's, in another language: each opens what the other closed, and signs the same.

Not part of `make test`: it needs Node and npm. `make peers` runs it.
"""

import json
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.wecom.crypto import Seal

PACKAGE = "@wecom/crypto@1.0.1"
TOKEN, CORP = "QDG6eK", "ww1234567890abcdef"
TEXTS = ["", "hello", "<xml>\u4eca\u5929 \U0001f389</xml>", *("x" * size for size in range(0, 70)), "\u6c49" * 2000]
SCRIPT = """
const { encrypt, decrypt, getSignature } = require('@wecom/crypto');
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map(it => ({
  opened: decrypt(it.key, it.sealed),
  sealed: encrypt(it.key, it.text, it.corp),
  signature: getSignature(it.token, it.timestamp, it.nonce, it.sealed),
}))));
"""


@pytest.fixture
def node(tmp_path: Path) -> Path:
    assert shutil.which("npm"), "Node and npm are needed for this peer"
    subprocess.run(["npm", "install", "--silent", "--prefix", str(tmp_path), PACKAGE], check=True)
    return tmp_path


def a_key() -> str:
    """43 signs of base64, as the console makes them: the last holds two bits less."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(letters) for _ in range(42)) + secrets.choice("AEIMQUYcgkosw048")


def test_each_opens_what_the_other_closed(node: Path) -> None:
    cases: list[dict[str, str]] = []
    for text in TEXTS:
        key = a_key()
        sealed = Seal(TOKEN, key, CORP).close(text.encode(), secrets.token_bytes(16))
        cases.append(
            {"key": key, "text": text, "sealed": sealed, "corp": CORP, "token": TOKEN, "timestamp": "17", "nonce": "n"}
        )
    run = subprocess.run(
        ["node", "-e", SCRIPT], input=json.dumps(cases), cwd=node, check=True, capture_output=True, text=True
    )
    theirs: list[dict[str, Any]] = json.loads(run.stdout)
    for case, other in zip(cases, theirs, strict=True):
        seal = Seal(TOKEN, case["key"], CORP)
        assert (other["opened"]["message"], other["opened"]["id"]) == (case["text"], CORP)
        assert seal.open(other["sealed"]).decode() == case["text"]
        assert other["signature"] == seal.sign("17", "n", case["sealed"])
