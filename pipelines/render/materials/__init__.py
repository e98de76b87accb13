"""Procedural materials with the wear that makes them read as photographed, not computed.

Every material is made in object space, in metres, so that grain and veins keep their true size on
any object. Colours are linear RGB.
"""

from pipelines.render.materials.aggregate import flecked_rubber, sand, terrazzo, wet_stone
from pipelines.render.materials.cloth import linen, velvet
from pipelines.render.materials.made import glass, glazed, glow, matte, metal, tiles
from pipelines.render.materials.mineral import concrete, marble, plaster, stone
from pipelines.render.materials.plants import leaf
from pipelines.render.materials.timber import wood

__all__ = [
    "concrete",
    "flecked_rubber",
    "glass",
    "glazed",
    "glow",
    "leaf",
    "linen",
    "marble",
    "matte",
    "metal",
    "plaster",
    "sand",
    "stone",
    "terrazzo",
    "tiles",
    "velvet",
    "wet_stone",
    "wood",
]
