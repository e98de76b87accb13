"""The painter, on tiny models of the real classes."""

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from pipelines.errors import Interrupted, OutOfMemory, PaintingFailed, RecipeInvalid
from pipelines.generate import Ask, batches, loading, remarks
from pipelines.generate.conventions import CONVENTIONS
from pipelines.generate.loading import load_generator
from pipelines.generate.painter import DiffusersGenerator
from pipelines.generate.place import find_place
from tests.pipelines.generate.tiny import SIDE_PX, names, shrink_references, tiny_profile

Load = Callable[[str], DiffusersGenerator]
ROUNDING = 1
"""Of 255: sums over a batch are taken in another order than over one picture."""


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Many threads make tiny models slower, not faster."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def load(tiny_checkpoint: Callable[[str], Path]) -> Iterator[Load]:
    @cache
    def loaded(name: str) -> DiffusersGenerator:
        folder = tiny_checkpoint(name)
        return load_generator(tiny_profile(name, folder), folder, device="cpu")

    with pytest.MonkeyPatch.context() as patched:
        shrink_references(patched)
        yield loaded


def picture(seed: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 255, (SIDE_PX, SIDE_PX, 3), dtype=np.uint8)


def ask(*, seed: int = 0, **changed: Any) -> Ask:
    mask = np.ones((SIDE_PX, SIDE_PX), dtype=np.float32)
    mask[16:40, 20:44] = 0
    given = {"picture": picture(seed), "mask": mask, "prompt": "a mug on oak", "seed": seed}
    return Ask(**{**given, **changed})


def paint(generator: DiffusersGenerator, *asks: Ask) -> list[npt.NDArray[np.uint8]]:
    return generator.paint(asks, cancelled=lambda: False)


@pytest.mark.parametrize("name", names())
def test_a_batch_paints_what_single_pictures_would(load: Load, name: str) -> None:
    generator = load(name)
    first, second = ask(seed=1), ask(seed=2, prompt="a long wall of stone")
    still = ask(seed=3, strength=0.0)
    batch = paint(generator, first, still, second)
    alone = [paint(generator, one)[0] for one in (first, second)]
    for one, together in zip(alone, batch[::2], strict=True):
        assert one.shape == (SIDE_PX, SIDE_PX, 3)
        assert one.std() > 1
        assert np.abs(one.astype(int) - together.astype(int)).max() <= ROUNDING
    assert np.array_equal(batch[1], still.picture)


@pytest.mark.parametrize("name", names())
def test_a_picture_is_what_the_librarys_own_call_gives(load: Load, name: str) -> None:
    generator = load(name)
    profile, whole = generator.profile, np.ones((SIDE_PX, SIDE_PX), np.float32)
    asked = ask(negative_prompt="text", mask=whole if "edit" in profile.abilities else ask().mask)
    guided = profile.guidance_scale > 1 and "negative_prompt" in profile.abilities
    stock = copy.copy(generator.pipes[profile.pipeline])
    vars(stock)["scheduler"] = copy.deepcopy(stock.scheduler)
    painted = stock(
        prompt=asked.prompt,
        **({"negative_prompt": asked.negative_prompt} if guided else {}),
        **CONVENTIONS[profile.pipeline].arguments(
            [asked], strength=profile.most_strength, guidance_scale=profile.guidance_scale
        ),
        num_inference_steps=profile.steps,
        generator=torch.Generator("cpu").manual_seed(asked.seed),
        height=SIDE_PX,
        width=SIDE_PX,
        output_type="pt",
    ).images[0]
    expected = (painted * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    assert np.array_equal(expected, paint(generator, asked)[0])


@pytest.mark.parametrize("name", names())
def test_a_picture_is_its_ask_and_nothing_else(load: Load, name: str) -> None:
    generator = load(name)
    torch.manual_seed(1)
    plain = paint(generator, ask())[0]
    torch.manual_seed(2)
    assert np.array_equal(plain, paint(generator, ask())[0])
    others = {
        "seed": ask(picture=picture(0), seed=1),
        "prompt": ask(prompt="velvet, " * 30),
        "picture": ask(picture=picture(9)),
    }
    for what, other in others.items():
        assert not np.array_equal(plain, paint(generator, other)[0]), what


@pytest.mark.parametrize("name", names())
def test_what_a_profile_says_it_takes_makes_a_difference(load: Load, name: str) -> None:
    generator = load(name)
    profile = generator.profile
    plain = paint(generator, ask())[0]
    taken: dict[str, Ask] = {
        "references": ask(references=(picture(5)[:40],)),
        "negative_prompt": ask(negative_prompt="text, watermark"),
        "guidance": ask(guidance_scale=2.0),
        "control": ask(control={"depth": picture(6)}),
        "inpaint": ask(mask=np.ones((SIDE_PX, SIDE_PX), np.float32)),
    }
    for ability, asked in taken.items():
        same = np.array_equal(plain, paint(generator, asked)[0])
        assert same == (ability not in profile.abilities), ability


@pytest.mark.parametrize("name", names())
def test_two_threads_do_not_change_each_others_pictures(load: Load, name: str) -> None:
    generator = load(name)
    asks = [ask(seed=1, steps=3), ask(seed=2, steps=2, prompt="linen", strength=0.8)]
    alone = [paint(generator, one)[0] for one in asks]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda one: paint(generator, one)[0], asks))
    assert all(np.array_equal(*pair) for pair in zip(alone, together, strict=True))


def test_a_decoder_made_for_video_notes_nothing_where_another_call_reads(load: Load) -> None:
    """Now and then two threads decoded each other's frames."""
    generator = load("qwen-image-inpaint")
    class_name = next(iter(generator.pipes))
    one, other = (generator._own(class_name).vae for _ in range(2))
    assert one._feat_map is not other._feat_map
    assert one._enc_conv_idx is not other._enc_conv_idx
    weights = zip(one.parameters(), other.parameters(), strict=True)
    assert all(ours is theirs for ours, theirs in weights)


def test_a_cancelled_call_stops_between_two_steps(load: Load) -> None:
    looked = iter([False, False, True])
    generator = load("sdxl-inpaint")
    with pytest.raises(Interrupted):
        generator.paint([ask(steps=5)], cancelled=lambda: next(looked))
    assert next(looked, None) is None
    assert paint(generator, ask())[0].shape == (SIDE_PX, SIDE_PX, 3)


@pytest.mark.parametrize(("name", "together"), [("sdxl-inpaint", True), ("flux2-klein", False)])
def test_a_model_tells_whether_it_paints_several_at_once(
    load: Load, name: str, *, together: bool
) -> None:
    assert batches(load(name), ask()) is together


@pytest.mark.parametrize("text", ["linen " * 900, "丝" * 5000, "x" * 5000])
def test_a_long_prompt_is_cut_and_the_report_can_tell(load: Load, text: str) -> None:
    generator = load("sdxl-inpaint")
    long = ask(prompt=text, negative_prompt="")
    assert paint(generator, long)[0].shape == (SIDE_PX, SIDE_PX, 3)
    (told,) = remarks(generator, long)
    assert told.startswith("the prompt is too long for sdxl-inpaint: cut before '")
    assert remarks(generator, ask()) == ()


def test_words_beyond_the_first_77_tokens_still_count(load: Load) -> None:
    generator = load("sdxl-inpaint")
    begin = "a b c d e f g h " * 8
    first, second = (paint(generator, ask(prompt=begin + end))[0] for end in ("oak", "velvet"))
    assert not np.array_equal(first, second)


def test_a_full_device_is_told_by_name_and_leaves_nothing_behind(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = load("sdxl-inpaint")

    def full(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(generator.pipes["StableDiffusionXLInpaintPipeline"].vae, "decode", full)
    with pytest.raises(OutOfMemory) as told:
        paint(generator, ask(seed=1), ask(seed=2))
    assert told.value.pictures == 2
    assert told.value.__context__ is None


def test_another_fault_is_not_mistaken_for_a_full_device(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = load("sdxl-inpaint")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("shapes cannot be multiplied")

    monkeypatch.setattr(generator.pipes["StableDiffusionXLInpaintPipeline"].vae, "decode", broken)
    with pytest.raises(RuntimeError, match="multiplied"):
        paint(generator, ask())


def test_what_is_no_number_comes_out_black(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = load("sdxl-inpaint")
    vae = generator.pipes["StableDiffusionXLInpaintPipeline"].vae
    decode = vae.decode
    monkeypatch.setattr(vae, "decode", lambda *a, **k: (decode(*a, **k)[0] * float("nan"),))
    assert not paint(generator, ask())[0].any()


def test_a_picture_of_another_size_is_refused(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = load("sdxl-inpaint")
    vae = generator.pipes["StableDiffusionXLInpaintPipeline"].vae
    decode = vae.decode
    monkeypatch.setattr(vae, "decode", lambda *a, **k: (decode(*a, **k)[0][..., :-8],))
    with pytest.raises(PaintingFailed, match="it is 56 x 64 px, asked for were 64 x 64"):
        paint(generator, ask())


def test_sizes_that_the_model_cannot_paint_are_refused(load: Load) -> None:
    small = np.zeros((SIDE_PX, SIDE_PX - 4, 3), np.uint8)
    odd = Ask(picture=small, mask=np.ones(small.shape[:2], np.float32), prompt="oak")
    with pytest.raises(ValueError, match="divisible by 8"):
        paint(load("sdxl-inpaint"), odd)
    with pytest.raises(ValueError, match="of one size"):
        paint(load("sdxl-inpaint"), odd, ask())


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"steps": 0}, "steps = 0: must be 1 to 150"),
        ({"strength": 1.5}, "strength = 1.5: must be 0 to 1"),
        ({"guidance_scale": -1.0}, "guidance = -1.0: must be 0 to 50"),
        ({"strength": float("nan")}, "strength = nan: must be 0 to 1"),
    ],
)
def test_numbers_out_of_range_are_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(RecipeInvalid, match=told):
        ask(**changed)


def test_a_weak_strength_still_takes_a_step(load: Load) -> None:
    weak = ask(strength=0.01, steps=7)
    assert not np.array_equal(paint(load("sdxl-inpaint"), weak)[0], weak.picture)


@pytest.mark.parametrize("name", names())
def test_a_cards_numbers_fit_together(
    tiny_checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    shrink_references(monkeypatch)
    folder = tiny_checkpoint(name)
    generator = load_in(monkeypatch, "bfloat16", name, folder)
    guided = ask(guidance_scale=3.0, negative_prompt="text", strength=0.7)
    assert all(one.std() > 1 for one in paint(generator, ask(), guided))
    vae = generator.pipes[generator.profile.pipeline].vae
    assert vae.dtype == torch.bfloat16


def load_in(
    monkeypatch: pytest.MonkeyPatch, dtype: str, name: str, folder: Path
) -> DiffusersGenerator:
    """Load as on a card, in its numbers, but onto the processor."""
    place = replace(find_place(tiny_profile(name), "cpu"), dtype=dtype)
    monkeypatch.setattr(loading, "find_place", lambda *_: place)
    return load_generator(tiny_profile(name, folder), folder)


def test_sdxl_encodes_wide_where_half_numbers_would_overflow(
    tiny_checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = load_in(monkeypatch, "float16", "sdxl-inpaint", tiny_checkpoint("sdxl-inpaint"))
    pipe = generator.pipes["StableDiffusionXLInpaintPipeline"]
    assert (pipe.vae.dtype, pipe.unet.dtype) == (torch.float32, torch.float16)
    assert paint(generator, ask())[0].std() > 1
    assert (pipe.vae.dtype, pipe.unet.dtype) == (torch.float32, torch.float16)


def test_what_the_decoder_gives_comes_out_as_it_is(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = np.zeros((SIDE_PX, SIDE_PX, 3), np.uint8)
    shown[:8] = (255, 0, 0)
    shown[:, :4, 2] = 128
    tensor = torch.from_numpy(shown).permute(2, 0, 1)[None] / 127.5 - 1
    generator = load("sdxl-inpaint")
    vae = generator.pipes["StableDiffusionXLInpaintPipeline"].vae
    monkeypatch.setattr(vae, "decode", lambda *_, **__: (tensor,))
    assert np.array_equal(paint(generator, ask())[0], shown)
