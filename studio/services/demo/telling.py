"""What happened in a demonstration, gathered for the page that tells it."""

import gpu
from studio.services.demo.loop import Loop, Running
from studio.services.demo.shoppers import SEGMENT_WORDS
from studio.services.demo.story import FeedAnswer, Picture, ProductStory, VariantStory
from studio.services.images import Images

_PICTURE_PX = 900


def picture(images: Images, digest: str) -> Picture:
    """A rendition of an asset that is small enough for a page."""
    rendition = images.store.rendition(digest, width_px=_PICTURE_PX, media_type="image/webp").asset
    return Picture(
        data=images.store.read(rendition.digest),
        media_type=rendition.media_type,
        width_px=rendition.width_px,
        height_px=rendition.height_px,
        asset=digest,
    )


def variant_story(images: Images, row: gpu.BatchRow) -> VariantStory:
    """What there is to tell of one finished image."""
    result = row.result or {}
    name, kind = str(row.data["variant"]), str(row.data["kind"])
    title = "Pure white" if kind == "white" else images.library.templates.get(name).title
    return VariantStory(
        name=name,
        title=title,
        kind=kind,
        picture=picture(images, str(result["asset"])),
        passed=bool(result["report"]["passed"]),
        checks=tuple(result["report"]["checks"]),
    )


def product_story(loop: Loop, running: Running) -> ProductStory:
    """What happened to one product, once its days are over."""
    sample = running.sample
    results = loop.tests.results(running.test_id)
    if results.analysis is None:
        raise RuntimeError("a test that ran has no analysis")
    return ProductStory(
        item=sample.name,
        title=sample.title,
        category=sample.category,
        description=sample.description,
        photo=picture(loop.images, running.source),
        variants=running.variants,
        segments=SEGMENT_WORDS,
        test_id=running.test_id,
        state=str(results.test.state),
        days=tuple(running.days),
        hidden_rates={name: crowd.rates for name, crowd in running.population.crowds.items()},
        analysis=results.analysis,
        promotions=tuple(running.promotions),
        feed=tuple(_ask_feed(loop, sample.name)),
    )


def _ask_feed(loop: Loop, item: str) -> list[FeedAnswer]:
    """Ask the feed once more, as four shoppers who were not in the test."""
    asked: list[tuple[str, dict[str, object]]] = [
        ("shopper-a", {"returning": True}),
        ("shopper-b", {"returning": True}),
        ("shopper-c", {"returning": False}),
        ("shopper-d", {"returning": False}),
    ]
    return [
        FeedAnswer(
            shopper=unit,
            attributes=attributes,
            decision=loop.feed.decide(unit, attributes, [item]).decisions[0],
        )
        for unit, attributes in asked
    ]
