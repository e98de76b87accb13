"""What web pages may ask: keys in the address, JSON as plain text, other sites, and a pixel."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from studio.api.routes.pixel import GIF
from studio.api.routes.snippet import SCRIPT, VERSION
from studio.services.tests import NewTest, NewVariant
from studio.settings import Settings
from tests.studio.serving import engine_of, make_services, running

SHOP = "https://shop.example"
PLAIN = {"Content-Type": "text/plain;charset=UTF-8"}


class Site:
    """A guarded server with a running test, one allowed site, and a key of each kind."""

    def __init__(self, folder: Path) -> None:
        self.services = replace(make_services(folder), cors_origins=(SHOP,))
        keys = self.services.keys
        self.public = keys.create(name="pages", scopes=("public",)).secret
        self.private = keys.create(name="shop", scopes=("decide", "events")).secret
        variants = tuple(NewVariant(name=name, image=f"{name}.webp") for name in ("a", "b"))
        tests = self.services.tests
        draft = tests.create(NewTest(item="mug", variants=variants), who="m")
        self.test = tests.start(draft.id, who="m").id

    def pixels(self, outcome: str) -> float:
        return self.services.metrics.get("packshot_pixel_events_total", outcome=outcome)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("home"))
    yield made
    engine_of(made.services).dispose()


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[httpx.Client]:
    with (
        running(site.services, loopback=False) as url,
        httpx.Client(base_url=url, timeout=30) as made,
    ):
        yield made


def ask(client: httpx.Client, key: str, **headers: str) -> httpx.Response:
    body = json.dumps({"unit": "s", "items": ["mug"]})
    sent = {**PLAIN, **headers}
    return client.post("/v1/decide", params={"key": key}, content=body, headers=sent)


def event(site: Site, number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"p{number}", "type": "click", "unit": "s", "test": site.test, "variant": "a", **more
    }  # fmt: skip


def test_a_page_asks_with_its_key_in_the_address(site: Site, client: httpx.Client) -> None:
    answer = ask(client, site.public)
    assert answer.status_code == 200
    assert answer.json()["decisions"][0]["test"] == site.test


def test_a_page_tells_with_its_key_in_the_address(site: Site, client: httpx.Client) -> None:
    answer = client.post(
        "/v1/events",
        params={"key": site.public},
        content=json.dumps({"events": [event(site, 1)]}),
        headers=PLAIN,
    )
    assert answer.json()["accepted"] == 1


def test_only_a_public_key_is_taken_from_an_address(site: Site, client: httpx.Client) -> None:
    refused = ask(client, site.private)
    assert refused.status_code == 401
    assert ask(client, f"{site.public[:-4]}abcd").status_code == 401
    listed = client.get("/v1/tests", params={"key": site.public})
    assert listed.status_code == 401


def test_pages_of_named_sites_may_read_answers(site: Site, client: httpx.Client) -> None:
    allowed = ask(client, site.public, Origin=SHOP)
    assert allowed.headers["access-control-allow-origin"] == SHOP
    assert "Origin" in allowed.headers["vary"]
    other = ask(client, site.public, Origin="https://other.example")
    assert "access-control-allow-origin" not in other.headers


def test_a_browser_may_ask_before_it_sends_a_header(client: httpx.Client) -> None:
    asked = {
        "Origin": SHOP,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = client.options("/v1/decide", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert client.options("/v1/tests", headers=asked).status_code == 405


def test_no_other_path_is_opened_to_other_sites(site: Site, client: httpx.Client) -> None:
    headers = {"Origin": SHOP, "Authorization": f"Bearer {site.private}"}
    answer = client.get("/v1/snapshot", headers=headers)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_sites_are_a_setting(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, cors_origins=f" {SHOP}/, https://b.example ,")
    assert settings.cors_sites == (SHOP, "https://b.example")
    assert Settings(home=tmp_path).cors_sites == ()


def pixel(client: httpx.Client, **query: Any) -> httpx.Response:
    answer = client.get("/v1/p.gif", params=query)
    assert answer.status_code == 200
    assert answer.content == GIF
    assert len(GIF) == 43
    assert answer.headers["content-type"] == "image/gif"
    assert answer.headers["cache-control"] == "no-store"
    return answer


def test_a_pixel_is_an_impression_once(site: Site, client: httpx.Client) -> None:
    told = {
        "id": "m-1", "unit": "reader", "test": site.test, "variant": "b", "item": "mug",
        "propensity": "0.5", "snapshot": "1", "key": site.public,
    }  # fmt: skip
    for _ in range(2):
        pixel(client, **told)
    assert (site.pixels("accepted"), site.pixels("duplicate")) == (1, 1)


def test_a_crawler_that_loads_a_pixel_is_known(
    site: Site, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, before = list[Any](), site.pixels("accepted")
    accept = site.services.events.accept

    def noted(events: list[Any]) -> Any:
        given.extend(events)
        return accept(events)

    monkeypatch.setattr(site.services.events, "accept", noted)
    told = {"id": "m-9", "unit": "bot", "test": site.test, "variant": "b", "key": site.public}
    client.get("/v1/p.gif", params=told, headers={"User-Agent": "Googlebot/2.1"})
    assert site.pixels("accepted") == before + 1
    assert given[0]["agent"] == "Googlebot/2.1"


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"key": ""}, "refused"),
        ({"key": "packshotpublic_k1_guessed"}, "refused"),
        ({"test": "another"}, "rejected"),
        ({"ts": "yesterday"}, "rejected"),
        ({"propensity": "much"}, "rejected"),
        ({"unit": ""}, "rejected"),
    ],
)
def test_a_pixel_is_a_picture_whatever_is_wrong(
    site: Site, client: httpx.Client, change: dict[str, str], outcome: str
) -> None:
    before = site.pixels(outcome)
    told = {"id": "m-2", "unit": "r", "test": site.test, "variant": "b", "key": site.public}
    pixel(client, **{**told, **change})
    assert site.pixels(outcome) == before + 1


def test_a_pixel_is_a_picture_though_the_intake_fails(
    site: Site, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(site.services.events, "accept", broken)
    pixel(client, id="m-3", unit="r", test=site.test, variant="b", key=site.public)
    assert site.pixels("failed") == 1


def test_the_snippet_is_small_and_kept(client: httpx.Client) -> None:
    first = client.get("/v1/snippet.js")
    assert first.headers["content-type"].startswith("text/javascript")
    assert first.headers["cache-control"] == "public, max-age=3600"
    assert len(first.content) < 9 * 1024
    assert len(gzip.compress(first.content, 9)) < 3.5 * 1024
    again = client.get("/v1/snippet.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    kept = client.get("/v1/snippet.js", params={"v": VERSION})
    assert "immutable" in kept.headers["cache-control"]
    assert kept.content == SCRIPT
    plain = client.get("/v1/snippet.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == SCRIPT
    assert "content-encoding" not in plain.headers


def test_a_page_tells_no_sales(site: Site, client: httpx.Client) -> None:
    event = {"unit": "buyer", "test": site.test, "variant": "a"}
    seen = {**event, "id": "p-1", "type": "impression"}
    sale = {**event, "id": "p-2", "type": "conversion", "value": 1e6}
    body = json.dumps({"events": [seen, sale]})
    params = {"key": site.public}
    told = client.post("/v1/events", params=params, content=body, headers=PLAIN).json()
    assert (told["accepted"], [one["id"] for one in told["rejected"]]) == (1, ["p-2"])
    assert "scope events" in told["rejected"][0]["why"]
    bearer = {"Authorization": f"Bearer {site.public}"}
    again = client.post("/v1/events", json={"events": [sale]}, headers=bearer).json()
    assert (again["accepted"], again["duplicates"]) == (0, 0)
    lines = {**bearer, "Content-Type": "application/x-ndjson"}
    streamed = client.post("/v1/events", content=json.dumps(sale), headers=lines)
    assert streamed.status_code == 422
    own = {"Authorization": f"Bearer {site.private}"}
    sold = client.post("/v1/events", json={"events": [sale]}, headers=own).json()
    assert sold["accepted"] == 1


def test_a_page_tells_little_at_once(site: Site, client: httpx.Client) -> None:
    many = json.dumps({"events": [{}] * 51})
    answer = client.post("/v1/events", params={"key": site.public}, content=many, headers=PLAIN)
    assert answer.status_code == 413
    assert "at most 50" in answer.json()["detail"]
