"""The report of a demonstration: one HTML file that holds everything it shows."""

import re
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from studio.services.demo.story import LoopStory
from studio.web.product_view import product_view
from studio.web.truth import standing_promotions
from studio.web.wording import count, counted, duration

_COMMANDS = (
    ("A white-background image of your own photo", "packshot white photo.jpg --out shots"),
    ("The same product in a scene", "packshot scene photo.jpg --template raw-wood --out shots"),
    ("Answer your shop: which image to show to whom", "packshot serve"),
    ("Put your images to a test", "packshot test --help"),
)


def render_loop(story: LoopStory) -> str:
    """The page of a whole demonstration, UTF-8 text; it opens from a file, without a network."""
    products = [product_view(product, i) for i, product in enumerate(story.products, start=1)]
    template = _environment().get_template("loop.html.j2")
    return template.render(
        story=story,
        products=products,
        headline=headlines(story),
        facts=facts(story),
        commands=_COMMANDS,
        css=Markup(_style()),  # noqa: S704 (a file of this package)
    )


def headlines(story: LoopStory) -> tuple[str, str]:
    """What happened: what was made, and what was found."""
    made = story.images_made + story.images_reused
    won = winners(story)
    found = f"{counted(won, 'product')} found {'its' if won == 1 else 'their'} winning image"
    return (
        f"{counted(len(story.products), 'photo')} became {counted(made, 'image')}.",
        f"After {counted(story.days, 'day')} of simulated shopping, "
        f"{found if won else 'no product had a winning image yet'}.",
    )


def facts(story: LoopStory) -> list[tuple[str, str]]:
    """The numbers of the headline and those behind it: figure, and what it counts."""
    made = story.images_made + story.images_reused
    promotions = sum(len(standing_promotions(product)) for product in story.products)
    return [
        (count(len(story.products)), "products"),
        (count(made), f"images, {_making(story)}"),
        (f"{count(story.images_passed)} of {count(made)}", "images passed every check"),
        (count(story.shoppers), f"simulated shoppers, {count(story.events)} events counted"),
        (count(story.days), "simulated days at most, in each test"),
        (count(promotions), f"promotions, on {counted(winners(story), 'product')}"),
    ]


def _making(story: LoopStory) -> str:
    took = duration(story.making_s).replace(" ", "\u00a0")
    if not story.images_reused:
        return f"made in {took}"
    if not story.images_made:
        return "all made by an earlier run"
    return f"{count(story.images_made)} made in {took}, the others by an earlier run"


def winners(story: LoopStory) -> int:
    """Products with at least one promoted image."""
    return sum(bool(standing_promotions(product)) for product in story.products)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("studio.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["options"] = _keep_options
    return environment


def _keep_options(text: str) -> Markup:
    """A sentence in which options such as `--size` are not broken over two lines."""
    kept = re.sub(r"(--[a-z-]+)", r'<code class="option">\1</code>', str(escape(text)))
    return Markup(kept)  # noqa: S704 (escaped above)


@cache
def _style() -> str:
    return resources.files("studio.web").joinpath("pages/loop.css").read_text(encoding="utf-8")
