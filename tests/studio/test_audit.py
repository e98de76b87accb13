"""The audit trail: who did what to keys, webhooks and tests, by every way there is."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from studio.db import audit as rows
from studio.db import changes
from studio.db.engine import Engine, reading, writing
from studio.services.audit import Audit, AuditQuery
from studio.services.keys import Keys
from tests.studio.commanding import Commands
from tests.studio.serving import Served, serving


@pytest.fixture
def keys(engine: Engine, clock: Callable[[], float]) -> Keys:
    return Keys(engine, clock=clock, new_id=iter(["k1", "k2", "k3"]).__next__)


def told(engine: Engine, **query: object) -> list[tuple[str, str, str, str]]:
    found = Audit(engine).entries(AuditQuery(**query))  # type: ignore[arg-type]
    return [(one.kind, one.subject, one.action, one.who) for one in found]


def test_a_key_s_life_is_told_newest_first(keys: Keys, engine: Engine) -> None:
    made = keys.create(name="shop feed", scopes=["decide", "events"], per_s=50.0, who="ada")
    again = keys.rotate("k1", keep_s=60.0, who="bob")
    keys.revoke("k1", who="cy")
    keys.revoke("k1", who="dan")  # changes nothing, so there is nothing to tell
    assert told(engine) == [
        ("key", "k1", "revoke", "cy"),
        ("key", "k1", "rotate", "bob"),
        ("key", "k1", "create", "ada"),
    ]
    entries = Audit(engine).entries(AuditQuery())
    assert entries[-1].detail == {
        "name": "shop feed",
        "scopes": ["decide", "events"],
        "per_s": 50.0,
    }
    for secret in (made.secret, again.secret):
        assert secret not in str(entries)
        assert secret.split("_", 2)[2] not in str(entries)


def test_entries_can_be_picked(keys: Keys, engine: Engine) -> None:
    for who in ("Ada on the command line", "50%", "key 7 (50 a)"):
        keys.create(name="a", scopes=["decide"], who=who)
    keys.revoke("k2", who="ada")
    assert [one[1] for one in told(engine, subject="k2")] == ["k2", "k2"]
    assert told(engine, actions=("revoke",)) == [("key", "k2", "revoke", "ada")]
    assert len(told(engine, who="ADA")) == 2
    assert [one[3] for one in told(engine, who="50%")] == ["50%"]
    assert told(engine, kinds=("webhook",)) == []
    assert told(engine, subject="\0") == []
    (first,) = Audit(engine).entries(AuditQuery(most=1))
    assert len(told(engine, before=first.id)) == 3
    assert told(engine, since_s=first.at_s + 1) == []


@pytest.mark.parametrize("wrong", [{"most": 0}, {"most": 1001}, {"kinds": ("person",)}])
def test_a_query_that_asks_for_nonsense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"1 to 1,000|no kind 'person'"):
        AuditQuery(**wrong)  # type: ignore[arg-type]


def test_the_feed_misses_no_test_for_a_key_that_was_faster(engine: Engine) -> None:
    """An entry on a key takes no turn: its number may be seen before a lower one of a test's."""

    def act(subject: str) -> None:
        with writing(engine) as connection:
            changes.add_audit(connection, subject, at_s=1.0, who="t", action="a", detail={})

    act("t1")
    with reading(engine) as connection:
        before = changes.last_entry(connection)
    with writing(engine) as connection:
        rows.add_entry(connection, "key", "k1", at_s=1.0, who="t", action="create", detail={})
    with reading(engine) as connection:
        assert changes.last_entry(connection) == before
        assert changes.tests_named_since(connection, 0, limit=9) == {"t1"}
        assert changes.version(connection) == 1
        assert changes.tests_named_since(connection, before, limit=9) == set()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        yield server


def test_webhooks_and_units_are_told_over_http(served: Served) -> None:
    manager = served.services.keys.create(name="ops", scopes=["manage"])
    client = httpx.Client(
        base_url=served.url, headers={"Authorization": f"Bearer {manager.secret}"}
    )
    with client:
        url = "http://127.0.0.1:9/hook?token=geheim"
        hook = client.post("/v1/webhooks", json={"url": url}).json()
        client.post(f"/v1/webhooks/{hook['id']}/retry")
        client.delete(f"/v1/webhooks/{hook['id']}")
        variants = [{"name": "a", "image": "https://x.example/a"},
                    {"name": "b", "image": "https://x.example/b"}]  # fmt: skip
        made = client.post("/v1/tests", json={"item": "mug", "variants": variants, "control": "a"})
        test = made.json()["id"]
        client.post(
            f"/v1/tests/{test}/traffic", json={"unit": "u1", "excluded": True, "reason": "robot"}
        )
        page = client.get("/v1/audit", params={"most": 4}).json()
        assert [(one["kind"], one["action"]) for one in page["entries"]] == [
            ("test", "exclude_unit"),
            ("test", "create"),
            ("webhook", "remove"),
            ("webhook", "retry"),
        ]
        assert page["entries"][0]["detail"] == {"unit": "u1", "reason": "robot"}
        assert {one["who"] for one in page["entries"]} == {f"key {manager.key.id} (ops)"}
        rest = client.get("/v1/audit", params={"before": page["next_before"]})
        assert [one["action"] for one in rest.json()["entries"]] == ["add", "create"]
        assert rest.json()["next_before"] is None
        both = rest.text + client.get("/v1/audit").text
        assert "geheim" not in both
        assert hook["secret"] not in both
        assert manager.secret not in both
        only = client.get("/v1/audit", params={"kind": "webhook", "subject": hook["id"]}).json()
        assert len(only["entries"]) == 3
        for wrong in ({"kind": "person"}, {"before": 2**63}, {"before": 0}):
            assert client.get("/v1/audit", params=wrong).status_code == 422
    feed = served.services.keys.create(name="f", scopes=["decide"])
    refused = served.client.get("/v1/audit", headers={"Authorization": f"Bearer {feed.secret}"})
    assert refused.status_code == 403


def test_the_command_tells_nothing_done_from_nothing_that_fits(packshot: Commands) -> None:
    assert packshot("audit").out == "nothing was done yet\n"
    assert packshot("audit", "--who", "ada").out == "nothing was done that fits\n"


def test_the_command_tells_who_did_what(packshot: Commands) -> None:
    assert "nothing was done" in packshot("audit").out
    made = packshot("keys", "create", "--scope", "decide", "shop feed", "--json").data
    packshot("keys", "rotate", made["id"])
    packshot("keys", "revoke", made["id"])
    assert packshot("keys", "rotate-images", "--json").data["number"] == 2
    said = packshot("audit").out
    lines = said.splitlines()
    acts = ("revoke:", "rotate:", "create:")
    assert [next(act for act in acts if act in line) for line in lines[1:]] == list(acts)
    assert "on the command line" in lines[0]
    # Times are told as times: midnight or noon, when image keys change.
    assert re.search(r"signs_from 20\d\d-\d\d-\d\d (00|12):00 UTC, former_until 20", lines[0])
    assert "shop feed" in said
    assert made["secret"] not in said
    listed = packshot("audit", "--kind", "key", "--action", "create", "--json").data
    assert [(one["subject"], one["action"]) for one in listed] == [(made["id"], "create")]
    assert packshot("audit", "--since", "2999-01-01").out.startswith("nothing")
    wrong = packshot("audit", "--kind", "person")
    assert (wrong.code, "no kind 'person'" in wrong.err) == (2, True)
