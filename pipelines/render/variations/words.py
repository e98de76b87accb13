"""Describes a drawn set in English and Chinese, from its parameters alone."""

from __future__ import annotations

from collections import Counter

from pipelines.render.lights import Sun
from pipelines.render.variations.recipe import FLAT_LAY, Coat, Prop, Variation
from pipelines.render.variations.vocabulary import (
    BACKDROPS,
    COLORS,
    LAYOUTS,
    PROPS,
    SHADES,
    SURFACES,
    Material,
    Named,
)

_SIDES = (
    (22.5, Named(en="the front", zh="正前方")),
    (67.5, Named(en="the front right", zh="右前方")),
    (112.5, Named(en="the right", zh="右侧")),
    (157.5, Named(en="the back right", zh="右后方")),
    (202.5, Named(en="behind", zh="后方")),
    (247.5, Named(en="the back left", zh="左后方")),
    (292.5, Named(en="the left", zh="左侧")),
    (337.5, Named(en="the front left", zh="左前方")),
    (360.0, Named(en="the front", zh="正前方")),
)
LOW_DEG, HIGH_DEG = 33.0, 50.0
"""Elevations below and above which a photographer calls a light low or high."""
SOFT_DEG = 12.0
"""A lamp that looks larger than this from the product throws soft shadows."""
WARM_K, COOL_K = 4000.0, 6200.0
ABOVE_DEG, HALF_ABOVE_DEG = 75.0, 20.0
_NUMBERS = ("no", "a", "two", "three", "four", "five", "six")
_NUMBERS_ZH = ("零", "一", "两", "三", "四", "五", "六")


def describe(variation: Variation) -> Named:
    """One sentence in each language: surface, background, props, light and lens."""
    light, view = _light(variation), _view(variation)
    surface, layout = _coat(variation.surface, SURFACES), LAYOUTS[variation.layout]
    behind = _behind(variation)
    props = _props(variation.props, flat=variation.layout == FLAT_LAY)
    scene = f"{layout.en} in {surface.en}{behind.en}{props.en}"
    en = f"Empty product set: {scene}; {light.en}; {view.en}"
    zh = f"空的产品布景：{surface.zh}{layout.zh}{behind.zh}{props.zh}，{light.zh}，{view.zh}"
    return Named(en=en, zh=zh)


def side(azimuth_deg: float) -> Named:
    """Where a light comes from, as a photographer says it; 0 is the camera's side."""
    return next(name for limit, name in _SIDES if azimuth_deg % 360 < limit)


def warmth(kelvin: float) -> Named:
    """The colour of light in a word."""
    if kelvin < WARM_K:
        return Named(en="warm", zh="暖色")
    if kelvin > COOL_K:
        return Named(en="cool", zh="冷色")
    return Named(en="neutral", zh="中性色")


def _coat(coat: Coat | Prop, materials: dict[str, Material]) -> Named:
    kind = coat.material if isinstance(coat, Coat) else coat.kind
    name = materials[kind].name
    if not coat.color:
        return name
    color = COLORS[coat.color].name
    return Named(en=f"{color.en} {name.en}", zh=f"{color.zh}{name.zh}")


def _behind(variation: Variation) -> Named:
    if variation.backdrop is None:
        return Named(en="", zh="")
    wall = _coat(variation.backdrop, BACKDROPS)
    return Named(en=f", {wall.en} behind", zh=f"，背景为{wall.zh}")


def _props(props: tuple[Prop, ...], *, flat: bool) -> Named:
    if not props:
        return Named(en=", no props", zh="，没有道具")
    counts = Counter(_coat(prop, PROPS) for prop in props)
    en = [name.en if n > 1 else _article(name.en) for name, n in counts.items()]
    en = [f"{_NUMBERS[n]} {_plural(word)}" if n > 1 else word
          for word, n in zip(en, counts.values(), strict=True)]  # fmt: skip
    zh = [f"{_NUMBERS_ZH[n]}个{name.zh}" for name, n in counts.items()]
    where = Named(en="around the edges", zh="四周") if flat else Named(en="in the back", zh="后方")
    return Named(en=f", {', '.join(en)} {where.en}", zh=f"，{where.zh}有{'、'.join(zh)}")


def _article(words: str) -> str:
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _plural(words: str) -> str:
    """Plural of a prop's name: its head noun is the last word, or the one before "of"."""
    head, of, rest = words.partition(" of ")
    ending = "es" if head.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{head}{ending}{of}{rest}"


def _light(variation: Variation) -> Named:
    where, tone = side(variation.key.azimuth_deg), warmth(variation.kelvin)
    height = _height(variation.key.elevation_deg)
    hard = variation.key.angular_diameter_deg < SOFT_DEG
    kind = Named(en="hard light", zh="硬光") if hard else Named(en="soft light", zh="柔光")
    if isinstance(variation.key, Sun):
        kind = Named(en="sunlight", zh="阳光")
    shade = SHADES[variation.shade]
    words = " ".join(word for word in (height.en, tone.en, kind.en) if word)
    return Named(
        en=f"{words} from {where.en}{shade.en}",
        zh=f"{height.zh}{tone.zh}{kind.zh}来自{where.zh}{shade.zh}",
    )


def _height(elevation_deg: float) -> Named:
    if elevation_deg < LOW_DEG:
        return Named(en="low", zh="低角度")
    if elevation_deg > HIGH_DEG:
        return Named(en="high", zh="高角度")
    return Named(en="", zh="")


def _view(variation: Variation) -> Named:
    pitch, focal = variation.camera.pitch_deg, round(variation.camera.focal_mm)
    if pitch > ABOVE_DEG:
        return Named(en=f"seen from above, {focal} mm lens", zh=f"正上方俯拍，{focal}毫米镜头")
    if pitch > HALF_ABOVE_DEG:
        return Named(en=f"seen from half above, {focal} mm lens", zh=f"斜上方拍摄，{focal}毫米镜头")
    return Named(en=f"seen nearly level, {focal} mm lens", zh=f"接近平视，{focal}毫米镜头")
