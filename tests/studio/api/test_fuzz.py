"""Whatever a stranger sends to any path that the description names, nothing inside breaks.

Cases are drawn from the server's own description, valid ones and broken ones, and sent through the
whole application. What it answers must be what it describes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.studio.serving import photo, serving

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_STREAM = "/stream"
"""Ends a path that answers for as long as its client listens."""
_PARTS = 4
"""Of all operations, so that test processes share the work."""


_EXAMPLES = 15


@dataclass(frozen=True)
class Api:
    """A server's description, with requests that go to it, and what there is to ask about."""

    description: Any
    known: dict[str, str]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A server that runs open, with one test, one batch and one asset."""
    with serving(tmp_path_factory.mktemp("home")) as server:
        sent = server.client.post("/v1/assets", files={"file": ("a.jpg", photo())}).json()
        recipe = {"kind": "white", "source": sent["digest"]}
        variants = [{"name": name, "image": sent["digest"]} for name in ("a", "b")]
        made = server.client.post("/v1/tests", json={"item": "mug", "variants": variants}).json()
        batch = server.client.post("/v1/batches", json={"recipes": [recipe]}).json()
        known = {
            "digest": sent["digest"],
            "test": made["id"],
            "batch": batch["id"],
            "variant": "a",
        }
        yield Api(schemathesis.openapi.from_url(f"{server.url}/openapi.json"), known)


def operations(api: Api) -> list[Any]:
    found = [result.ok() for result in api.description.get_all_operations()]
    return [operation for operation in found if not operation.path.endswith(_STREAM)]


@pytest.mark.slow
@pytest.mark.parametrize("part", range(_PARTS))
def test_no_request_breaks_the_server(api: Api, part: int) -> None:
    asked = operations(api)[part::_PARTS]
    assert asked
    for operation in asked:

        @settings(
            max_examples=_EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), of_known=booleans())
        def holds(case: Any, *, of_known: bool) -> None:
            if of_known:
                for name in case.path_parameters.keys() & api.known.keys():
                    case.path_parameters[name] = api.known[name]
            case.call_and_validate(checks=_CHECKS)

        holds()
