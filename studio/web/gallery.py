"""The page of a folder of results: failures first, with reason and fix, then what is ready."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from studio.services.gallery import Entry, Preview
from studio.web.check_view import CheckView
from studio.web.gallery_words import both, headed, in_both
from studio.web.wording import count

PAGE_IMAGES = 240
"""Images on one page: more make a browser slow to lay out and nobody faster to judge."""
_KINDS = {"cutout": "Cutout", "white": "White background", "scene": "Scene", "edit": "Edit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryImage:
    """One image as the page shows it.

    Attributes
    ----------
    group
        Template, preset or "": what a client filters by besides the kind.
    full
        What a browser can show large: the file itself, or its preview.
    error
        Why there is no image; "" where there is one.
    """

    anchor: str
    title: str
    kind: str
    kind_title: str
    group: str
    href: str
    full: str
    after: Preview | None
    before: Preview | None
    difference: Preview | None
    passed: bool
    error: str
    checks: tuple[CheckView, ...]

    @property
    def group_title(self) -> str:
        """The group's name as a person reads it."""
        return words_of(self.group)

    @property
    def failures(self) -> tuple[CheckView, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.outcome == "fail")

    @property
    def judged(self) -> int:
        """How many checks could fail."""
        return sum(check.outcome != "note" for check in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryPage:
    """A file of the gallery and its text."""

    name: str
    html: str


def gallery_images(entries: Iterable[Entry]) -> list[GalleryImage]:
    """Results as a page shows them, in the order in which they come."""
    return [_image(entry, number) for number, entry in enumerate(entries, start=1)]


def render_gallery(images: Sequence[GalleryImage], *, title: str) -> list[GalleryPage]:
    """The pages of a gallery, ``index.html`` first; each opens from a file, without a network."""
    names = [page_name(number) for number in range(1, pages_of(images) + 1)]
    return [
        GalleryPage(name=name, html=render_page(images, title=title, names=names, page=number))
        for number, name in enumerate(names, start=1)
    ]


def pages_of(images: Sequence[GalleryImage]) -> int:
    """How many pages the images take, at least one."""
    return max(1, math.ceil(len(images) / PAGE_IMAGES))


def render_page(
    images: Sequence[GalleryImage], *, title: str, names: Sequence[str], page: int
) -> str:
    """One page of a gallery, UTF-8 text.

    Parameters
    ----------
    names : addresses of all its pages, seen from each of them
    page : counts from 1; one that does not exist is empty
    """
    part = images[(page - 1) * PAGE_IMAGES : page * PAGE_IMAGES]
    troubled = [one for one in part if not one.passed]
    return (
        _environment()
        .get_template("gallery.html.j2")
        .render(
            title=title,
            headline=headline(images),
            facts=facts(images),
            troubled=sorted(troubled, key=lambda one: one.after is None),
            ready=[one for one in part if one.passed],
            kinds=_named((one.kind, one.kind_title) for one in part),
            groups=_named((one.group, one.group_title) for one in part if one.group),
            pages=names if len(names) > 1 else [],
            page=page,
            css=Markup(_file("gallery.css")),  # noqa: S704 (a file of this package)
            script=Markup(_file("gallery.js")),  # noqa: S704 (as above)
        )
    )


def headline(images: Sequence[GalleryImage]) -> Markup:
    """What a client wants to know first."""
    ready, total = sum(one.passed for one in images), len(images)
    if not images:
        return in_both("No images yet.", "还没有图片。")
    if ready == total:
        every = "The image is" if total == 1 else f"All {count(total)} images are"
        return in_both(f"{every} ready.", f"{count(total)} 张图片全部合格。")
    return in_both(
        f"{count(ready)} of {count(total)} images {'is' if ready == 1 else 'are'} ready.",
        f"{count(total)} 张图片中 {count(ready)} 张合格。",
    )


def facts(images: Sequence[GalleryImage]) -> list[tuple[str, str]]:
    """The numbers behind the headline: figure, and what it counts."""
    photos = {one.before.src for one in images if one.before is not None}
    troubled = sum(not one.passed for one in images)
    checks = sum(one.judged for one in images)
    figures = [
        (len(images), "image", "images"),
        (len(images) - troubled, "ready to use", "ready to use"),
        (troubled, "needs a look", "need a look"),
        (checks, "check made", "checks made"),
        (len(photos), "photo", "photos"),
    ]
    return [(count(number), one if number == 1 else many) for number, one, many in figures]


def words_of(name: str) -> str:
    """A template's or preset's name as a person reads it.

    >>> words_of("light-luxury-marble")
    'Light luxury marble'
    """
    return name.replace("-", " ").replace("_", " ").capitalize()


def _image(entry: Entry, number: int) -> GalleryImage:
    report = entry.report
    settings = report.get("settings", {})
    kind = str(report.get("kind", ""))
    return GalleryImage(
        anchor=f"image-{number}",
        title=str(report.get("name") or entry.stem),
        kind=kind,
        kind_title=_KINDS.get(kind, kind),
        group=str(settings.get("template") or settings.get("spec") or ""),
        href=entry.href,
        full=entry.full,
        after=entry.after,
        before=entry.before,
        difference=entry.difference,
        passed=report.get("passed") is True and entry.after is not None,
        error=str(report.get("error", "")),
        checks=tuple(_check(check) for check in report["checks"] if isinstance(check, Mapping)),
    )


def _check(check: Mapping[str, Any]) -> CheckView:
    outcome = str(check.get("outcome", ""))
    return CheckView(
        name=str(check.get("name", "")),
        value=str(check.get("value", "")),
        limit=str(check.get("limit", "")),
        outcome=outcome if outcome in {"pass", "fail"} else "note",
        fix=str(check.get("fix", "")),
    )


def _named(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What there is to choose from; nothing where there is no choice."""
    found = sorted(set(pairs))
    return found if len(found) > 1 else []


def page_name(number: int) -> str:
    """File of a page, counted from 1.

    >>> page_name(1), page_name(2)
    ('index.html', 'index-2.html')
    """
    return "index.html" if number == 1 else f"index-{number}.html"


def _slug(text: str) -> str:
    """A word that CSS and scripts can compare."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("studio.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["both"] = both
    environment.filters["headed"] = headed
    environment.filters["slug"] = _slug
    return environment


@cache
def _file(name: str) -> str:
    return resources.files("studio.web").joinpath(f"pages/{name}").read_text(encoding="utf-8")
