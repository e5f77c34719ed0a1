"""
Operations of accounts: connected accounts, connect webviews, workspaces, action attempts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seamproof.mock_server.world.calls.rows import planned, update
from seamproof.mock_server.world.data import properties_of, templates
from seamproof.mock_server.world.kinds import category
from seamproof.mock_server.world.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.json_types import JsonObject
    from seamproof.mock_server.world.calls.call import Call
    from seamproof.mock_server.world.calls.rows import Row

#: Seconds until somebody has logged in at a connect webview.
LOGIN: Final = 1.0

#: What the devices that an account brings are called, by category.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "lock": ("Front Door", "Back Door"),
    "thermostat": ("Hallway",),
    "noise_sensor": ("Living Room",),
    "camera": ("Entrance",),
    "other": ("Device",),
}


def _devices(provider: str) -> list[JsonObject]:
    """
    List the devices that an account of a provider brings: of the first type that is the maker's.
    """
    schema = properties_of("device")["device_type"]
    types = [name for one in (schema, *schema.get("oneOf", ())) for name in one.get("enum", ())]
    found = next((one for one in types if one.startswith(f"{provider}_")), "schlage_lock")
    names = _NAMES[category(found)]
    return [{"device_type": found, "properties": {"name": name}} for name in names]


#: Who is logged in with where any provider is accepted, by the first capability that is.
_PROVIDERS: Final = {"thermostat": "ecobee", "noise_sensor": "minut", "camera": "ring"}


def _create_webview(call: Call) -> None:
    """
    Make a connect webview, at which somebody soon logs in: it brings an account with devices.
    """
    given = call.own_properties()
    providers = given.get("accepted_providers")
    if providers:
        given["any_provider_allowed"] = False
    webview = call.create("connect_webview", given)
    address = f"{call.base}/connect_webviews/view?connect_webview_id={webview.id}"
    call.affect(webview, sets={"url": address})
    wanted = next(iter(given.get("accepted_capabilities", ())), "lock")
    provider = providers[0] if providers else _PROVIDERS.get(wanted, "schlage")
    _log_in(call, webview, provider)


def _log_in(call: Call, webview: Record, provider: str) -> None:
    """
    Schedule what a login brings about.
    """
    due = call.turn.now + LOGIN
    account = Record("connected_account", call.turn.new_id(), 0, {})
    label = provider.replace("_", " ").title()
    of_webview = {"connect_webview_id": webview.id}
    arrival = {"values": of_webview, "links": of_webview}
    details = {
        "account_type": provider,
        "account_type_display_name": label,
        "display_name": label,
        **call.picked("automatically_manage_new_devices", "customer_key", "custom_metadata"),
    }
    connected = "connected_account.connected"
    call.affect(account, connected, sets=details, creates=True, due_at=due, **arrival)
    seen = {"connected_account_id": account.id, "selected_provider": provider}
    call.affect(webview, "connect_webview.login_succeeded", sets=seen, due_at=due)
    for document in _devices(provider):
        sets = {**document, "connected_account_id": account.id}
        device = Record("device", call.turn.new_id(), 0, document)
        call.affect(device, "device.added", sets=sets, creates=True, due_at=due)
    call.affect(account, "connected_account.completed_first_sync", due_at=due, **arrival)


def _list_providers(call: Call) -> None:
    """
    List the providers whose devices the world knows.
    """
    category = call.given.get("provider_category")
    call.answer[call.operation.key] = [
        one
        for one in templates()["device_providers"]["all"]
        if category is None or category in one["provider_categories"]
    ]


def _list_workspaces(call: Call) -> None:
    found = call.records.all("workspace") or [call.workspace()]
    call.answer[call.operation.key] = [call.show(one) for one in found]


def _reset(call: Call) -> None:
    """
    Remove everything from the workspace.
    """
    for kind in (*call.records.kinds(),):
        for record in call.records.all(kind):
            if kind not in ("workspace", "action_attempt"):
                call.affect(record, deletes=True)
    call.attempt(None, [])


ACCOUNTS: Final[Mapping[str, Row]] = {
    "/connect_webviews/create": planned("connect_webview", _create_webview),
    "/connected_accounts/sync": update("connected_account"),
    "/connected_accounts/simulate/disconnect": update(
        "connected_account", "connected_account.disconnected"
    ),
    "/devices/list_device_providers": planned("device", _list_providers),
    "/workspaces/list": planned("workspace", _list_workspaces),
    "/workspaces/reset_sandbox": planned("workspace", _reset),
}
