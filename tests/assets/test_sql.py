"""The contract of the record index, on SQLite and on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from assets import Asset, Derivation, Index, Rendition, digest_of
from assets.index.sql import SqlIndex, create_schema


@pytest.fixture
def index(engine: Engine) -> Index:
    return SqlIndex(engine)


def an_asset(name: str, *, width_px: int = 4) -> Asset:
    return Asset(
        digest=digest_of(name.encode()),
        media_type="image/png",
        width_px=width_px,
        height_px=3,
        size_bytes=2**40,
    )


def a_derivation(source: Asset, *, recipe_hash: str = "r1") -> Derivation:
    return Derivation(
        source_digest=source.digest,
        recipe_hash=recipe_hash,
        recipe={"kind": "white", "名": [1, 2.5, None]},
        report={"passed": True},
    )


def test_a_record_comes_back_as_it_went_in(index: Index) -> None:
    source, output = an_asset("source"), an_asset("output")
    index.add(source, kind="source", created_s=1.25, derivation=None)
    index.add(output, kind="output", created_s=2.5, derivation=a_derivation(source))
    record = index.find(output.digest)
    assert record is not None
    assert (record.asset, record.kind, record.created_s) == (output, "output", 2.5)
    assert record.derivations == (a_derivation(source),)


def test_an_unknown_digest_has_no_record(index: Index) -> None:
    assert index.find(digest_of(b"nothing")) is None
    assert index.find_output("nothing") is None


def test_the_first_record_stays(index: Index) -> None:
    source = an_asset("source")
    index.add(source, kind="source", created_s=1.0, derivation=None)
    index.add(source, kind="source", created_s=9.0, derivation=None)
    record = index.find(source.digest)
    assert record is not None
    assert record.created_s == 1.0


def test_two_recipes_may_make_the_same_bytes(index: Index) -> None:
    source, output = an_asset("source"), an_asset("output")
    index.add(source, kind="source", created_s=1.0, derivation=None)
    for second, recipe_hash in enumerate(["r2", "r1", "r2"]):
        index.add(
            output,
            kind="output",
            created_s=2.0 + second,
            derivation=a_derivation(source, recipe_hash=recipe_hash),
        )
    record = index.find(output.digest)
    assert record is not None
    assert [each.recipe_hash for each in record.derivations] == ["r2", "r1"]
    assert index.find_output("r1") == index.find_output("r2") == record


def test_the_newest_output_of_a_recipe_is_found(index: Index) -> None:
    source = an_asset("source")
    index.add(source, kind="source", created_s=1.0, derivation=None)
    for second, name in enumerate(["old", "new"]):
        index.add(
            an_asset(name), kind="output", created_s=second + 2.0, derivation=a_derivation(source)
        )
    found = index.find_output("r1")
    assert found is not None
    assert found.asset == an_asset("new")


def test_a_rendition_is_found_by_width_and_type(index: Index) -> None:
    original, small = an_asset("original"), an_asset("small", width_px=2)
    index.add(original, kind="source", created_s=1.0, derivation=None)
    rendition = Rendition(original_digest=original.digest, asset=small)
    index.add_rendition(rendition, width_px=2, created_s=2.0)
    index.add_rendition(rendition, width_px=2, created_s=3.0)
    find = index.find_rendition
    assert find(original.digest, width_px=2, media_type="image/png") == rendition
    assert find(original.digest, width_px=3, media_type="image/png") is None
    assert find(original.digest, width_px=2, media_type="image/webp") is None


def test_a_rendition_that_was_lost_is_replaced(index: Index) -> None:
    original = an_asset("original")
    index.add(original, kind="source", created_s=1.0, derivation=None)
    for name in ["lost", "made again"]:
        made = Rendition(original_digest=original.digest, asset=an_asset(name, width_px=2))
        index.add_rendition(made, width_px=2, created_s=2.0)
    assert index.find_rendition(original.digest, width_px=2, media_type="image/png") == made


def test_many_writers_at_once_leave_one_record(index: Index) -> None:
    source = an_asset("source")
    index.add(source, kind="source", created_s=1.0, derivation=None)

    def add(number: int) -> None:
        index.add(
            an_asset("output"),
            kind="output",
            created_s=float(number),
            derivation=a_derivation(source, recipe_hash=f"r{number % 4}"),
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    record = index.find(an_asset("output").digest)
    assert record is not None
    assert sorted(each.recipe_hash for each in record.derivations) == ["r0", "r1", "r2", "r3"]


def test_the_schema_is_made_once(engine: Engine) -> None:
    index = SqlIndex(engine)
    index.add(an_asset("source"), kind="source", created_s=1.0, derivation=None)
    create_schema(engine)
    assert index.find(an_asset("source").digest) is not None
