"""Secrets at rest: sealed with a key of the installation, and worthless without it."""

import base64
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete
from sqlmodel import Session, col, select

from models.connection import Secret


class WrongKey(Exception):
    """It was sealed with another key: LOOPKEEPER_SECRET_KEY was changed."""


class Sealer:
    """Seals and opens with one key, stretched from what the operator gave."""

    def __init__(self, key: str) -> None:
        stretch = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"loopkeeper secrets")
        self._fernet = Fernet(base64.urlsafe_b64encode(stretch.derive(key.encode())))

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises WrongKey."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise WrongKey from None


def keep(session: Session, sealer: Sealer, name: str, text: str, expires_at: datetime | None = None) -> None:
    session.merge(Secret(name=name, sealed=sealer.seal(text), expires_at=expires_at))


def read(session: Session, sealer: Sealer, name: str) -> tuple[str, datetime | None] | None:
    """The secret and until when (UTC) it is worth something. Raises WrongKey."""
    row = session.get(Secret, name)
    return (sealer.open(row.sealed), row.expires_at) if row else None


def names(session: Session, prefix: str) -> list[str]:
    return list(session.exec(select(Secret.name).where(col(Secret.name).startswith(prefix, autoescape=True))).all())


def forget(session: Session, name: str) -> None:
    session.connection().execute(delete(Secret).where(col(Secret.name) == name))
