"""
Files of worlds: what they can hold, and what is said of those that are wrong.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from seamproof import MockServer
from seamproof.errors import UsageError
from seamproof.mock_server.world.seeds.completeness import incomplete
from seamproof.mock_server.world.seeds.world_file import (
    READY,
    Seed,
    load_world,
    ready_text,
    seed_of,
)

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_790_000_000.0
ACCOUNT = "ca000000-0000-4000-8000-000000000001"
DEVICE = "de000000-0000-4000-8000-000000000001"


def read_world(given: Any, now: float) -> Seed:
    """
    Read a world, and make its records.
    """
    world = load_world(given)
    assert world is not None
    return seed_of(world, now)


def world(**changes: Any) -> dict[str, Any]:
    """
    Build a small world.
    """
    return {
        "connected_accounts": [{"connected_account_id": ACCOUNT, "account_type": "yale"}],
        "devices": [
            {
                "device_id": DEVICE,
                "connected_account_id": ACCOUNT,
                "device_type": "yale_lock",
                "properties": {"name": "Shed", "locked": True},
            }
        ],
        **changes,
    }


@pytest.mark.parametrize("name", READY)
def test_ready_worlds_are_valid(name: str) -> None:
    """
    Each record of a ready world, completed with typical values, has the shape that Seam has.
    """
    documents = read_world(name, NOW).documents
    assert len(documents["device"]) > 1
    assert [*incomplete(documents)] == []


def test_times_are_counted_from_the_start() -> None:
    """
    `now + 2h` becomes a time; other texts stay as they are, codes with leading zeros too.
    """
    code = {
        "device_id": DEVICE,
        "code": "0042",
        "name": "now",
        "starts_at": "now - 1d",
        "ends_at": "now + 2h 30m",
    }
    made = read_world(world(access_codes=[code]), NOW).documents["access_code"][0]
    assert made["starts_at"] == "2026-09-20T14:13:20.000Z"
    assert made["ends_at"] == "2026-09-21T16:43:20.000Z"
    assert (made["code"], made["name"]) == ("0042", "now")


def test_ids_are_stable() -> None:
    """
    A record without an id has the same one at every start.
    """
    code = {"device_id": DEVICE, "name": "Guest"}
    ids = {
        read_world(world(access_codes=[code]), now).documents["access_code"][0]["access_code_id"]
        for now in (NOW, NOW + 1)
    }
    assert len(ids) == 1


def test_yaml_is_read_as_json(tmp_path: Path) -> None:
    """
    YAML and JSON of the same world are the same: no times, no octal numbers, no `yes`.
    """
    text = ready_text("short_stay")
    (tmp_path / "short_stay.yaml").write_text(text, "utf-8")
    given = read_world(tmp_path / "short_stay.yaml", NOW)
    assert given == read_world("short_stay", NOW)
    (tmp_path / "w.yaml").write_text(
        f"connected_accounts: [{{connected_account_id: {ACCOUNT}, created_at: "
        "2026-01-01T00:00:00Z, display_name: 0x10, custom_metadata: {a: yes, b: true}}]\n",
        "utf-8",
    )
    [made] = read_world(str(tmp_path / "w.yaml"), NOW).documents["connected_account"]
    assert made["created_at"] == "2026-01-01T00:00:00Z"
    assert made["display_name"] == "0x10"
    assert made["custom_metadata"] == {"a": "yes", "b": True}


def test_yaml_can_merge(tmp_path: Path) -> None:
    """
    A record can take over the properties of another one, as `<<` says, and have its own.
    """
    text = f"""
    connected_accounts: [{{connected_account_id: {ACCOUNT}, account_type: yale}}]
    devices:
      - &first
        connected_account_id: {ACCOUNT}
        device_type: yale_lock
        nickname: First
      - <<: *first
        nickname: Second
    """
    (tmp_path / "w.yaml").write_text(text, "utf-8")
    devices = read_world(tmp_path / "w.yaml", NOW).documents["device"]
    assert [one["nickname"] for one in devices] == ["First", "Second"]
    assert {one["device_type"] for one in devices} == {"yale_lock"}


def test_calls_make_the_rest_of_a_world() -> None:
    """
    A world begins at rest after its calls; one that is refused is an error that says why.
    """
    grant = {
        "user_identity": {"full_name": "Ada"},
        "device_ids": [DEVICE],
        "requested_access_methods": [{"mode": "code"}],
        "ends_at": "now + 1d",
    }
    given = world(calls=[{"path": "/access_grants/create", "parameters": grant}])
    with MockServer(world=given, clock="manual") as server:
        [code] = server.world.access_codes.values()
        assert code.status == "set"
        server.advance("5m")
        assert server.messages == []
        server.advance("1d")
        assert "access_code.removed_from_device" in [
            one.message.event_type for one in server.messages
        ]
    given["calls"][0]["parameters"]["device_ids"] = [ACCOUNT]
    with (
        pytest.raises(UsageError, match=r"calls\.0: the call of /access_grants/create is refused"),
        MockServer(world=given),
    ):
        pass


WRONG: list[tuple[Any, tuple[str, ...]]] = [
    ("hotl", ("no such world", "hotel", "--world")),
    ([], ("a world is an object",)),
    (world(device=[]), ("device", "did you mean devices?")),
    (world(devices=[{"device_type": "yale_lock"}]), ("devices.0", "connected_account_id")),
    (
        world(devices=[{"connected_account_id": ACCOUNT, "properties": {"lockd": True}}]),
        ("devices.0.properties.lockd", "did you mean locked"),
    ),
    (
        world(devices=[{"connected_account_id": ACCOUNT, "device_type": "yale_lok"}]),
        ("devices.0.device_type", "yale_lok", "did you mean yale_lock?"),
    ),
    (
        world(access_codes=[{"device_id": ACCOUNT}]),
        ("access_codes.0.device_id", "no device", f"did you mean {DEVICE}?"),
    ),
    (
        world(access_codes=[{"device_id": DEVICE, "starts_at": "tomorrow"}]),
        ("access_codes.0.starts_at", "now + 2h", "tomorrow"),
    ),
    (
        world(devices=[{"connected_account_id": ACCOUNT, "device_manufacturer": {}}]),
        ("devices.0.device_manufacturer", "is missing", "cure: add"),
    ),
    (world(devices=[*world()["devices"], *world()["devices"]]), ("devices.1", "same id")),
    (world(calls=[{"path": "/spaces/crate"}]), ("calls.0.path", "did you mean /spaces/create?")),
    (
        world(calls=[{"path": "/spaces/create", "parameters": {"name": 7}}]),
        ("calls.0.parameters.name", "a string"),
    ),
    (world(troubles=[{"name": "offlin"}]), ("troubles.0.name", "did you mean offline?")),
    (
        world(access_codes=[{"device_id": DEVICE, "code": 4421}]),
        ("access_codes.0.code", 'in quotes: "4421"'),
    ),
    (
        world(access_codes=[{"device_id": DEVICE, "starts_at": "now + 2h", "ends_at": "now + 1h"}]),
        ("access_codes.0.ends_at", "it ends before it starts"),
    ),
    (
        world(access_codes=[{"device_id": DEVICE, "code": "4421"}] * 2),
        ("access_codes.1.code", "the same PIN", "choose another PIN"),
    ),
    (
        world(
            noise_thresholds=[
                {
                    "device_id": DEVICE,
                    "starts_daily_at": "22:00:00[UTC]",
                    "ends_daily_at": "07:00:00[UTC]",
                }
            ]
        ),
        ("noise_thresholds.0.device_id", "the device is a lock", "name a noise sensor"),
    ),
    (
        world(calls=[{"path": "/locks/unlock_door", "parameters": {"device_id": ACCOUNT}}]),
        ("calls.0", "is refused", "Device not found", "cure"),
    ),
]


@pytest.mark.parametrize(("given", "parts"), WRONG)
def test_errors_say_what_and_where(given: Any, parts: tuple[str, ...]) -> None:
    """
    An error names the place in the world, what was found, and what would be right.
    """
    with pytest.raises(UsageError) as caught:
        read_world(given, NOW)
    text = caught.value.text(lambda option: f"--{option}")
    assert all(part in text for part in parts), text


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("w.yaml", "devices:\n  - lockd: 1\n", "w.yaml:2 devices.0.lockd"),
        ("w.yaml", "name: a\nname: b\n", "w.yaml:2"),
        ("w.yaml", "devices: [\n", "w.yaml:"),
        ("w.yaml", "a: &a [*a]\n", "w.yaml"),
        ("w.json", '{"devices": [\n{"lockd": 1}]}', "w.json:2 devices.0.lockd"),
        ("w.json", '{"name": "a",\n}', "w.json:2"),
        ("w.yaml", "devices:\n\t- name: A\n", "no tabs"),
        ("w.yaml", "", "w.yaml:1"),
    ],
)
def test_errors_have_the_line(tmp_path: Path, name: str, text: str, where: str) -> None:
    """
    An error in a file has its line, in YAML and in JSON.
    """
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        read_world(tmp_path / name, NOW)
    assert where in str(caught.value)


def test_a_world_is_json_too(tmp_path: Path) -> None:
    """
    A mapping, a JSON file and a YAML file give the same world.
    """
    (tmp_path / "w.json").write_text(json.dumps(world()), "utf-8")
    (tmp_path / "w.yaml").write_text(yaml.safe_dump(world()), "utf-8")
    plain = read_world(world(), NOW).documents
    assert read_world(tmp_path / "w.json", NOW).documents == plain
    assert read_world(tmp_path / "w.yaml", NOW).documents == plain
