"""A picture strip of the loop's results: photo, white image, winner, for README and shares."""

import io

from PIL import Image

from studio.services.demo.story import LoopStory, Picture, ProductStory

_CELL_PX = 360
_GAP_PX = 10
_COLUMNS = 4
_QUALITY = 86


def render_strip(story: LoopStory) -> bytes:
    """Draw a column per product, four at most: the seller's photo, pure white, the best scene."""
    products = story.products[:_COLUMNS]
    rows = [[product.photo, _white(product), _best(product)] for product in products]
    width = len(rows) * (_CELL_PX + _GAP_PX) - _GAP_PX
    height = 3 * (_CELL_PX + _GAP_PX) - _GAP_PX
    strip = Image.new("RGB", (width, height), "white")
    for x, pictures in enumerate(rows):
        for y, picture in enumerate(pictures):
            strip.paste(_cell(picture), (x * (_CELL_PX + _GAP_PX), y * (_CELL_PX + _GAP_PX)))
    out = io.BytesIO()
    strip.save(out, "WEBP", quality=_QUALITY, method=6)
    return out.getvalue()


def _white(product: ProductStory) -> Picture:
    return next(one.picture for one in product.variants if one.kind == "white")


def _best(product: ProductStory) -> Picture:
    """The promoted scene, else the scene most likely to be best."""
    probability = product.analysis.overall.prob_best
    promoted = {one.variant for one in product.promotions}
    scenes = [one for one in product.variants if one.kind == "scene"] or list(product.variants)
    best = max(scenes, key=lambda one: (one.name in promoted, probability.get(one.name, 0)))
    return best.picture


def _cell(picture: Picture) -> Image.Image:
    with Image.open(io.BytesIO(picture.data)) as image:
        square = min(image.size)
        left, top = (image.width - square) // 2, (image.height - square) // 2
        cut = image.convert("RGB").crop((left, top, left + square, top + square))
        return cut.resize((_CELL_PX, _CELL_PX), Image.Resampling.LANCZOS)
