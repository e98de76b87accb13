"""Whether the source had enough pixels for what was made of it."""

from pipelines.imaging.placement import Placed
from pipelines.report import Check, judged

SHARP_ENLARGEMENT = 2.0
"""Enlarging a photo beyond this is seen as blur at 100%."""
_FIX = "use a larger photo, or a smaller --size"


def enlarged(placed: Placed, *, by: str = "", most: float = SHARP_ENLARGEMENT) -> Check:
    """Judge how much the source was enlarged.

    Parameters
    ----------
    by
        The network that did it; "" for plain interpolation.
    most
        How far that looks sharp.
    """
    how = f" by {by}" if by else ""
    hint = "" if by else ", or --upscale auto"
    return judged(
        "sharpness",
        passed=placed.enlargement <= most * 1.001,
        value=f"source enlarged {placed.enlargement:.2f} times{how}",
        limit=f"at most {most:g}",
        fix=_FIX + hint,
    )
