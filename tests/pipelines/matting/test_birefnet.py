"""BiRefNet: its arithmetic against its parts' references, its files, and what goes wrong."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from transformers import SwinConfig
from transformers.models.swin.modeling_swin import SwinBackbone

from pipelines import load_matter
from pipelines.errors import CheckpointUnusable, DeviceMissing, OutOfMemory
from pipelines.matting.birefnet.deform import deformed
from pipelines.matting.birefnet.matter import FAMILY, BiRefNetMatter, Published
from pipelines.matting.birefnet.network import BiRefNet, Shape, build
from pipelines.matting.birefnet.swin import Swin
from pipelines.matting.named import matting_model

_SHAPE = Shape(width=16, depths=(2, 2, 2, 2), heads=(1, 2, 4, 8), window=2, inner=8)
_SIDE_PX = 64


def _filled(network: nn.Module) -> dict[str, Tensor]:
    """Weights that leave no part without effect."""
    chance = torch.Generator().manual_seed(7)
    return {
        name: torch.rand(value.shape, generator=chance) + 0.5
        if name.endswith("running_var")
        else torch.randn(value.shape, generator=chance) * 0.1
        for name, value in network.state_dict().items()
        if value.is_floating_point()
    } | {
        name: value for name, value in network.state_dict().items() if not value.is_floating_point()
    }


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    """A tiny member of the family, with what its training leaves behind."""
    found = _filled(BiRefNet(_SHAPE))
    left = {
        "bb.layers.0.blocks.1.attn.relative_position_index": torch.zeros(4, 4),
        "decoder.conv_ms_spvn_4.weight": torch.zeros(1, 8, 1, 1),
        "decoder.gdt_convs_pred_3.0.weight": torch.zeros(1, 16, 1, 1),
    }
    return found | left


@pytest.fixture
def folder(weights: dict[str, Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models with a tiny BiRefNet that looks at tiny pictures."""
    own = Published(repository="owner/tiny", input_px=_SIDE_PX)
    monkeypatch.setitem(FAMILY, "birefnet", own)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    save_file(weights, tmp_path / "birefnet.safetensors")
    return tmp_path


def _matter(folder: Path) -> BiRefNetMatter:
    card = matting_model("birefnet", folder)
    matter = load_matter(card, folder / card.file)
    assert isinstance(matter, BiRefNetMatter)
    return matter


def test_the_backbone_is_the_libraries_swin() -> None:
    own = Swin(width=16, depths=(2, 2), heads=(2, 4), window=3)
    filled = _filled(own)
    own.load_state_dict(filled)
    config = SwinConfig(
        embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=3, drop_path_rate=0.0,
        out_features=["stage1", "stage2"],  # type: ignore[call-arg]
    )  # fmt: skip
    reference = SwinBackbone(config).eval()  # type: ignore[no-untyped-call]
    found = reference.load_state_dict(_renamed(filled), strict=False)
    assert not found.unexpected_keys
    assert set(found.missing_keys) <= {"swin.layernorm.weight", "swin.layernorm.bias"}
    pictures = torch.randn(2, 3, 44, 36, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for mine, theirs in zip(own(pictures), reference(pictures).feature_maps, strict=True):
            torch.testing.assert_close(mine, theirs)


def _renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Published names to the library's; queries, keys and values apart."""
    result = {}
    for name, value in weights.items():
        if name.startswith("norm"):
            stage, last = int(name[4]) + 1, name.rpartition(".")[2]
            result[f"hidden_states_norms.stage{stage}.{last}"] = value
            continue
        new = name.replace("patch_embed.proj", "embeddings.patch_embeddings.projection")
        new = new.replace("patch_embed.norm", "embeddings.norm")
        new = new.replace("layers.", "encoder.layers.", 1)
        new = new.replace("norm1", "layernorm_before").replace("norm2", "layernorm_after")
        new = new.replace("attn.proj", "attention.o_proj")
        table = "relative_position_bias_table"
        new = new.replace(f"attn.{table}", f"attention.relative_position_bias.{table}")
        if "attn.qkv" in new:
            for part, share in zip("qkv", value.chunk(3), strict=True):
                result["swin." + new.replace("attn.qkv", f"attention.{part}_proj")] = share
        else:
            result["swin." + new] = value
    return result


def test_samples_on_the_grid_are_a_plain_convolution() -> None:
    features, weight = torch.randn(2, 3, 9, 7), torch.randn(4, 3, 3, 3)
    offsets, shares = torch.zeros(2, 18, 9, 7), torch.ones(2, 9, 9, 7)
    plain = functional.conv2d(features, weight, padding=1)
    torch.testing.assert_close(deformed(features, weight, offsets=offsets, shares=shares), plain)
    halved = deformed(features, weight, offsets=offsets, shares=shares / 2)
    torch.testing.assert_close(halved, plain / 2)


def test_an_offset_moves_its_sample_down_then_across() -> None:
    features = torch.arange(30.0).reshape(1, 1, 5, 6)
    weight, shares = torch.ones(1, 1, 1, 1), torch.ones(1, 1, 5, 6)
    offsets = torch.tensor([1.0, 0.5]).reshape(1, 2, 1, 1).expand(1, 2, 5, 6)
    moved = deformed(features, weight, offsets=offsets, shares=shares)[0, 0]
    assert moved[1, 2] == pytest.approx(features[0, 0, 2, 2:4].mean().item())
    assert moved[4].tolist() == pytest.approx([0.0] * 6)  # below the picture there is nothing
    assert moved[0, 5] == pytest.approx(features[0, 0, 1, 5].item() / 2)


def test_the_shape_is_read_off_the_weights(weights: dict[str, Tensor]) -> None:
    assert Shape.of(weights) == _SHAPE
    network = build(weights)
    seen = network(torch.randn(1, 3, 64, 128, generator=torch.Generator().manual_seed(2)))
    assert seen.shape == (1, 64, 128)
    assert 0 < seen.min() < seen.max() < 1


def test_it_looks_at_pictures_of_any_size_alone_and_together(folder: Path) -> None:
    matter = _matter(folder)
    assert (matter.device, matter.most_pictures) == ("cpu by torch", 1)
    chance = np.random.default_rng(3)
    pictures = [
        chance.integers(0, 256, (*size, 3), np.uint8) for size in ((50, 90), (64, 64), (200, 120))
    ]
    together = matter.probabilities(pictures)
    for picture, seen in zip(pictures, together, strict=True):
        assert seen.shape == (_SIDE_PX, _SIDE_PX)
        np.testing.assert_allclose(matter.probability(picture), seen, atol=1e-5)
    assert np.abs(together[0] - together[2]).max() > 1e-4


def test_a_full_card_is_told_and_nothing_of_the_try_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError

    matter = _matter(folder)
    monkeypatch.setattr(BiRefNet, "forward", full)
    picture = np.zeros((40, 40, 3), np.uint8)
    with pytest.raises(OutOfMemory, match="2 pictures at once") as told:
        matter.probabilities([picture, picture])
    assert told.value.__context__ is None  # it would hold the tensors of the frames it ended


def test_its_revision_is_that_of_the_file(folder: Path, weights: dict[str, Tensor]) -> None:
    before = matting_model("birefnet", folder).revision
    save_file(weights | {"bb.norm0.bias": torch.ones(16)}, folder / "birefnet.safetensors")
    assert matting_model("birefnet", folder).revision != before


def test_absent_weights_are_told_with_where_they_are(tmp_path: Path) -> None:
    with pytest.raises(CheckpointUnusable, match=r"ZhengPeng7/BiRefNet_HR .*birefnet-hr\.safe"):
        matting_model("birefnet-hr", tmp_path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bb.norm0.bias": None}, r"published form: bb\.norm0\.bias"),
        ({"bb.patch_embed.proj.weight": None}, "published form"),
        ({"decoder.more.weight": torch.zeros(2)}, r"decoder\.more\.weight"),
        ({"bb.norm0.bias": torch.zeros(3)}, "published form"),
    ],
    ids=["one lacks", "the first lacks", "one too many", "another shape"],
)
def test_other_tensors_are_refused(
    change: dict[str, Tensor | None], told: str, folder: Path, weights: dict[str, Tensor]
) -> None:
    changed = {name: value for name, value in (weights | change).items() if value is not None}
    save_file(changed, folder / "birefnet.safetensors")
    with pytest.raises(CheckpointUnusable, match=told):
        _matter(folder)


def test_a_file_cut_off_is_refused(folder: Path) -> None:
    path = folder / "birefnet.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointUnusable, match="no whole safetensors file"):
        _matter(folder)


def test_a_card_that_is_not_there_is_not_replaced(folder: Path) -> None:
    card = matting_model("birefnet", folder)
    with pytest.raises(DeviceMissing, match="torch sees no card"):
        load_matter(card, folder / card.file, device="cuda")
