"""
Tests of the files for several machines: their schemas, and the commands in them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click
import jsonschema
import pytest
import yaml

from seamproof.cli.commands.handler.load import command

FOLDER: Final = Path(__file__).parents[2] / "examples/load"
COMPOSE: Final = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))
KUBERNETES: Final = [
    *yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text(encoding="utf-8")),
]
#: A version of Kubernetes that most clusters have left behind, so that the files fit in all.
OLDEST: Final = "1.30"
JOBS: Final = {one["metadata"]["name"]: one for one in KUBERNETES if one["kind"] == "Job"}


def containers() -> dict[str, list[str]]:
    """
    List the arguments of each container of the examples.
    """
    compose = {f"compose {name}": one["command"] for name, one in COMPOSE["services"].items()}
    jobs = {
        name: container["args"]
        for name, one in JOBS.items()
        for container in one["spec"]["template"]["spec"]["containers"]
    }
    return compose | jobs


@pytest.mark.parametrize("name", containers())
def test_the_commands_are_ones_that_can_be_given(name: str) -> None:
    """
    Every option exists and takes the value that it has; a master waits for as many as there are.
    """
    first, *words = containers()[name]
    given = command.make_context("load", words, resilient_parsing=False).params

    assert first == "load"
    assert isinstance(command, click.Command)
    assert given["allow_remote"]
    assert (given["workers"] == 3 and given["rate"]) or given["master"]


def test_the_compose_file_is_valid() -> None:
    """
    It keeps to the schema of the Compose Specification, of which a copy is here.
    """
    schema = json.loads((Path(__file__).parent / "compose_spec.json").read_text(encoding="utf-8"))

    jsonschema.Draft7Validator(schema).validate(COMPOSE)
    assert COMPOSE["services"]["worker"]["deploy"]["replicas"] == 3


def test_the_manifests_fit_together() -> None:
    """
    The service leads to the master, the workers to the service; each has the secret.
    """
    (service,) = (one for one in KUBERNETES if one["kind"] == "Service")
    master, worker = JOBS["seamproof-load-master"], JOBS["seamproof-load-worker"]
    labels = master["spec"]["template"]["metadata"]["labels"]

    assert service["spec"]["selector"].items() <= labels.items()
    assert f"--worker-of={service['metadata']['name']}" in arguments(worker)
    assert worker["spec"]["parallelism"] == worker["spec"]["completions"] == 3
    for job in (master, worker):
        assert (job["apiVersion"], job["spec"]["template"]["spec"]["restartPolicy"]) == (
            "batch/v1",
            "Never",
        )
        (container,) = job["spec"]["template"]["spec"]["containers"]
        assert [one["name"] for one in container["env"]] == ["SEAM_WEBHOOK_SECRET"]


@pytest.mark.parametrize("document", KUBERNETES, ids=lambda one: str(one["kind"]))
def test_the_manifests_are_valid(document: dict[str, Any]) -> None:
    """
    They keep to the schemas of Kubernetes, which the extra `dev` installs; a mistake is found.
    """
    reason = "kubernetes-validate, which has the schemas of Kubernetes, is not installed"
    kubernetes = pytest.importorskip("kubernetes_validate", reason=reason)
    misspelt = document | {"spec": document["spec"] | {"selecter": {}}}

    assert kubernetes.validate(document, OLDEST, strict=True) == OLDEST
    with pytest.raises(kubernetes.ValidationError, match="selecter"):
        kubernetes.validate(misspelt, OLDEST, strict=True)


def arguments(job: dict[str, Any]) -> list[str]:
    """
    List the arguments of the container of a job.
    """
    (container,) = job["spec"]["template"]["spec"]["containers"]
    words = container["args"]
    assert isinstance(words, list)
    return words
