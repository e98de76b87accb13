"""Colours of variants: told apart by colour-blind eyes, and dark enough to draw on white."""

from collections.abc import Sequence

VARIANT_COLOURS = (
    "#2458C5",
    "#DD771C",
    "#8E1B5E",
    "#2A9CB1",
    "#594716",
    "#A6886C",
    "#3E2080",
    "#330D0D",
)
"""The first four are chosen by eye; each next one is the colour that lies farthest from all before
it as seen with full, deuteranopic, protanopic and tritanopic sight (Machado et al. 2009), among
those of contrast 3 or more on white. The tests hold them to both."""


def variant_colours(names: Sequence[str]) -> dict[str, str]:
    """A colour for each variant by its place; beyond eight they repeat, and names tell."""
    return {name: VARIANT_COLOURS[i % len(VARIANT_COLOURS)] for i, name in enumerate(names)}
