"""What an installation holds for its connections: leases, sealed secrets, invitations to link an account."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from models.columns import of_organization


class Lease(SQLModel, table=True):
    """What a platform allows only once (a poller, a long connection): whoever holds the row may. `until` is UTC."""

    name: str = Field(primary_key=True)
    holder: str
    until: datetime


class Secret(SQLModel, table=True):
    """A token or key, sealed; never readable without the installation's key. `expires_at` (UTC): worthless after it."""

    name: str = Field(primary_key=True)
    sealed: str
    expires_at: datetime | None = None


class Forgotten(SQLModel, table=True):
    """An account whose person asked to be forgotten: no programme brings him back. Only a keyed hash is kept."""

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    account_hash: str = Field(unique=True)
    at: datetime


class Invitation(SQLModel, table=True):
    """A code that links one more account to a person, once and for a while. Only its hash is kept. Instants UTC.

    `made_by_id`: the person himself, or the lead or steward who invited him.
    """

    id: int = Field(default=None, primary_key=True)
    organization_id: int = of_organization()
    person_id: int = Field(foreign_key="person.id", index=True)
    made_by_id: int = Field(foreign_key="person.id")
    code_hash: str = Field(unique=True)
    expires_at: datetime
    used_at: datetime | None = None
