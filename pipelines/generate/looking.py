"""Qwen's way to put pictures between words, without the video part that needs torchvision.

The library's own processor is built together with one for videos, which no still picture needs,
and resizes with torchvision where that is installed, with Pillow where not: the same recipe would
give other bytes on the same kind of device. This one always resizes with Pillow.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

_PICTURE = "<|image_pad|>"


class QwenLooking:
    """Stands in for `Qwen2VLProcessor`, as far as pipelines call it.

    Parameters
    ----------
    pictures
        A `Qwen2VLImageProcessorPil`.
    tokenizer
        A `Qwen2Tokenizer`.
    """

    def __init__(self, *, pictures: Any, tokenizer: Any) -> None:
        self._pictures = pictures
        self._tokenizer = tokenizer

    @classmethod
    def read(cls, folder: Path, *, tokenizer: Any) -> "QwenLooking":
        """Read its settings from a checkpoint's folder ``processor``."""
        from transformers import Qwen2VLImageProcessorPil

        pictures = Qwen2VLImageProcessorPil.from_pretrained(str(folder), local_files_only=True)
        return cls(pictures=pictures, tokenizer=tokenizer)

    def __call__(
        self,
        *,
        text: Sequence[str],
        images: Image.Image | list[Image.Image],
        padding: bool,
        return_tensors: str,
    ) -> Any:
        """Tokens, with as many marks for each picture as it has patches, and the patches."""
        from transformers import BatchFeature

        seen = self._pictures(images=images, return_tensors=return_tensors)
        marks = [
            int(grid.prod()) // self._pictures.merge_size**2 for grid in seen["image_grid_thw"]
        ]
        texts = [_with_marks(one, marks) for one in text]
        words = self._tokenizer(texts, padding=padding, return_tensors=return_tensors)
        return BatchFeature({**words, **seen})


def _with_marks(text: str, marks: Sequence[int]) -> str:
    """A text in which each mark for a picture is repeated as often as that picture needs.

    >>> _with_marks("a <|image_pad|> b", [2])
    'a <|image_pad|><|image_pad|> b'
    """
    pieces = text.split(_PICTURE)
    joints = [_PICTURE * count for count in marks]
    return "".join(one for pair in zip(pieces, [*joints, ""], strict=True) for one in pair)
