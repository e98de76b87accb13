"""Profiles: the built-in ones are true of the installed libraries, and a user's own are checked."""

import inspect
from pathlib import Path

import diffusers
import pytest

from pipelines.errors import ModelUnknown, ProfileInvalid
from pipelines.generate import BUILT_IN_PROFILES, Profile, ProfileRegistry
from pipelines.generate.conventions import CONVENTIONS
from pipelines.generate.speed import SWITCHES

BUILT_IN = ProfileRegistry((BUILT_IN_PROFILES,))
EXPECTED = {
    "flux-fill",
    "flux2-klein",
    "qwen-image-edit",
    "qwen-image-inpaint",
    "sdxl-inpaint",
    "sdxl-union-inpaint",
    "z-image-inpaint",
}


@pytest.fixture(params=sorted(EXPECTED))
def profile(request: pytest.FixtureRequest) -> Profile:
    return BUILT_IN.get(request.param)


@pytest.fixture
def registry(tmp_path: Path) -> ProfileRegistry:
    return ProfileRegistry((tmp_path, BUILT_IN_PROFILES))


def test_the_issued_profiles_are_there() -> None:
    assert set(BUILT_IN.names()) == EXPECTED
    assert set(BUILT_IN.all()) == EXPECTED


def test_a_profile_names_classes_and_arguments_that_the_library_has(profile: Profile) -> None:
    for name in filter(None, (profile.pipeline, profile.pipeline_also)):
        assert name in CONVENTIONS
        takes = inspect.signature(getattr(diffusers, name).__call__).parameters
        assert {"num_inference_steps", "generator", "callback_on_step_end", "output_type"} <= {
            *takes
        }
    for part in profile.parts:
        takes = inspect.signature(getattr(diffusers, profile.pipeline).__init__).parameters
        assert part.component in takes
        assert hasattr(diffusers, part.class_name)
    assert profile.speed <= set(SWITCHES)


def test_a_profile_says_what_it_weighs_and_what_it_may(profile: Profile) -> None:
    assert profile.revision
    assert all(part.licence for part in profile.parts)
    assert profile.text_encoder_bytes < profile.resident_bytes
    assert profile.working_bytes > 0
    assert profile.commercial == ("Non-Commercial" not in profile.licence)
    assert any(width == height for width, height in profile.buckets)
    assert {(height, width) for width, height in profile.buckets} == set(profile.buckets)
    assert bool(profile.controls) == ("control" in profile.abilities)


def test_klein_is_never_shown_more_than_it_takes() -> None:
    sizes = BUILT_IN.get("flux2-klein").buckets
    assert all(width * height <= 1024 * 1024 for width, height in sizes)


def test_qwen_edits_in_sizes_that_it_does_not_resize() -> None:
    from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import calculate_dimensions

    for width, height in BUILT_IN.get("qwen-image-edit").buckets:
        assert calculate_dimensions(1024 * 1024, width / height) == (width, height)


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def test_a_users_own_checkpoint_is_one_file_more(registry: ProfileRegistry, tmp_path: Path) -> None:
    write(tmp_path, "our-shop", 'like = "sdxl-inpaint"\nfolder = "weights"\nsteps = 12\n')
    own, known = registry.get("our-shop"), registry.get("sdxl-inpaint")
    assert own.name == "our-shop"
    assert own.folder == tmp_path / "weights"
    assert (own.steps, own.pipeline, own.buckets) == (12, known.pipeline, known.buckets)
    assert registry.names() == tuple(sorted({*EXPECTED, "our-shop"}))


def test_a_users_own_file_may_change_a_built_in_profile(
    registry: ProfileRegistry, tmp_path: Path
) -> None:
    write(tmp_path, "flux2-klein", 'like = "flux2-klein"\nsteps = 8\n')
    assert registry.get("flux2-klein").steps == 8
    assert BUILT_IN.get("flux2-klein").steps == 4


def test_a_profile_like_another_shares_its_files_unless_it_names_others(
    registry: ProfileRegistry, tmp_path: Path
) -> None:
    lora = 'loras = [{file = "styles/ours.safetensors", scale = 0.8}]'
    write(tmp_path, "quick", f'like = "qwen-image-edit"\nsteps = 4\n{lora}\n')
    write(tmp_path, "quicker", 'like = "quick"\nsteps = 2\n')
    write(tmp_path, "older", 'like = "qwen-image-edit"\nrepo = "Qwen/Qwen-Image-Edit-2509"\n')
    assert registry.get("quick").checkpoint == "qwen-image-edit"
    assert registry.get("quicker").checkpoint == "qwen-image-edit"
    assert registry.get("older").checkpoint == ""
    assert registry.get("quicker").loras[0].file == str(tmp_path / "styles/ours.safetensors")


def test_a_broken_file_takes_no_other_profile_away(
    registry: ProfileRegistry, tmp_path: Path
) -> None:
    write(tmp_path, "broken", 'like = "sdxl-inpaint"\nsteps = \n')
    write(tmp_path, "circle", 'like = "circle"\n')
    write(tmp_path, "ours", 'like = "sdxl-inpaint"\n')
    told: list[str] = []
    known = registry.all(broken=lambda fault: told.append(Path(fault.file).name))
    assert set(known) == set(registry.all()) == {*EXPECTED, "ours"}
    assert told == ["broken.toml", "circle.toml"]


def test_an_unknown_profile_is_told_with_the_nearest(registry: ProfileRegistry) -> None:
    with pytest.raises(ModelUnknown, match="no model 'sdxl-inpant', did you mean 'sdxl-inpaint'"):
        registry.get("sdxl-inpant")
    with pytest.raises(ModelUnknown):
        registry.get("../profiles/sdxl-inpaint")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('like = "sdxl-inpaint"\nstep = 3\n', "step: no such key, did you mean 'steps'?"),
        ('like = "sdxl-inpaint"\nsteps = "3"\n', "steps must be a whole number"),
        ('like = "sdxl-inpaint"\nsteps = true\n', "steps must be a whole number"),
        ('like = "sdxl-inpaint"\nsteps = 0\n', "steps must be 1 to 150"),
        ('like = "sdxl-inpaint"\nbuckets = [[1000, 1001]]\n', "must be sides divisible by"),
        ('like = "sdxl-inpaint"\nbuckets = [1024]\n', r"must be \[width, height\]"),
        ('like = "sdxl-inpaint"\nbuckets = []\n', "buckets must be at least one"),
        ('like = "sdxl-inpaint"\nabilities = ["fly"]\n', "abilities must be of inpaint, edit"),
        ('like = "sdxl-inpaint"\ndtype = "int4"\n', "dtype must be of bfloat16"),
        ('like = "sdxl-inpaint"\nrevision = "main"\n', "must be a commit of 40 hex digits"),
        ('like = "sdxl-inpaint"\nloras = [{fle = "a"}]\n', "fle: no such key, did you mean 'file'"),
        ('like = "sdxl-inpaint"\nloras = [{scale = 1}]\n', "loras file must be given"),
        ('like = "sdxl-inpaint"\nloras = [{file = "a.pt"}]\n', "must be a .safetensors file"),
        (
            'like = "sdxl-inpaint"\nparts = [{component = "../x", class_name = "A", repo = "a/b"}]\n',
            "component and class_name must be names",
        ),
        ('like = "sdxl"\n', "like: no profile 'sdxl'|like no profile 'sdxl'"),
        ('title = "mine"\n', "pipeline must be given, or inherited with like"),
        ("steps = ", "Invalid value"),
    ],
)
def test_a_faulty_file_says_where_and_what(
    registry: ProfileRegistry, tmp_path: Path, text: str, told: str
) -> None:
    write(tmp_path, "mine", text)
    with pytest.raises(ProfileInvalid, match=told) as fault:
        registry.get("mine")
    assert str(fault.value).startswith(str(tmp_path / "mine.toml"))


def test_profiles_that_are_like_each_other_are_told(
    registry: ProfileRegistry, tmp_path: Path
) -> None:
    write(tmp_path, "one", 'like = "two"\n')
    write(tmp_path, "two", 'like = "one"\n')
    with pytest.raises(ProfileInvalid, match="leads round in a circle"):
        registry.get("one")
