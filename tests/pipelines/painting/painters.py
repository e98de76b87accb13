"""Painters whose answers are known: one that does what it is asked, and many that do not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import Interrupted
from pipelines.generate import Ability, Ask, Profile

Rgb = npt.NDArray[np.uint8]

PROFILE = Profile(
    name="known",
    title="Arithmetic",
    pipeline="StableDiffusionXLInpaintPipeline",
    repo="",
    revision="",
    licence="none",
    commercial=True,
    abilities=frozenset({"inpaint", "negative_prompt", "guidance"}),
    controls=frozenset(),
    multiple_px=8,
    buckets=((512, 512), (608, 416), (416, 608)),
    steps=4,
    guidance_scale=5.0,
    dtype="float32",
    resident_bytes=0,
    working_bytes=0,
)
WITH_CONTROL: frozenset[Ability] = PROFILE.abilities | frozenset[Ability]({"control"})


@dataclass
class Painter:
    """A generator that answers each ask with a function of it, and remembers what it was asked."""

    answer: Callable[[Ask], Rgb]
    profile: Profile = PROFILE

    def __post_init__(self) -> None:
        self.asked: list[Ask] = []

    def paint(self, asks: Sequence[Ask], *, cancelled: Callable[[], bool]) -> list[Rgb]:
        if cancelled():
            raise Interrupted("between two steps")
        self.asked += asks
        return [self.answer(one) for one in asks]


def honest(ask: Ask) -> Rgb:
    """What stands there under a wash of colour, as grainy and as off as an autoencoder leaves it."""
    draw = np.random.default_rng(ask.seed)
    tint = draw.uniform(-60, 30, 3)
    fall = np.linspace(0.85, 1.05, ask.picture.shape[0])[:, None, None]
    washed = (ask.picture * 0.9 + tint * ask.strength) * fall
    whole = np.where(ask.mask[..., None] > 0.5, washed, ask.picture + 2.0)
    soft = cv2.GaussianBlur(whole, (0, 0), 0.6)
    return np.asarray(np.clip(soft + draw.normal(0, 1.2, soft.shape), 0, 255), np.uint8)


def product_of(ask: Ask) -> npt.NDArray[np.bool_]:
    return np.asarray(cv2.erode((ask.mask < 0.5).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)


def shifted(px: int) -> Callable[[Ask], Rgb]:
    return lambda ask: np.roll(honest(ask), px, axis=1)


def zoomed(ask: Ask) -> Rgb:
    height, width = ask.mask.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0, 1.03)
    return np.asarray(cv2.warpAffine(honest(ask), matrix, (width, height), borderMode=1), np.uint8)


def over_the_product(ask: Ask) -> Rgb:
    """A striped vase where the product was."""
    painted = honest(ask)
    rows = np.indices(ask.mask.shape)[0]
    painted[product_of(ask)] = (240, 240, 60)
    painted[product_of(ask) & (rows // 9 % 2 == 0)] = (40, 30, 140)
    return painted


def duplicated(ask: Ask) -> Rgb:
    """The product once more, three quarters as large, at the upper left."""
    painted, product = honest(ask), product_of(ask)
    rows, columns = np.flatnonzero(product.any(axis=1)), np.flatnonzero(product.any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    shape = product[box]
    room = columns[0] - 12, ask.mask.shape[0] - 8
    zoom = min(0.75, room[0] / shape.shape[1], room[1] / shape.shape[0])
    size = int(shape.shape[1] * zoom), int(shape.shape[0] * zoom)
    small = cv2.resize(ask.picture[box], size, interpolation=cv2.INTER_AREA)
    solid = cv2.resize(shape.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    painted[4 : 4 + size[1], 4 : 4 + size[0]][solid] = small[solid]
    return painted


def extended(ask: Ask) -> Rgb:
    """The product goes on to the right, in its own colours."""
    painted, product = honest(ask), product_of(ask)
    columns = np.flatnonzero(product.any(axis=0))
    further = int(columns[-1] - columns[0]) // 3
    for step in range(further):
        there = np.roll(product, step, axis=1) & ~product
        painted[there] = np.roll(ask.picture, step, axis=1)[there]
    return painted


def lettered(ask: Ask) -> Rgb:
    painted = honest(ask)
    scale = ask.mask.shape[1] / 512
    cv2.putText(
        painted, "SUMMER SALE", (int(20 * scale), int(70 * scale)), cv2.FONT_HERSHEY_SIMPLEX,
        1.7 * scale, (20, 20, 20), max(2, int(4 * scale)), cv2.LINE_AA,
    )  # fmt: skip
    return painted


def noise(ask: Ask) -> Rgb:
    """What a decoder makes of numbers that are none."""
    draw = np.random.default_rng(ask.seed)
    return np.asarray(draw.integers(0, 256, ask.picture.shape), np.uint8)


def black(ask: Ask) -> Rgb:
    return np.zeros_like(ask.picture)


def flat(ask: Ask) -> Rgb:
    return np.full_like(ask.picture, 214)


def too_small(ask: Ask) -> Rgb:
    return np.asarray(cv2.resize(honest(ask), (256, 256)), np.uint8)


def unchanged(ask: Ask) -> Rgb:
    return np.array(ask.picture, np.uint8)


def tinted(ask: Ask) -> Rgb:
    return np.asarray(np.clip(honest(ask) + np.array([30.0, 0.0, -30.0]), 0, 255), np.uint8)


def floating(ask: Ask) -> Rgb:
    """A wall, and a table that begins well below the product's foot."""
    painted, product = np.full_like(ask.picture, 205), product_of(ask)
    foot = int(np.flatnonzero(product.any(axis=1))[-1])
    rows = foot + (ask.mask.shape[0] - foot) // 2
    painted[rows:] = (96, 70, 52)
    painted[product] = ask.picture[product]
    draw = np.random.default_rng(ask.seed).normal(0, 2, painted.shape)
    soft = cv2.GaussianBlur(painted, (0, 0), 0.8)
    return np.asarray(np.clip(soft + draw, 0, 255), np.uint8)


MISBEHAVING: dict[str, tuple[Callable[[Ask], Rgb], str]] = {
    "shifts by 12 px": (shifted(12), "drift"),
    "zooms": (zoomed, "drift"),
    "paints over the product": (over_the_product, "product painted over"),
    "duplicates it": (duplicated, "product duplicated"),
    "continues it": (extended, "product extended"),
    "invents text": (lettered, "text invented"),
    "returns noise": (noise, "noise"),
    "returns black": (black, "blank painting"),
    "returns one colour": (flat, "blank painting"),
    "returns another size": (too_small, "painting's size"),
    "changes nothing": (unchanged, "nothing changed"),
    "tints everything": (tinted, "colour cast"),
    "lets it float": (floating, "floating product"),
}
"""What a painter does wrong, and the check that must tell."""


def as_editor(painter: Painter) -> Painter:
    """The same painter, as a model that paints the whole picture anew."""
    profile = replace(painter.profile, abilities=frozenset({"edit"}))
    return Painter(painter.answer, profile=profile)
