"""
The table of operations: one row for each call that is served.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.operations.access_codes import ACCESS_CODES
from seamproof.mock_server.world.operations.accounts import ACCOUNTS
from seamproof.mock_server.world.operations.acs import ACS
from seamproof.mock_server.world.operations.devices import DEVICES
from seamproof.mock_server.world.operations.grants import GRANTS
from seamproof.mock_server.world.operations.people import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.mock_server.world.calls.rows import Row

#: By path. What is not there is answered with 501.
ROWS: Final[Mapping[str, Row]] = MappingProxyType(
    {**ACCOUNTS, **DEVICES, **ACCESS_CODES, **GRANTS, **ACS, **PEOPLE}
)
