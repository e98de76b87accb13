"""What networks that parse dressed people tell: labels, and what each of them is to a merchant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import CheckpointUnusable
from pipelines.imaging.cutout import Box

Floats = npt.NDArray[np.float32]
Rgb = npt.NDArray[np.uint8]
Part = Literal["nothing", "body", "upper", "lower", "besides"]

PARSER = "clothes parser"
"""What messages call it."""
ATR = ("Background", "Hat", "Hair", "Sunglasses", "Upper-clothes", "Skirt", "Pants", "Dress",
       "Belt", "Left-shoe", "Right-shoe", "Face", "Left-leg", "Right-leg", "Left-arm",
       "Right-arm", "Bag", "Scarf")  # fmt: skip
LIP = ("Background", "Hat", "Hair", "Glove", "Sunglasses", "Upper-clothes", "Dress", "Coat",
       "Socks", "Pants", "Jumpsuits", "Scarf", "Skirt", "Face", "Left-arm", "Right-arm",
       "Left-leg", "Right-leg", "Left-shoe", "Right-shoe")  # fmt: skip
"""In the order of their networks' outputs.

References  Liang et al. 2015, "Human Parsing with Contextualized Convolutional Neural Network";
            Gong et al. 2017, "Look into Person"
"""
_PARTS: dict[str, Part] = {
    "background": "nothing",
    **dict.fromkeys(("hair", "face", "sunglasses", "left-arm", "right-arm", "left-leg",
                     "right-leg", "torso-skin", "skin", "neck"), "body"),
    **dict.fromkeys(("upper-clothes", "dress", "coat", "jumpsuits"), "upper"),
    **dict.fromkeys(("pants", "skirt"), "lower"),
    **dict.fromkeys(("hat", "glove", "socks", "scarf", "belt", "bag", "left-shoe",
                     "right-shoe"), "besides"),
}  # fmt: skip
"""A dress is all upper, as it is where no network parses; glasses go with the face they hide."""
_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a part of a picture shows.

    Attributes
    ----------
    shares
        float32 (h, w) each, within [0, 1], of the network's own size; they add up to one.
    box
        The part of the picture that was looked at.
    """

    shares: dict[Part, Floats]
    box: Box

    @classmethod
    def of(cls, logits: Floats, parts: Sequence[Part], box: Box) -> "Parsed":
        """Add up what a network tells of its labels, float32 (labels, h, w).

        Raises
        ------
        CheckpointUnusable : it told what is no number
        """
        if len(logits) != len(parts) or not np.isfinite(logits).all():
            raise unusable("the network told no numbers for its labels", fix=_ANOTHER)
        raised = np.exp(logits - logits.max(axis=0))
        likely = raised / raised.sum(axis=0)
        rows = np.array(parts)
        shares = {part: np.asarray(likely[rows == part].sum(axis=0), np.float32)
                  for part in set(parts)}  # fmt: skip
        return cls(shares=shares, box=box)

    def seen(self, parts: Iterable[Part], shape: tuple[int, ...], zoom: float) -> Floats:
        """How likely any of the parts is, float32 of a working picture; 0 out of the box.

        Parameters
        ----------
        zoom
            Working pixels per pixel of the picture.
        """
        likely = np.zeros(shape, np.float32)
        box, wanted = self.box, [self.shares[one] for one in parts if one in self.shares]
        left, top = round(box.left * zoom), round(box.top * zoom)
        right, bottom = round(box.right * zoom), round(box.bottom * zoom)
        window = likely[top : max(top + 1, bottom), left : max(left + 1, right)]
        if wanted:
            size = window.shape[1], window.shape[0]
            window[...] = cv2.resize(sum(wanted), size, interpolation=cv2.INTER_LINEAR)
        return likely


class ClothesParser(Protocol):
    """What tells garments from the person who wears them."""

    @property
    def key(self) -> str:
        """``family@revision``."""
        ...

    @property
    def cell(self) -> float:
        """Side of the smallest thing it can tell, over the side of what it looks at."""
        ...

    def parse(self, rgb: Rgb, box: Box) -> Parsed:
        """Look at a part of a picture, uint8 (H, W, 3), sRGB."""
        ...


def parts_of(labels: Sequence[str], *, where: str) -> tuple[Part, ...]:
    """What each label of a network is.

    Parameters
    ----------
    where
        The file that names the labels, for messages.

    Raises
    ------
    CheckpointUnusable : labels that we do not know, or none for garments or for people

    >>> parts_of(["Background", "Face", "upper clothes", "Pants"], where="config.json")
    ('nothing', 'body', 'upper', 'lower')
    """
    names = [label.strip().lower().replace("_", "-").replace(" ", "-") for label in labels]
    unknown = [label for label, name in zip(labels, names, strict=True) if name not in _PARTS]
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        fact = f"{where} has labels that are not known: {', '.join(unknown[:_SHOWN])}{more}"
        raise unusable(fact, fix=f"known are {', '.join(sorted(_PARTS))}")
    parts = tuple(_PARTS[name] for name in names)
    for needed, what in (("body", "the person"), ("nothing", "the background")):
        if needed not in parts:
            raise unusable(f"{where} has no label for {what}", fix=_ANOTHER)
    if not {"upper", "lower"} & set(parts):
        raise unusable(f"{where} has no label for garments", fix=_ANOTHER)
    return parts


_ANOTHER = "name a network that was trained on ATR or LIP"


def unusable(fact: str, *, fix: str) -> CheckpointUnusable:
    """A parser that cannot be used, as a fault."""
    return CheckpointUnusable(name=PARSER, fact=fact, fix=fix)
