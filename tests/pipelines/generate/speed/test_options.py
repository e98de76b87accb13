from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import pytest

from pipelines.errors import ProfileInvalid
from pipelines.generate import BUILT_IN_PROFILES, Profile, ProfileRegistry
from pipelines.generate.speed import (
    LOSSY,
    SWITCHES,
    SpeedOptions,
    Switch,
    lossy_suffix,
    speed_options,
)

PROFILES = ProfileRegistry((BUILT_IN_PROFILES,)).all()


def profile(*speed: str) -> Profile:
    return replace(PROFILES["sdxl-inpaint"], speed=frozenset(speed))


def test_every_switch_is_explained() -> None:
    assert tuple(SWITCHES) == get_args(Switch)
    assert set(SWITCHES) > LOSSY


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("lossy", [False, True])
def test_the_switches_of_every_profile_exist_and_go_together(name: str, lossy: bool) -> None:
    options = speed_options(PROFILES[name], kind="cuda", lossy=lossy, free_bytes=0)
    assert options.switches | options.left_out.keys() == PROFILES[name].speed | {"sliced_vae"}


def test_lossy_switches_need_the_users_word() -> None:
    wanted = profile("compile", "first_block_cache")
    careful = speed_options(wanted, kind="cuda", lossy=False)
    assert careful.switches == {"compile", "sliced_vae"}
    assert careful.lossy == ()
    assert careful.left_out == {
        "first_block_cache": "changes pictures; PACKSHOT_LOSSY=true allows it"
    }
    assert speed_options(wanted, kind="cuda", lossy=True).lossy == ("first_block_cache",)


def test_a_processor_gets_only_what_saves_memory() -> None:
    options = speed_options(profile("channels_last", "compile"), kind="cpu", lossy=False)
    assert options.switches == {"sliced_vae"}
    assert set(options.left_out.values()) == {"gains nothing on a processor"}


@pytest.mark.parametrize(("free_bytes", "tiled"), [(None, False), (10**9, True), (10**11, False)])
def test_tiles_are_for_cards_that_are_too_small(free_bytes: int | None, tiled: bool) -> None:
    options = speed_options(profile("tiled_vae"), kind="cuda", lossy=True, free_bytes=free_bytes)
    assert ("tiled_vae" in options.switches) is tiled


def test_lossy_switches_are_part_of_the_models_name() -> None:
    wanted = profile("compile", "first_block_cache", "fp8_matrices")
    assert lossy_suffix(wanted, lossy=True) == "+first_block_cache+fp8_matrices"
    assert lossy_suffix(wanted, lossy=False) == lossy_suffix(profile("compile"), lossy=True) == ""


def test_an_unknown_switch_is_named() -> None:
    with pytest.raises(ProfileInvalid, match="no such switch warp; there are channels_last, comp"):
        speed_options(profile("warp"), kind="cuda", lossy=False)


@pytest.mark.parametrize(
    ("switches", "threshold"),
    [
        (("compile", "compile_any_length"), 0.1),
        (("fp8_weights", "fp8_matrices"), 0.1),
        (("warp",), 0.1),
        ((), 1.0),
    ],
)
def test_impossible_options_are_refused(switches: tuple[Switch, ...], threshold: float) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        SpeedOptions(switches=frozenset(switches), cache_threshold=threshold)


@pytest.mark.parametrize("kind", ["cuda", "cpu"])
def test_the_cache_of_compiled_code_is_handed_on(
    tmp_path: Path, kind: Literal["cuda", "cpu"]
) -> None:
    options = speed_options(profile(), kind=kind, lossy=False, compile_cache=tmp_path)
    assert options.compile_cache == tmp_path
