"""Async tests run on asyncio; each has its own loop."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
