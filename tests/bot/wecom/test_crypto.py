"""The seal around WeCom's callbacks: everybody's vectors, both ways, and no damage that gets through."""

import base64
import json
import secrets
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wecom.crypto import BLOCK, Damaged, NotForUs, Seal

FOLDER = Path(__file__).parent.parent / "payloads" / "wecom"
VECTORS: list[dict[str, Any]] = json.loads((FOLDER / "vectors.json").read_text("utf-8"))
NODES: list[dict[str, Any]] = json.loads((FOLDER / "node_vectors.json").read_text("utf-8"))
SEALED = [vector for vector in VECTORS if vector["kind"] != "wx_encrypt"]
WRITTEN = [vector for vector in VECTORS if vector["kind"] == "wx_encrypt"]
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
SEAL = Seal("QDG6eK", KEY, "wx5823bf96d3bd56c7")
RANDOM = b"0123456789abcdef"


def named(vectors: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(vector["input"], vector["expected"], id=vector["id"]) for vector in vectors]


@pytest.mark.parametrize(("given_", "expected"), named(SEALED))
def test_what_was_sealed_elsewhere_is_opened_and_sealed_again_the_same(given_: Any, expected: Any) -> None:
    seal = Seal(given_["token"], given_["encoding_aes_key"], expected["receive_id"])
    sealed = given_.get("encrypt") or given_["echostr"]

    assert seal.open(sealed).decode() == expected["plaintext"]
    assert seal.close(expected["plaintext"].encode(), seal._decrypted(sealed)[:16]) == sealed
    assert seal.is_signed(expected["msg_signature"], given_["timestamp"], given_["nonce"], sealed)


@pytest.mark.parametrize(("given_", "expected"), named(WRITTEN))
def test_what_we_seal_is_what_others_seal(given_: Any, expected: Any) -> None:
    seal = Seal(given_["token"], given_["encoding_aes_key"], given_["receive_id"])
    sealed = seal.close(given_["plaintext"].encode(), given_["random16"].encode())

    assert sealed == expected["encrypt"]
    assert seal.sign(given_["timestamp"], given_["nonce"], sealed) == expected["msg_signature"]


@pytest.mark.parametrize("vector", NODES)
def test_what_another_language_sealed_is_opened(vector: dict[str, str]) -> None:
    seal = Seal(vector["token"], vector["encoding_aes_key"], vector["receiveid"])

    assert seal.open(vector["encrypt"]).decode() == vector["xml"]
    assert seal.is_signed(vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"])


@given(st.binary(max_size=6000), st.binary(min_size=16, max_size=16))
def test_every_message_comes_back(message: bytes, random: bytes) -> None:
    sealed = SEAL.close(message, random)

    assert SEAL.open(sealed) == message
    assert len(base64.b64decode(sealed)) % BLOCK == 0


@given(st.integers(min_value=0), st.binary(min_size=1, max_size=300))
def test_one_wrong_bit_is_never_the_message(bit: int, message: bytes) -> None:
    sealed = bytearray(base64.b64decode(SEAL.close(message, RANDOM)))
    sealed[bit // 8 % len(sealed)] ^= 1 << bit % 8
    try:
        opened = SEAL.open(base64.b64encode(sealed).decode())
    except (Damaged, NotForUs):
        return
    assert not SEAL.is_signed(SEAL.sign("1", "n", SEAL.close(opened, RANDOM)), "1", "n", bytes(sealed).hex())


@given(st.binary(max_size=400))
def test_any_bytes_are_an_error_of_ours_and_no_crash(noise: bytes) -> None:
    with pytest.raises((Damaged, NotForUs)):
        SEAL.open(base64.b64encode(noise).decode())


@given(st.text(max_size=200))
def test_any_text_is_an_error_of_ours_and_no_crash(noise: str) -> None:
    with pytest.raises((Damaged, NotForUs)):
        SEAL.open(noise)
    assert not SEAL.is_signed(noise, noise, noise, noise)


def _sealed_by_hand(plain: bytes) -> str:
    encryptor = SEAL._cipher().encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


@pytest.mark.parametrize(
    "plain",
    [
        pytest.param(RANDOM + b"\x00\x00\x00\x05hello" + bytes(7), id="no padding"),
        pytest.param(RANDOM + b"\x00\x00\x00\x05hello" + b"\x07" * 6 + b"\x08", id="a padding that contradicts itself"),
        pytest.param(b"\x21" * 64, id="a padding longer than a block"),
        pytest.param(b"\x20" * 32, id="nothing but padding"),
        pytest.param(RANDOM + b"\xff\xff\xff\xffhello" + b"\x07" * 7, id="a length of four gigabytes"),
        pytest.param(RANDOM + b"\x00\x00\x00\x06hello" + b"\x07" * 7, id="a length one too long"),
    ],
)
def test_wrong_paddings_and_lengths_are_damage(plain: bytes) -> None:
    with pytest.raises(Damaged):
        SEAL.open(_sealed_by_hand(plain))


@pytest.mark.parametrize("receiver", ["", "wx5823bf96d3bd56c8", "WX5823BF96D3BD56C7", "wx5823bf96d3bd56c7 "])
def test_what_is_for_another_receiver_is_not_for_us(receiver: str) -> None:
    sealed = Seal("QDG6eK", KEY, receiver).close(b"hello", secrets.token_bytes(16))
    with pytest.raises(NotForUs):
        SEAL.open(sealed)


def test_another_key_opens_nothing() -> None:
    other = Seal("QDG6eK", "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", "wx5823bf96d3bd56c7")
    for number in range(50):
        with pytest.raises((Damaged, NotForUs)):
            other.open(SEAL.close(f"hello {number}".encode(), RANDOM))
