"""MiniLM: six layers of BERT whose mean is a sentence's place."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.sentence.tensors import read_tensors
from pipelines.sentence.wordpiece import WordPiece

Floats = npt.NDArray[np.float32]

_HEADS = 12
_EPSILON = 1e-12
_MOST_PIECES = 128
_AT_ONCE = 16
"""Sentences in one pass: at 64 pieces each, the widest layer takes 6 MB."""


class MiniLm:
    """all-MiniLM-L6-v2 in numpy: 15 ms of one core for a prompt, no runtime to install.

    Parameters
    ----------
    key
        Name and revision of the weights.
    weights, vocabulary
        ``model.safetensors`` and ``vocab.txt`` of the model.

    Raises
    ------
    TensorsUnreadable, OSError

    References
    ----------
    Wang et al. 2020, "MiniLM"; Reimers and Gurevych 2019, "Sentence-BERT".
    """

    def __init__(self, *, key: str, weights: Path, vocabulary: Path) -> None:
        self.key = key
        self._tokens = WordPiece.read(vocabulary)
        self._tensors: Mapping[str, npt.NDArray[Any]] = read_tensors(weights)
        self._layers = sum(name.endswith("attention.self.query.weight") for name in self._tensors)

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors whose inner product is the sentences' likeness, float32 (N, 384)."""
        parts = [self._embed(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros((0, 384), np.float32)

    def _embed(self, texts: Sequence[str]) -> Floats:
        rows = [self._tokens.ids(text, most=_MOST_PIECES) for text in texts]
        longest = max(map(len, rows))
        ids = np.array([row + [0] * (longest - len(row)) for row in rows])
        present = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in rows], "f4")
        hidden = self._embedded(ids)  # (N, T, 384)
        for number in range(self._layers):
            hidden = self._layer(f"encoder.layer.{number}.", hidden, present)
        summed = (hidden * present[..., None]).sum(axis=1)
        mean = summed / present.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)

    def _embedded(self, ids: npt.NDArray[np.int64]) -> Floats:
        word = self._tensors["embeddings.word_embeddings.weight"][ids]
        place = self._tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kind = self._tensors["embeddings.token_type_embeddings.weight"][0]
        return self._norm("embeddings.LayerNorm", word + place + kind)

    def _layer(self, at: str, hidden: Floats, present: Floats) -> Floats:
        # Most commands embed no sentence, and SciPy takes a quarter of a second to import.
        from scipy.special import erf

        attended = self._linear(f"{at}attention.output.dense", self._attend(at, hidden, present))
        hidden = self._norm(f"{at}attention.output.LayerNorm", hidden + attended)
        wide = self._linear(f"{at}intermediate.dense", hidden)
        gelu = wide * np.float32(0.5) * (1 + erf(wide / np.float32(math.sqrt(2))))
        return self._norm(f"{at}output.LayerNorm", hidden + self._linear(f"{at}output.dense", gelu))

    def _attend(self, at: str, hidden: Floats, present: Floats) -> Floats:
        count, length, width = hidden.shape

        def heads(name: str) -> Floats:
            projected = self._linear(f"{at}attention.self.{name}", hidden)
            return projected.reshape(count, length, _HEADS, -1).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(math.sqrt(width // _HEADS))
        scores = np.where(present[:, None, None, :] > 0, scores, np.float32(-1e9))
        share = np.exp(scores - scores.max(axis=-1, keepdims=True))
        share /= share.sum(axis=-1, keepdims=True)
        mixed = (share @ value).transpose(0, 2, 1, 3)
        return np.asarray(mixed.reshape(count, length, width))

    def _linear(self, name: str, hidden: Floats) -> Floats:
        return np.asarray(
            hidden @ self._tensors[f"{name}.weight"].T + self._tensors[f"{name}.bias"]
        )

    def _norm(self, name: str, hidden: Floats) -> Floats:
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + _EPSILON)
        scaled = centred / spread * self._tensors[f"{name}.weight"]
        return np.asarray(scaled + self._tensors[f"{name}.bias"], np.float32)
