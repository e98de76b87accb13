"""Weights count only by their SHA-256, whoever sent them."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import pipelines.sources
import pipelines.weights as module
from pipelines import WeightStore
from pipelines.errors import ModelCorrupt, ModelMissing, ModelUnknown
from pipelines.weights import Companion, model_card, model_cards

GOOD = b"weights" * 100


@pytest.fixture
def tiny_model(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One model with two sources, of which the tests choose what they send."""
    card = replace(
        model_card("u2netp"),
        name="tiny",
        file="tiny.onnx",
        sha256=hashlib.sha256(GOOD).hexdigest(),
        size_bytes=len(GOOD),
        sources=(
            {"kind": "first", "package": "a", "version": "1"},
            {"kind": "second", "package": "b", "version": "2"},
        ),
    )
    monkeypatch.setattr(module, "model_cards", lambda: {"tiny": card})
    asked: list[str] = []

    def sends(data: bytes | Exception):  # type: ignore[no-untyped-def]
        def fetch(source: Mapping[str, str], scratch: Path) -> Path:
            asked.append(source["kind"])
            if isinstance(data, Exception):
                raise data
            (scratch / "weights").write_bytes(data)
            return scratch / "weights"

        return fetch

    monkeypatch.setattr(
        pipelines.sources, "_FETCHERS", {"first": sends(OSError("no route")), "second": sends(GOOD)}
    )
    monkeypatch.setattr(module, "_sends", sends, raising=False)
    return asked


def test_sources_are_tried_in_order(tmp_path: Path, tiny_model: list[str]) -> None:
    store = WeightStore(tmp_path / "models")
    with pytest.raises(ModelMissing, match="packshot models pull tiny"):
        store.path("tiny")
    assert store.pull("tiny", log=lambda _: None)
    assert tiny_model == ["first", "second"]
    assert store.path("tiny").read_bytes() == GOOD
    assert not store.pull("tiny", log=lambda _: None), "what is here is not fetched again"
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["tiny.onnx"]


def test_a_wrong_file_is_never_kept(
    tmp_path: Path, tiny_model: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = module._sends(b"x" * len(GOOD))  # type: ignore[attr-defined]
    monkeypatch.setattr(pipelines.sources, "_FETCHERS", {"first": wrong, "second": wrong})
    store = WeightStore(tmp_path)
    with pytest.raises(ModelMissing, match="SHA-256"):
        store.pull("tiny", log=lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_damage_is_noticed(tmp_path: Path, tiny_model: list[str]) -> None:
    (tmp_path / "tiny.onnx").write_bytes(b"y" * len(GOOD))
    with pytest.raises(ModelCorrupt, match="--force"):
        WeightStore(tmp_path).verify("tiny")


def test_an_unknown_model_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ModelUnknown, match="did you mean 'u2netp'"):
        WeightStore(tmp_path).pull("u2nepp", log=lambda _: None)


def test_every_card_pins_its_file() -> None:
    for card in model_cards().values():
        assert len(card.sha256) == 64
        assert card.sources
        assert all("version" in source or "url" in source for source in card.sources)
        # ncnn's .bin is bare numbers, beside a list of layers; .tflite is layers of known kinds;
        # dlib's .dat is numbers for a network that its library fixes: none can hold code.
        assert card.file.endswith((".onnx", ".safetensors", ".bin", ".tflite", ".dat"))


def test_a_companion_comes_with_the_weights(
    tmp_path: Path, tiny_model: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    card = module.model_cards()["tiny"]
    words = Companion(
        file="tiny-words.txt",
        sha256=hashlib.sha256(GOOD).hexdigest(),
        size_bytes=len(GOOD),
        sources=({"kind": "second", "package": "b", "version": "2"},),
    )
    monkeypatch.setattr(module, "model_cards", lambda: {"tiny": replace(card, companions=(words,))})
    (tmp_path / "tiny.onnx").write_bytes(GOOD)
    store = WeightStore(tmp_path)
    assert not store.has("tiny"), "a model without its companion is of no use"
    assert store.pull("tiny", log=lambda _: None)
    assert tiny_model == ["second"], "what is here is not fetched again"
    assert [path.name for path in store.paths("tiny")] == ["tiny.onnx", "tiny-words.txt"]
    (tmp_path / "tiny-words.txt").write_bytes(b"y" * len(GOOD))
    with pytest.raises(ModelCorrupt):
        store.verify("tiny")
