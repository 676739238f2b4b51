"""Migrations change the tables themselves, so that each test has a database of its own."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ENGINES
from tests.postgres import create, drop, url_of


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "test.db")
        yield f"sqlite:///{tmp_path}/test.db"
        return
    admin, template = request.getfixturevalue("postgres_admin_url"), request.getfixturevalue("postgres_template")
    name = f"test_{uuid.uuid4().hex[:12]}"
    create(admin, name, template)
    yield url_of(admin, name)
    drop(admin, name)
