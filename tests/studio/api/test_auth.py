"""Which key opens which call, asked over HTTP."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import httpx
import pytest

from studio.services.key_rights import SCOPES
from tests.studio.serving import Served, photo, serving

Call: TypeAlias = tuple[str, str, dict[str, Any] | None]

DECIDE: Call = ("POST", "/v1/decide", {"items": []})
FLAG: Call = ("POST", "/ofrep/v1/evaluate/flags/mug", {})
SNAPSHOT: Call = ("GET", "/v1/snapshot", None)
EVENTS: Call = ("POST", "/v1/events", {"events": []})
MANAGE: list[Call] = [
    ("GET", "/v1/tests", None),
    ("POST", "/v1/tests", {}),
    ("GET", "/v1/tests/t", None),
    ("GET", "/v1/tests/t/results", None),
    ("GET", "/v1/tests/t/audit", None),
    ("POST", "/v1/tests/t/start", None),
    ("POST", "/v1/tests/t/stop", None),
    ("POST", "/v1/tests/t/promote", None),
    ("POST", "/v1/tests/t/rollback", {"reason": "x"}),
    ("POST", "/v1/tests/t/variants/a/drop", None),
    ("GET", "/v1/batches", None),
    ("POST", "/v1/batches", {}),
    ("GET", "/v1/batches/b", None),
    ("GET", "/v1/batches/b/stream", None),
    ("POST", "/v1/batches/b/cancel", None),
    ("POST", "/v1/batches/b/resume", None),
    ("POST", "/v1/assets", None),
    ("GET", "/v1/assets/d/lineage", None),
    ("GET", "/metrics", None),
]
ALL = [DECIDE, FLAG, SNAPSHOT, EVENTS, *MANAGE]
PUBLIC = [DECIDE, FLAG, EVENTS]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, str]]]:
    """A server that others can reach, with a key of each scope."""
    with serving(tmp_path_factory.mktemp("home"), loopback=False) as server:
        keys = server.services.keys
        made = {scope: keys.create(name=scope, scopes=(scope,)).secret for scope in SCOPES}
        yield server, made


def ask(client: httpx.Client, call: Any, secret: str | None) -> httpx.Response:
    method, path, body = call
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    return client.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize("call", ALL, ids=lambda call: f"{call[0]} {call[1]}")
def test_every_call_needs_a_key(guarded: tuple[Served, dict[str, str]], call: Any) -> None:
    server, _ = guarded
    answer = ask(server.client, call, None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="packshot"'
    assert "Authorization: Bearer KEY" in answer.json()["detail"]
    assert ask(server.client, call, "packshot_k1_guessed").status_code == 401


@pytest.mark.parametrize("call", ALL, ids=lambda call: f"{call[0]} {call[1]}")
@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_opens_its_scope_and_no_other(
    guarded: tuple[Served, dict[str, str]], call: Any, scope: str
) -> None:
    server, secrets = guarded
    scopes = {DECIDE[1]: "decide", FLAG[1]: "decide", SNAPSHOT[1]: "decide", EVENTS[1]: "events"}
    needed = scopes.get(call[1], "manage")
    opens = call in PUBLIC if scope == "public" else scope == needed
    answer = ask(server.client, call, secrets[scope])
    assert (answer.status_code == 403) == (not opens)
    assert answer.status_code != 401
    if not opens:
        assert answer.json()["type"] == "urn:packshot:problem:scope-missing"
        assert f"--scope {needed}" in answer.json()["detail"]
        assert answer.json()["scopes"] == [scope]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs"])
def test_operators_and_readers_need_no_key(
    guarded: tuple[Served, dict[str, str]], path: str
) -> None:
    assert guarded[0].client.get(path).status_code == 200


def test_shoppers_see_images_without_a_key(guarded: tuple[Served, dict[str, str]]) -> None:
    server, secrets = guarded
    headers = {"Authorization": f"Bearer {secrets['manage']}"}
    sent = server.client.post("/v1/assets", files={"file": ("a", photo())}, headers=headers)
    assert server.client.get(sent.json()["url"]).status_code == 200


def test_the_audit_trail_names_the_key(guarded: tuple[Served, dict[str, str]]) -> None:
    server, secrets = guarded
    headers = {"Authorization": f"Bearer {secrets['manage']}"}
    variants = [{"name": "a", "image": "a"}, {"name": "b", "image": "b"}]
    made = server.client.post(
        "/v1/tests", json={"item": "mug", "variants": variants}, headers=headers
    )
    audit = server.client.get(f"/v1/tests/{made.json()['id']}/audit", headers=headers).json()
    assert audit[0]["who"].endswith("(manage)")
    assert secrets["manage"] not in str(audit)


@pytest.mark.parametrize("value", ["Basic abc", "Bearer", "nonsense", "Bearer \xff"])
def test_odd_headers_open_nothing(guarded: tuple[Served, dict[str, str]], value: str) -> None:
    headers = {b"Authorization": value.encode("latin-1")}
    assert guarded[0].client.get("/v1/tests", headers=headers).status_code == 401
