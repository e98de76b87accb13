"""The sentence model: against BERT's own implementation on tiny seeded weights, and in earnest."""

import os
from pathlib import Path

import numpy as np
import pytest

from pipelines import WeightStore
from pipelines.sentence import MiniLm

MODELS = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "wood", "##en", "table", "stone", "in", "sun"]
TEXTS = ["wooden table", "stone in sun in sun in sun", "wood"]


def test_it_computes_what_bert_computes(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    safetensors = pytest.importorskip("safetensors.torch")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(PIECES), hidden_size=48, num_hidden_layers=2, num_attention_heads=12,
        intermediate_size=96, max_position_embeddings=32,
    )  # fmt: skip
    bert = transformers.BertModel(config, add_pooling_layer=False).eval()
    safetensors.save_file(bert.state_dict(), tmp_path / "weights")
    (tmp_path / "vocab").write_text("\n".join(PIECES))
    model = MiniLm(key="tiny", weights=tmp_path / "weights", vocabulary=tmp_path / "vocab")
    ours = model.embed(TEXTS)
    for text, mine in zip(TEXTS, ours, strict=True):
        ids = torch.tensor([model._tokens.ids(text, most=32)])
        with torch.no_grad():
            mean = bert(input_ids=ids).last_hidden_state.mean(dim=1)[0].numpy()
        np.testing.assert_allclose(mine, mean / np.linalg.norm(mean), atol=1e-5)


def test_the_pulled_weights_know_what_is_alike() -> None:
    store = WeightStore(MODELS)
    if not store.has("minilm"):
        pytest.skip("model minilm is not here; run `packshot models pull minilm`")
    weights, vocabulary = store.paths("minilm")
    model = MiniLm(key="minilm", weights=weights, vocabulary=vocabulary)
    asked, near, far = model.embed(
        ["a rustic oak table in autumn", "old wooden furniture with fallen leaves", "tax return"]
    )
    assert asked @ near > 0.4
    assert asked @ far < 0.2
    np.testing.assert_allclose(np.linalg.norm(asked), 1, atol=1e-5)
    assert model.embed([]).shape == (0, 384)
