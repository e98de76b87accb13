"""A server whose images are not public: who was given an address may fetch, nobody else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from studio.services.image_links import WINDOW_S
from tests.studio.serving import Served, photo, serving, upload
from tests.studio.test_image_links import Time


@dataclass
class Shop:
    served: Served
    clock: Time
    digest: str
    manage: dict[str, str]

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self.served.client.get(url, headers=headers)

    def decided(self) -> str:
        self.served.services.feed.refresh()
        return str(self.served.services.feed.decide("u1", {}, ["mug"]).decisions[0].image)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    clock = Time()
    with serving(tmp_path, clock=clock, signed=True) as served:
        key = served.services.keys.create(name="m", scopes=["manage"])
        manage = {"Authorization": f"Bearer {key.secret}"}
        served.client.headers.update(manage)
        digest = upload(served.client, photo(seed=1))
        other = upload(served.client, photo(seed=2))
        body = {
            "item": "mug",
            "variants": [{"name": "a", "image": digest}, {"name": "b", "image": digest}],
            "default_image": other,
            "control": "a",
        }
        made = served.client.post("/v1/tests", json=body)
        assert made.status_code == 201, made.text
        served.client.post(f"/v1/tests/{made.json()['id']}/start")
        del served.client.headers["Authorization"]
        yield Shop(served, clock, digest, manage)


def test_a_decision_opens_its_image_until_it_expires(shop: Shop) -> None:
    url = shop.decided()
    assert url.startswith(f"/v1/assets/{shop.digest}?sig=")
    answer = shop.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    kept_s = 3 * WINDOW_S - 3600
    assert answer.headers["cache-control"] == f"public, max-age={kept_s}, immutable"
    assert shop.get(url, **{"If-None-Match": answer.headers["etag"]}).status_code == 304
    assert shop.served.client.head(url).status_code == 200
    shop.clock.now_s += kept_s
    late = shop.get(url)
    assert (late.status_code, late.json()["why"]) == (403, "expired")
    assert "ask /v1/decide" in late.json()["detail"]
    # The builder's next look is in another window, and no request had to ask for it.
    assert shop.decided() != url
    assert shop.get(shop.decided()).status_code == 200


def test_the_bare_address_is_refused_and_counted(shop: Shop) -> None:
    bare, absent = f"/v1/assets/{shop.digest}", f"/v1/assets/{'0a' * 32}"
    signed = shop.decided()
    for url, why in (
        (bare, "unsigned"),
        (absent, "unsigned"),  # nobody learns which images there are
        (f"{signed}x", "altered"),
        (f"{signed}&w=100", "altered"),
        (f"{signed}&format=png", "altered"),
        (f"{bare}?preview=x.y", "altered"),
    ):
        answer = shop.get(url)
        assert (answer.status_code, answer.json()["why"]) == (403, why)
        assert answer.json()["type"].endswith("image-link-refused")
        assert "etag" not in answer.headers
    page = shop.get("/metrics", **shop.manage).text
    assert 'packshot_image_links_refused_total{why="unsigned"} 2' in page
    assert 'packshot_image_links_refused_total{why="altered"} 4' in page


def test_a_manager_reads_everything_and_no_cache_keeps_it(shop: Shop) -> None:
    bare = f"/v1/assets/{shop.digest}"
    answer = shop.get(f"{bare}?w=100&format=webp", **shop.manage)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    assert answer.headers["cache-control"] == "private, no-cache"
    feed = shop.served.services.keys.create(name="f", scopes=["decide"])
    assert shop.get(bare, Authorization=f"Bearer {feed.secret}").status_code == 403
    assert shop.get(bare, Authorization="Bearer nonsense").status_code == 401


def test_sizes_are_signed_one_by_one(shop: Shop) -> None:
    address = f"/v1/assets/{shop.digest}/link?w=100&format=webp"
    assert shop.get(address).status_code == 401
    told = shop.get(address, **shop.manage).json()
    assert told["until_s"] == 40_003 * WINDOW_S
    assert shop.get(told["url"]).headers["content-type"] == "image/webp"
    assert shop.get(told["url"].replace("w=100", "w=101")).json()["why"] == "altered"
    # No address is signed that would be refused for what it asks.
    assert shop.get(address.replace("w=100", "w=0"), **shop.manage).status_code == 422
    absent = f"/v1/assets/{'0a' * 32}/link"
    assert shop.get(absent, **shop.manage).status_code == 404


def test_a_preview_shows_its_image(shop: Shop) -> None:
    tests = shop.served.services.tests
    (test,) = tests.all()
    feed = shop.served.services.feed
    previews = feed._previews
    assert previews is not None
    token = previews.token(test, "b", valid_s=30 * 24 * 3600)
    (decision,) = feed.decide("u1", {}, ["mug"], forced=token).decisions
    shop.clock.now_s += 29 * 24 * 3600
    assert shop.get(str(decision.image)).status_code == 200
    shop.clock.now_s += 2 * 24 * 3600
    assert shop.get(str(decision.image)).json()["why"] == "expired"


def test_all_addresses_that_are_told_are_signed(shop: Shop) -> None:
    files = {"file": ("p.jpg", photo(seed=3))}
    sent = shop.served.client.post("/v1/assets", files=files, headers=shop.manage).json()
    line = shop.get(f"/v1/assets/{sent['digest']}/lineage", **shop.manage).json()
    flag = shop.served.services.keys.create(name="f", scopes=["decide"])
    context = {"context": {"targetingKey": "u1"}}
    shop.decided()
    told = shop.served.client.post(
        "/ofrep/v1/evaluate/flags/mug",
        json=context,
        headers={"Authorization": f"Bearer {flag.secret}"},
    ).json()
    for url in (sent["url"], line[0]["url"], told["value"]):
        assert shop.get(url).status_code == 200, url
    document = shop.get("/v1/snapshot", Authorization=f"Bearer {flag.secret}")
    assert document.text.count("?sig=") == 3
    etag = document.headers["etag"]
    shop.clock.now_s += WINDOW_S
    shop.decided()
    again = shop.get("/v1/snapshot", Authorization=f"Bearer {flag.secret}")
    assert again.headers["etag"] != etag
