"""
One Locust user in a process of its own: how much processor time its deliveries cost.

Run as `python -m benchmarks.load_users KIND URL SECONDS`; prints deliveries a second of processor
time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import sys
import time
import uuid
from typing import TYPE_CHECKING, Final

from seamproof.load import SeamUser

import gevent
from locust import FastHttpUser, task
from locust.env import Environment

from benchmarks.material import valid_event

if TYPE_CHECKING:
    from locust import User

SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - for the benchmark alone
_KEY: Final = base64.b64decode(SECRET.removeprefix("whsec_"))
_EVENT: Final = valid_event()
_BODY: Final = json.dumps(_EVENT)
_USERS: Final = 10
_WARM_UP: Final = 1.5
_JSON: Final = {"content-type": "application/json"}


class Bare(FastHttpUser):
    """
    Posts a constant body.
    """

    @task
    def post(self) -> None:
        """
        Post it.
        """
        self.client.post("/webhooks/seam", data=_BODY, headers=_JSON)


class HandWritten(FastHttpUser):
    """
    Signs as published locustfiles do: JSON, HMAC, base64.
    """

    @task
    def post(self) -> None:
        """
        Make an event, sign it and post it.
        """
        message, now = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
        body = json.dumps({**_EVENT, "event_id": str(uuid.uuid4())})
        signed = f"{message}.{now}.{body}".encode()
        signature = base64.b64encode(hmac.new(_KEY, signed, hashlib.sha256).digest()).decode()
        own = {"svix-id": message, "svix-timestamp": now, "svix-signature": f"v1,{signature}"}
        self.client.post("/webhooks/seam", data=body, headers=_JSON | own)


class Ours(SeamUser):
    """
    Sends every event type.
    """

    secret = SECRET
    seed = 1


KINDS: Final[dict[str, type[User]]] = {"bare": Bare, "hand": HandWritten, "ours": Ours}


def main(kind: str, url: str, seconds: float) -> None:
    """
    Run the users for a time, and print what they did.
    """
    environment = Environment(user_classes=[KINDS[kind]], host=url)
    runner = environment.create_local_runner()
    runner.start(_USERS, _USERS)
    gevent.sleep(_WARM_UP)
    environment.stats.reset_all()
    began = time.process_time()
    gevent.sleep(seconds)
    total, spent = environment.stats.total, time.process_time() - began
    print(json.dumps({"rate": total.num_requests / spent, "failures": total.num_failures}))
    runner.quit()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
