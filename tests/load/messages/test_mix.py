"""
Tests of the mix: files, tables, and what is none.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from seamproof.errors import UsageError
from seamproof.load import Mix

if TYPE_CHECKING:
    from pathlib import Path

TABLE = {
    "duplicates": "5%",
    "redeliveries": 0.01,
    "large": "0.5%",
    "types": {"lock.*": 5, "device.connected": 1},
    "journeys": {"access_code": 2.5},
}
TOML = """
duplicates = "5%"
redeliveries = 0.01
large = "0.5%"

[types]
"lock.*" = 5
"device.connected" = 1

[journeys]
access_code = 2.5
"""


def test_a_mix_is_read_from_toml_and_json(tmp_path: Path) -> None:
    """
    Both say the same, and a mix is written as the table that it is read from.
    """
    (tmp_path / "mix.toml").write_text(TOML)
    (tmp_path / "mix.json").write_text(json.dumps(TABLE))
    expected = Mix(TABLE["types"], TABLE["journeys"], 0.05, 0.01, 0.005)  # type: ignore[arg-type]

    assert Mix.read(tmp_path / "mix.toml") == Mix.read(tmp_path / "mix.json") == expected
    assert Mix.of(expected.as_table()) == expected
    assert expected.with_duplicates(0.5).duplicates == 0.5


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ([], "a mix is a table"),
        ({"duplicate": "5%"}, "did you mean duplicates"),
        ({"duplicates": "105%"}, "duplicates is not a share"),
        ({"duplicates": True}, "duplicates is not a share"),
        ({"large": "-1%"}, "large is not a share"),
        ({"redeliveries": "many"}, "redeliveries is not a share"),
        ({"types": {"lock.*": -1}}, "types of the mix have no weights"),
        ({"types": {"lock.*": True}}, "types of the mix have no weights"),
        ({"types": {"lock.*": 0}}, "types of the mix have no weights"),
        ({"types": ["lock.*"]}, "types of the mix have no weights"),
        ({"journeys": {"device": float("inf")}}, "journeys of the mix have no weights"),
    ],
)
def test_anything_else_is_rejected(table: Any, message: str) -> None:
    """
    The message names the entry, and the form that is expected.
    """
    with pytest.raises(UsageError, match=message):
        Mix.of(table)


@pytest.mark.parametrize("text", ["duplicates", "{", "\x00"])
def test_a_file_that_is_no_mix_is_rejected(text: str, tmp_path: Path) -> None:
    """
    The message names the file.
    """
    for name in ("mix.toml", "mix.json"):
        (tmp_path / name).write_text(text)
        with pytest.raises(UsageError, match="neither TOML nor"):
            Mix.read(tmp_path / name)
    with pytest.raises(UsageError, match="cannot be read"):
        Mix.read(tmp_path / "none.toml")
