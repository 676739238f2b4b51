"""The seal around WeCom's callbacks: AES-256-CBC and a SHA-1 signature. Pure.

Plain text: 16 random bytes, the length as 4 bytes big-endian, the message, the receiver's id; padded by PKCS#7 to 32
bytes, not 16 (developer.work.weixin.qq.com/document/path/90968). For a self-built app the receiver's id is the CorpID.
"""

import base64
import binascii
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK = 32
RANDOM = 16
HEAD = RANDOM + 4


class Damaged(Exception):
    """It was not sealed with this key, or was changed on the way."""


class NotForUs(Exception):
    """It was sealed for another receiver."""


class Seal:
    """One app's Token, EncodingAESKey (43 characters) and receiver id."""

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        self._token = token
        self._key = base64.b64decode(encoding_aes_key + "=")
        self._receive_id = receive_id.encode()

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        parts = sorted((self._token, timestamp, nonce, encrypted))
        return hashlib.sha1("".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    def is_signed(self, signature: str, timestamp: str, nonce: str, encrypted: str) -> bool:
        """In constant time."""
        expected = self.sign(timestamp, nonce, encrypted)
        return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogatepass"))

    def open(self, encrypted: str) -> bytes:
        """The message. Raises Damaged or NotForUs."""
        plain = self._unpadded(self._decrypted(encrypted))
        if len(plain) < HEAD:
            raise Damaged
        (length,) = struct.unpack(">I", plain[RANDOM:HEAD])
        if HEAD + length > len(plain):
            raise Damaged
        if not hmac.compare_digest(plain[HEAD + length :], self._receive_id):
            raise NotForUs
        return plain[HEAD : HEAD + length]

    def close(self, message: bytes, random: bytes) -> str:
        """The other way: `random` are 16 bytes."""
        plain = random + struct.pack(">I", len(message)) + message + self._receive_id
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def _cipher(self) -> Cipher[CBC]:
        return Cipher(AES256(self._key), CBC(self._key[:RANDOM]))

    def _decrypted(self, encrypted: str) -> bytes:
        try:
            sealed = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError):
            raise Damaged from None
        if not sealed or len(sealed) % RANDOM:
            raise Damaged
        decryptor = self._cipher().decryptor()
        return decryptor.update(sealed) + decryptor.finalize()

    def _unpadded(self, plain: bytes) -> bytes:
        padding = plain[-1]
        if not 1 <= padding <= min(BLOCK, len(plain)) or plain[-padding:] != bytes([padding]) * padding:
            raise Damaged
        return plain[:-padding]
