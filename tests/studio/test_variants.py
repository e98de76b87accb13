"""Sets of variants: named, different, none that a channel would overrule."""

from typing import Any

import pytest

from pipelines import preset
from pipelines.errors import RecipeInvalid
from studio.services.errors import VariantsInvalid
from studio.services.variants import SETS, variants_of, with_variant


def made(*asked: str, spec: str = "", **base: Any) -> dict[str, dict[str, Any]]:
    rules = preset(spec) if spec else None
    return {one.name: with_variant(base, one) for one in variants_of(asked, base, rules)}


@pytest.mark.parametrize("name", SETS)
def test_each_set_changes_one_thing_and_keeps_the_rest(name: str) -> None:
    found = made(name, size_px=900, dpi=300)
    assert 2 < len(found) <= 20
    assert all(params["size_px"] == 900 and params["dpi"] == 300 for params in found.values())
    assert len({tuple(sorted(map(str, params.items()))) for params in found.values()}) == len(found)


def test_any_options_values_make_a_set() -> None:
    found = made("shadow-direction=45, 315", "size=600,800", shadow="drop")
    assert found == {
        "shadow-direction-45": {"shadow": "drop", "shadow_direction": 45.0},
        "shadow-direction-315": {"shadow": "drop", "shadow_direction": 315.0},
        "size-600": {"shadow": "drop", "size_px": 600},
        "size-800": {"shadow": "drop", "size_px": 800},
    }
    assert list(made("shadows,ratios"))[-1] == "ratio-16x9"


def test_what_varies_takes_the_place_of_what_says_the_same() -> None:
    assert made("margin=5%,40px", fill=0.8) == {
        "margin-5": {"margin": "5%"}, "margin-40px": {"margin": "40px"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "spec", "words"),
    [
        ("shades", "", "did you mean 'shadows'"),
        ("colour=red", "", "no option 'colour'"),
        ("ratios", "taobao-main", "takes only 800 x 800 px"),
        ("shadows", "taobao-white", "forbids shadows"),
        ("margins", "amazon-main", "asks for a fill of at least 0.85"),
        ("fill=" + ",".join(f"0.{n}" for n in range(50, 72)), "", "at most 20"),
    ],
)
def test_sets_that_make_no_sense_are_refused(asked: str, spec: str, words: str) -> None:
    with pytest.raises(VariantsInvalid, match=words):
        made(asked, spec=spec)


def test_values_out_of_range_are_refused_before_anything_is_made() -> None:
    with pytest.raises(RecipeInvalid, match=r"0\.1 to 1"):
        made("fill=0.5,7")
    with pytest.raises(RecipeInvalid, match="size already"):
        made("ratio=800x900", size_px=700)
