"""Column shapes that several tables share."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import CheckConstraint, Column
from sqlalchemy.types import JSON
from sqlmodel import Field


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Table models do not validate on construction, so the database itself refuses an unknown word."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def json_field(default: type = dict) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


def of_organization() -> Any:
    """Every row belongs to one organization."""
    return Field(foreign_key="organization.id", index=True)
