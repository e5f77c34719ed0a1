"""
Access codes: a call changes the records, and its events report that.
"""

from __future__ import annotations

import httpx
import pytest
from seam.exceptions import SeamHttpApiError, SeamHttpInvalidInputError

from seamproof.mock_server import MockServer
from tests.mock_server.sdk import Sdk

DEVICE = "11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize("form", ["sync", "async"])
def test_an_access_code_from_its_creation_to_its_removal(form: str) -> None:
    """
    A code is set on its device after a second, changed, and gone after it is deleted.
    """
    with MockServer(clock="manual", seed=1) as server:
        server.emit("device.added", overrides={"device_id": DEVICE})
        sdk = Sdk(form, server.url)
        made = sdk("access_codes.create", device_id=DEVICE, code="1234", name="Guest")
        assert (made.status, made.code, made.type) == ("setting", "1234", "ongoing")
        server.advance(1)
        code_id = made.access_code_id
        assert sdk("access_codes.get", access_code_id=code_id).status == "set"
        sdk("access_codes.update", access_code_id=code_id, code="98765")
        server.advance(1)
        assert [one.code for one in sdk("access_codes.list", device_id=DEVICE)] == ["98765"]
        sdk("access_codes.delete", access_code_id=code_id)
        with pytest.raises(SeamHttpApiError) as caught:
            sdk("access_codes.get", access_code_id=code_id)
        assert (caught.value.code, caught.value.status_code) == ("access_code_not_found", 404)
        types = [one.message.event_type.removeprefix("access_code.") for one in server.messages]
        assert types == [
            "device.added",
            "created",
            "set_on_device",
            "code_changed",
            "changed",
            "set_on_device",
            "removed_from_device",
            "deleted",
        ]


def test_what_is_wrong_with_parameters() -> None:
    """
    A parameter that its schema forbids is refused with the SDK's own exception.
    """
    with MockServer() as server:
        sdk = Sdk("sync", server.url)
        with pytest.raises(SeamHttpInvalidInputError) as caught:
            sdk("access_codes.create", device_id="no uuid", code="12")
        wrong = {one.parameter_name for one in caught.value.validation_errors}
        assert wrong == {"device_id", "code"}


def test_an_operation_that_is_not_served() -> None:
    """
    It answers 501 with its name, and not as if a record were missing.
    """
    with MockServer() as server, pytest.raises(SeamHttpApiError) as caught:
        Sdk("sync", server.url)("devices.report_provider_metadata", devices=[])
    assert (caught.value.status_code, caught.value.code) == (501, "not_implemented")
    assert "/devices/report_provider_metadata" in str(caught.value)


def test_a_method_that_an_operation_does_not_have() -> None:
    """
    It is refused, with those that it has.
    """
    with MockServer() as server:
        headers = {"authorization": "Bearer seam_test"}
        answer = httpx.get(f"{server.url}/access_codes/create", headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        answer = httpx.put(f"{server.url}/devices/get", headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
