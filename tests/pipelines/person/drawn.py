"""Drawn people in garments of known outline, for tests that need no networks."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.person import Person
from tests.pipelines.person.bodies import person_standing

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

SKIN, HAIR, WALL = (214, 168, 142), (70, 48, 34), (205, 208, 212)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture of somebody in a garment, and the truth about it."""

    rgb: Rgb
    figure: Floats
    garment: Floats
    person: Person


def drawn_person(
    *,
    width: int = 300,
    height: int = 420,
    cloth: tuple[int, int, int] = (30, 70, 160),
    seed: int = 1,
) -> Drawn:
    """Somebody who stands upright in a shirt with short sleeves, cut off at the hips."""
    head = height / 5
    person = person_standing(width=width, height=height, head=head)
    middle, nose = width // 2, round(0.9 * head)
    canvas = np.full((height, width, 3), WALL, np.float32)
    figure, garment = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)

    def at(across: float, down: float) -> tuple[int, int]:
        return round(middle + across * head), round(nose + down * head)

    def skin(mask: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> None:
        canvas[mask > 0] = colour
        figure[mask > 0] = 1

    body = np.zeros_like(figure)
    cv2.ellipse(body, at(0, -0.12), (round(0.45 * head), round(0.62 * head)), 0, 180, 360, (1,), -1)
    skin(body, HAIR)
    body[:] = 0
    cv2.ellipse(body, at(0, 0), (round(0.3 * head), round(0.38 * head)), 0, 0, 360, (1,), -1)
    cv2.rectangle(body, at(-0.18, 0.2), at(0.18, 1.0), (1,), -1)
    for side in (-1, 1):
        cv2.line(body, at(0.95 * side, 1.0), at(1.05 * side, 3.6), (1,), round(0.3 * head))
    skin(body, SKIN)
    corners = [at(-0.25, 0.72), at(-0.95, 0.85), at(-1.3, 1.75), at(-0.9, 1.9), at(-0.8, 1.6),
               at(-0.75, 9), at(0.75, 9), at(0.8, 1.6), at(0.9, 1.9), at(1.3, 1.75), at(0.95, 0.85),
               at(0.25, 0.72)]  # fmt: skip
    cv2.fillPoly(garment, [np.array(corners, np.int32)], (1,))
    cv2.ellipse(garment, at(0, 0.72), (round(0.25 * head), round(0.22 * head)), 0, 0, 360, (0,), -1)
    canvas[garment > 0] = cloth
    figure[garment > 0] = 1
    canvas += np.random.default_rng(seed).normal(0, 3, canvas.shape)
    return Drawn(
        rgb=np.clip(canvas, 0, 255).astype(np.uint8),
        figure=figure.astype(np.float32),
        garment=garment.astype(np.float32),
        person=person,
    )
