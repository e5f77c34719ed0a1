"""
Databases of which bytes were changed at random: used, or refused as they are, and salvaged.
"""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from seamproof.errors import SeamproofError
from seamproof.mock_server.storage.database_file import salvage
from tests.mock_server.workbench import EVENT, handling, serving

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MUTANTS = 60


async def write_database(path: Path) -> None:
    """
    Write a database with endpoints, messages and attempts.
    """
    async with handling() as handler, serving(database=str(path)) as service:
        await service.endpoints.create(handler.url)
        for _ in range(40):
            await service.emit(event=EVENT)
        assert await service.wait_idle(60)


async def test_a_changed_database_is_used_or_refused(tmp_path: Path) -> None:
    """
    No other exception, and a file that is refused stays as it is.
    """
    await write_database(tmp_path / "whole.db")
    whole = (tmp_path / "whole.db").read_bytes()
    chance = random.Random(1)
    for number in range(MUTANTS):
        content = bytearray(whole)
        for _ in range(chance.choice([1, 8, 64])):
            content[chance.randrange(len(content))] = chance.randrange(256)
        if number % 5 == 0:
            del content[chance.randrange(len(content)) :]
        path = tmp_path / f"{number}.db"
        path.write_bytes(content)
        refused = False
        try:
            async with serving(database=str(path)) as service:
                with suppress(SeamproofError):
                    page = await service.messages()
                    for one in page.messages:
                        await service.message(one.message.message_id)
        except SeamproofError:
            refused = True
        if refused:
            assert path.read_bytes() == content
        with suppress(SeamproofError):
            salvage(path, tmp_path / f"{number}.new")
