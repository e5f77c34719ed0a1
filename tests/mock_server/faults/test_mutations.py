"""
Payload mutations of faults, combined with each other and with forged signatures.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seamproof.mock_server.faults.catalogue import FAULTS
from seamproof.mock_server.faults.mutations import mutate_body
from seamproof.schemas import catalog
from seamproof.signing import Secret
from seamproof.signing.forgeries import SigningInput
from seamproof.strategies import Sampler
from tests.mock_server.workbench import START

SECRET = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
OPTIONAL = "access_code.created"


@given(
    names=st.lists(st.sampled_from([*FAULTS]), unique=True),
    event=st.one_of(
        st.builds(lambda seed: Sampler(seed).event(OPTIONAL), st.integers(0, 99)),
        st.dictionaries(st.text(), st.one_of(st.none(), st.integers(), st.text())),
    ),
)
def test_faults_can_be_combined(names: list[str], event: dict[str, Any]) -> None:
    """
    All combinations of faults give a request for any event.
    """
    faults = [FAULTS[name] for name in names]
    mutations = [fault.mutate for fault in faults if fault.mutate is not None]
    body = mutate_body(json.dumps(event).encode(), mutations, catalog())
    parts = SigningInput([SECRET], "msg_1", int(START), body, Random(1))
    headers, sent = parts.headers(), body
    for fault in faults:
        if fault.variant is not None:
            headers, sent = fault.variant.apply(parts, headers, sent)
    assert isinstance(sent, bytes)
    assert len(headers) >= 2
