"""A stand-in WeCom with two members, on a clock moved by hand."""

from collections.abc import Iterator

import pytest

from tests.bot.wecom.bench import Hands
from tests.fakes.wecom import WecomFake


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def fake(clock: Hands) -> Iterator[WecomFake]:
    with WecomFake(clock=clock.seconds) as fake:
        fake.add_member("ZhangSan", "Zhang San")
        fake.add_member("lisi", "Li Si", visible=False)
        fake.add_chat("C0PRODUCT")
        yield fake
