"""Tenants see and move nothing of each other's: every operation of the description is tried.

The operations are read from the server's own description, so that a route which is added later is
tried too. A parameter or a body that is not known here fails, until somebody says what it names.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from studio.bootstrap.shell import open_shell
from studio.services.key_secrets import tenant_of
from tests.studio.merchants import Mall, Merchant, mall
from tests.studio.serving import photo

_NOWHERE = {
    "digest": "0" * 64,
    "test": "nowhere",
    "batch": "nowhere",
    "webhook": "nowhere",
    "name": "nowhere",
    "key": "nowhere",
    "variant": "nowhere",
    "unit": "nowhere",
    "hook_url": "http://127.0.0.1:9/nowhere",
}
"""Ids that nobody has: another's must be answered as these are."""
_NO_ID = {"w", "format", "sig", "preview", "limit", "after", "page", "count", "state", "most", "v"}
_NO_ID |= {"kind", "action", "who", "since_s", "before", "segment", "ts", "propensity", "snapshot"}
"""Parameters of queries that name nothing which could be somebody's."""
_QUERY = {"id": "key", "unit": "unit", "test": "test", "variant": "variant", "item": "key"}
_QUERY |= {"subject": "test"}
"""Parameters of queries that may: which of the ids they take. `key` of a pixel is a key itself."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mall]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_module_url")
    with mall(tmp_path_factory.mktemp("mall"), url=url) as opened:
        yield opened


embedded = pytest.mark.parametrize("served", ["sqlite"], indirect=True)
"""For what is decided before any database is asked."""


@dataclass(frozen=True)
class Operation:
    """One method of one path, as the description tells of it."""

    method: str
    path: str
    told: dict[str, Any]

    @property
    def names_something(self) -> bool:
        return "{" in self.path

    def asked_about(self, known: dict[str, str]) -> dict[str, Any]:
        """The arguments of a request that names these things."""
        path, query = self.path, {}
        for parameter in self.told.get("parameters", ()):
            name, place = parameter["name"], parameter["in"]
            if place == "path":
                path = path.replace("{" + name + "}", quote(known[name], safe=""))
            elif place == "query" and name in _QUERY:
                query[name] = known[_QUERY[name]]
            elif place == "query" and parameter["required"]:
                assert name == "prompt", f"say in this test what the parameter {name} names"
                query[name] = known["name"]
            else:
                assert place == "header" or name in _NO_ID | {"key"}, f"what does {name} name?"
        return {"method": self.method, "url": path, "params": query, **self._body(known)}

    def _body(self, known: dict[str, str]) -> dict[str, Any]:
        content = self.told.get("requestBody", {}).get("content", {})
        if "multipart/form-data" in content:
            return {"files": {"file": ("a.jpg", photo(seed=9))}}
        if "application/json" not in content:
            assert not content
            return {}
        schema = content["application/json"]["schema"]
        schema = schema.get("anyOf", [schema])[0]
        name = schema.get("$ref", schema.get("title", "")).rpartition("/")[2]
        bodies = bodies_about(known)
        assert name in bodies, f"say in this test what a {name} of somebody else's would be"
        return {"json": bodies[name]}


def bodies_about(known: dict[str, str]) -> dict[str, Any]:
    """A body of each kind that names what these ids name."""
    variants = [{"name": known["variant"], "image": known["digest"]}, {"name": "b", "image": "b"}]
    event = {"id": "stolen", "type": "click", "unit": known["unit"], "item": known["key"],
             "test": known["test"], "variant": known["variant"]}  # fmt: skip
    return {
        "BatchIn": {"recipes": [{"kind": "white", "source": known["digest"]}]},
        "TestIn": {"item": known["key"], "variants": variants},
        "ReasonIn": {"reason": "mine"},
        "PromoteIn": {"variant": known["variant"], "reason": "mine"},
        "UnitDecisionIn": {"unit": known["unit"], "excluded": True, "reason": "mine"},
        "WebhookIn": {"url": known["hook_url"]},
        "DecideIn": {"unit": known["unit"], "items": [known["key"]]},
        "EventsIn": {"events": [event]},
        "EvaluateIn": {"context": {"targetingKey": known["unit"]}},
    }


def operations(client: httpx.Client) -> list[Operation]:
    paths = client.get("/openapi.json").json()["paths"]
    found = [
        Operation(method.upper(), path, told)
        for path, methods in paths.items()
        for method, told in methods.items()
    ]
    assert len(found) > 40
    return found


@dataclass(frozen=True)
class Told:
    """What came back: of a stream that does not end, its first lines."""

    status: int
    type: str
    text: str


def told(client: httpx.Client, asked: dict[str, Any]) -> Told:
    with client.stream(**asked) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            text = "".join(islice(answer.iter_lines(), 4))
        else:
            text = answer.read().decode("utf-8", "replace")
        text += str(answer.headers)
        kind = answer.json().get("type", "") if "problem+json" in str(answer.headers) else ""
        return Told(answer.status_code, str(kind), text)


def leaks(answer: Told, asked: dict[str, Any], owner: Merchant) -> set[str]:
    """What of somebody's an answer shows, beside what the request itself named."""
    sent = f"{asked['url']} {asked.get('params')} {asked.get('json')}"
    return {mark for mark in owner.marks if mark in answer.text and mark not in sent}


def test_another_tenants_key_finds_nothing_of_a_tenants_and_moves_nothing(served: Mall) -> None:
    find_nothing(served, served.beta.secret)


@embedded
def test_nor_does_a_key_of_the_installation_itself(served: Mall) -> None:
    find_nothing(served, served.root_secret, sees_numbers=True)


def find_nothing(served: Mall, secret: str, *, sees_numbers: bool = False) -> None:
    """Try all operations about what alpha has.

    Parameters
    ----------
        sees_numbers : those of all tenants, with their names
    """
    before = served.alpha.state()
    with served.client(secret) as client:
        for operation in operations(client):
            asked = operation.asked_about(served.alpha.known)
            answer = told(client, asked)
            place = (operation.method, operation.path, answer.status, answer.text)
            assert answer.status < 500, place
            if operation.path != "/metrics" or not sees_numbers:
                assert leaks(answer, asked, served.alpha) == set(), place
            if operation.names_something:
                assert answer.status == 404, place
                nowhere = told(client, operation.asked_about(_NOWHERE))
                assert (answer.status, answer.type) == (nowhere.status, nowhere.type), place
    assert served.alpha.state() == before


def test_their_own_key_finds_all_of_it(served: Mall) -> None:
    """Or the matrix would hold for ids that nobody has."""
    with served.client(served.alpha.secret) as client:
        for operation in operations(client):
            if operation.names_something and operation.method == "GET":
                answer = told(client, operation.asked_about(served.alpha.known))
                assert answer.status == 200, (operation.path, answer.text)
        for path in ("/v1/tests", "/v1/webhooks", "/v1/batches", "/v1/audit", "/v1/snapshot"):
            text = client.get(path).text
            assert any(mark in text for mark in served.alpha.marks), path


@embedded
def test_without_a_key_or_under_a_name_that_is_not_its_own_nothing_opens(served: Mall) -> None:
    _, _, rest = served.beta.secret.partition("_")
    forged = f"packshot_alpha.{rest.removeprefix('beta.')}"
    assert tenant_of(forged) == "alpha"
    before = served.alpha.state()
    for secret in (None, forged, forged.replace("alpha", "nobody")):
        with served.client(secret) as client:
            for operation in operations(client):
                asked = operation.asked_about(served.alpha.known)
                answer = told(client, asked)
                place = (secret, operation.path, answer.text)
                assert leaks(answer, asked, served.alpha) == set(), place
                if operation.told.get("security"):
                    assert answer.status == 401, place
    assert served.alpha.state() == before


def test_images_are_open_under_their_owners_name_alone(served: Mall) -> None:
    digest, address = served.alpha.known["digest"], served.alpha.known["image"]
    assert address == f"/of/alpha/v1/assets/{digest}"
    with served.client(None) as anybody, served.client(served.beta.secret) as beta:
        assert anybody.get(address).status_code == 200
        assert anybody.get(address, params={"w": 40}).headers["content-type"] == "image/jpeg"
        for path in (f"/v1/assets/{digest}", f"/of/beta/v1/assets/{digest}"):
            assert anybody.get(path).status_code == 404, path
        for path in (address, f"/of/nobody/v1/assets/{digest}", "/of/alpha/v1/tests"):
            assert beta.get(path).status_code == 404, path


def test_pages_and_feature_flags_are_of_their_keys_tenant(served: Mall) -> None:
    item, unit = served.alpha.known["key"], "passer-by"
    own, other = {"key": served.alpha.public}, {"key": served.beta.public}
    with served.client(None) as page:
        body = {"unit": unit, "items": [item]}
        decided = [
            page.post("/v1/decide", params=key, json=body).json()["decisions"][0]["reason"]
            for key in (own, other)
        ]
        assert decided == ["test", "unknown_item"]
        event = {name: served.alpha.known[name] for name in ("unit", "test", "variant")}
        before = served.alpha.state()
        for number, key in enumerate((other, own)):
            page.get("/v1/p.gif", params={**event, "id": f"seen-{number}", **key})
            assert (served.alpha.state() == before) == (key is other)
        asked = {"context": {"targetingKey": unit}}
        flags = [
            page.post(f"/ofrep/v1/evaluate/flags/{item}", json=asked, headers={"X-API-Key": key})
            for key in (served.alpha.secret, served.beta.secret)
        ]
        assert [flag.status_code for flag in flags] == [200, 404]


def test_a_new_tenant_is_served_without_a_restart(served: Mall) -> None:
    shell = served.shell
    shell.tenants.create("gamma")
    gamma = open_shell(shell.settings.of_tenant("gamma"), beside=shell)
    secret = gamma.keys.create(name="all", scopes=["manage"]).secret
    pause, tries = threading.Event(), 0
    with served.client(secret) as client:
        while client.get("/v1/tests").status_code == 401:
            assert (tries := tries + 1) < 1000, "not served"
            pause.wait(0.02)
        assert client.get("/v1/tests").json() == []
        assert client.get("/v1/audit").status_code == 200
    with served.client(secret.replace("gamma", "alpha")) as client:
        assert client.get("/v1/tests").status_code == 401
    gamma.engine.dispose()


def test_numbers_bear_their_tenants_name(served: Mall) -> None:
    pages = []
    for secret in (served.root_secret, served.alpha.secret):
        with served.client(secret) as client:
            pages.append(client.get("/metrics").text)
    assert 'tenant="alpha"' in pages[0]
    assert 'tenant="beta"' in pages[0]
    lines = [line for line in pages[1].splitlines() if not line.startswith("#")]
    assert all('tenant="alpha"' in line for line in lines)
