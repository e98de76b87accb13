"""Leaves."""

from __future__ import annotations

from typing import Any

from pipelines.render.lights import Rgb
from pipelines.render.shading import Graph


def leaf(name: str, color: Rgb, *, back: Rgb | None = None, gloss: float = 0.45) -> Any:
    """A leaf: waxy above, glowing where light comes through, each a little different."""
    g = Graph(name)
    own = g.node("ObjectInfo").outputs["Random"]
    tone = g.noise(g.place(), 30.0, detail=3.0)
    share = g.math("MULTIPLY", g.math("ADD", own, tone), 0.5)
    tint = g.mix(
        g.remap(share, 0.1, 0.9),
        tuple(0.6 * c for c in color),
        tuple(min(1.0, 1.4 * c) for c in color),
    )
    front = g.principled(Base_Color=tint, Roughness=gloss)
    through = g.node("BsdfTranslucent", {"Color": back or tuple(min(1.0, 1.8 * c) for c in color)})
    return g.finish(g.node("MixShader", {0: 0.3, 1: front.outputs[0], 2: through.outputs[0]}))
