"""What a varied set may be made of, each thing with its name in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

from pipelines.render.lights import Rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing's names, as they stand inside a description."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Color:
    """A named colour, linear RGB."""

    name: Named
    rgb_linear: Rgb


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A named material; ``colors`` are keys of ``COLORS``, a first of "" means its own colour."""

    name: Named
    colors: tuple[str, ...]


def _color(en: str, zh: str, r: float, g: float, b: float) -> Color:
    return Color(name=Named(en=en, zh=zh), rgb_linear=(r, g, b))


COLORS: dict[str, Color] = {
    "white": _color("white", "白色", 0.80, 0.78, 0.75),
    "cream": _color("cream", "奶油色", 0.80, 0.70, 0.55),
    "beige": _color("beige", "米色", 0.62, 0.50, 0.38),
    "sand": _color("sand", "沙色", 0.55, 0.42, 0.28),
    "blush": _color("blush pink", "裸粉色", 0.74, 0.44, 0.36),
    "rose": _color("rose", "玫瑰色", 0.62, 0.20, 0.22),
    "coral": _color("coral", "珊瑚色", 0.74, 0.16, 0.10),
    "red": _color("deep red", "深红色", 0.30, 0.015, 0.018),
    "terracotta": _color("terracotta", "陶土色", 0.48, 0.19, 0.10),
    "butter": _color("butter yellow", "奶黄色", 0.86, 0.58, 0.16),
    "mustard": _color("mustard", "芥末黄", 0.55, 0.30, 0.03),
    "olive": _color("olive", "橄榄绿", 0.16, 0.17, 0.06),
    "sage": _color("sage green", "鼠尾草绿", 0.34, 0.42, 0.30),
    "mint": _color("mint", "薄荷绿", 0.30, 0.62, 0.46),
    "emerald": _color("emerald", "祖母绿", 0.02, 0.14, 0.085),
    "teal": _color("teal", "青绿色", 0.04, 0.20, 0.22),
    "sky": _color("sky blue", "天蓝色", 0.26, 0.50, 0.70),
    "navy": _color("navy", "藏青色", 0.02, 0.04, 0.11),
    "lilac": _color("lilac", "丁香紫", 0.52, 0.40, 0.62),
    "grey": _color("grey", "灰色", 0.34, 0.34, 0.34),
    "charcoal": _color("charcoal", "炭灰色", 0.045, 0.047, 0.052),
    "black": _color("black", "黑色", 0.014, 0.014, 0.016),
    "brown": _color("brown", "棕色", 0.17, 0.085, 0.04),
}  # fmt: skip

_PALE = ("white", "cream", "beige", "blush", "sage", "sky", "lilac", "mint", "grey")
_ALL = tuple(COLORS)
_CLOTH = ("white", "cream", "beige", "blush", "sage", "sky", "navy", "charcoal")
_DEEP = ("red", "emerald", "navy", "rose", "charcoal", "mustard")
_TILE = ("white", "sage", "sky", "emerald", "blush", "teal")
_PAINTED = tuple(key for key in COLORS if key != "black")


def _material(en: str, zh: str, colors: tuple[str, ...] = ("",)) -> Material:
    return Material(name=Named(en=en, zh=zh), colors=colors)


SURFACES: dict[str, Material] = {
    "marble": _material("polished marble", "抛光大理石", ("white", "cream", "emerald", "black")),
    "oak": _material("oak wood", "橡木"),
    "walnut": _material("walnut wood", "胡桃木"),
    "birch": _material("pale birch wood", "浅色桦木"),
    "card": _material("matte card", "哑光卡纸", _ALL),
    "plaster": _material("plaster", "灰泥", _PAINTED),
    "concrete": _material("concrete", "水泥", ("grey", "charcoal", "beige")),
    "linen": _material("linen", "亚麻布", _CLOTH),
    "velvet": _material("velvet", "丝绒", _DEEP),
    "terrazzo": _material("terrazzo", "水磨石", _PALE),
    "stone": _material("rough stone", "粗面石材", ("sand", "grey", "charcoal", "terracotta")),
    "slate": _material("wet slate", "湿润岩板", ("charcoal", "black")),
    "lacquer": _material("glossy lacquer", "亮面漆", _ALL),
    "sand": _material("fine sand", "细沙", ("sand", "beige", "cream")),
    "rubber": _material("flecked rubber", "斑点橡胶", ("charcoal", "grey")),
}  # fmt: skip
CLOTHS = ("linen", "velvet")
RELIEF = ("linen", "velvet", "stone", "slate", "sand")
"""Materials whose surface is not a plane."""

BACKDROPS: dict[str, Material] = {
    "plaster": _material("plaster wall", "灰泥墙", _ALL),
    "concrete": _material("concrete wall", "水泥墙", ("grey", "charcoal")),
    "tiles": _material("tiled wall", "瓷砖墙", _TILE),
    "panels": _material("wooden wall", "木板墙", ("",)),
    "drape": _material("draped curtain", "布帘", _CLOTH),
}  # fmt: skip

PROPS: dict[str, Material] = {
    "vase": _material("vase", "花瓶", _ALL),
    "bowl": _material("bowl", "碗", _ALL),
    "cup": _material("cup", "杯子", _ALL),
    "ball": _material("sphere", "圆球", _ALL),
    "disc": _material("round block", "圆柱台", _ALL),
    "block": _material("block", "方块", _ALL),
    "book": _material("book", "书本", _PAINTED),
    "bouquet": _material("vase of green branches", "插着绿枝的花瓶", _PALE),
    "branch": _material("leafy branch", "绿叶枝条"),
    "rock": _material("stone", "石块", ("grey", "charcoal", "sand")),
    "bauble": _material("metal ball", "金属球", ("mustard", "grey", "rose")),
    "candle": _material("candle", "蜡烛", ("white", "cream", "blush")),
}
SHADES: dict[str, Named] = {
    "open": Named(en="", zh=""),
    "window": Named(en=" through window bars", zh="，透过窗格"),
    "leaves": Named(en=" through leaves", zh="，透过树叶"),
}
LAYOUTS: dict[str, Named] = {
    "table": Named(en="table top", zh="桌面"),
    "sweep": Named(en="seamless backdrop", zh="无缝背景"),
    "podium": Named(en="round podium", zh="圆形展台"),
    "step": Named(en="broad step", zh="台阶"),
    "flat lay": Named(en="flat lay from above", zh="俯拍平铺"),
}


def light_color(kelvin: float) -> Rgb:
    """Linear RGB of a black body, its largest channel 1.

    Parameters
    ----------
        kelvin : range [1800, 12000]

    References     T. Helland, "How to convert temperature (K) to RGB", a fit to CIE 1964 data
    """
    t = kelvin / 100.0
    red = 255.0 if t <= 66 else 329.698727446 * (t - 60) ** -0.1332047592
    green = (
        99.4708025861 * log(t) - 161.1195681661
        if t <= 66
        else 288.1221695283 * (t - 60) ** -0.0755148492
    )
    blue = 255.0 if t >= 66 else 0.0 if t <= 19 else 138.5177312231 * log(t - 10) - 305.0447927307
    linear = [exp(2.2 * log(max(c, 1.0) / 255.0)) for c in (red, green, blue)]
    most = max(linear)
    return (linear[0] / most, linear[1] / most, linear[2] / most)
