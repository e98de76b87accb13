"""Whether the source had enough pixels for what was made of it."""

from pipelines.imaging.placement import Placed
from pipelines.report import Check, judged

SHARP_ENLARGEMENT = 2.0
"""Enlarging a photo beyond this is seen as blur at 100%."""


def enlarged(placed: Placed) -> Check:
    """Judge how much the source was enlarged."""
    return judged(
        "sharpness",
        passed=placed.enlargement <= SHARP_ENLARGEMENT * 1.001,
        value=f"source enlarged {placed.enlargement:.2f} times",
        limit=f"at most {SHARP_ENLARGEMENT:g}",
        fix="use a larger photo, or a smaller --size",
    )
