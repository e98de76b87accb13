"""A group of shoppers in words, the same way all over a page."""

from collections.abc import Sequence

from abtest import EVERYONE, OVERALL


def group_title(segment: str | None, segments: Sequence[str] = ()) -> str:
    """A group of shoppers as a heading.

    >>> group_title("big_spenders"), group_title("overall"), group_title("everyone", ["new"])
    ('Big spenders', 'All shoppers', 'All other shoppers')
    """
    if segment == EVERYONE and segments:
        return "All other shoppers"
    if segment in (None, OVERALL, EVERYONE):
        return "All shoppers"
    words = str(segment).replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def group_phrase(segment: str | None, segments: Sequence[str] = ()) -> str:
    """A group of shoppers inside a sentence.

    >>> group_phrase("returning"), group_phrase(None)
    ('“returning” shoppers', 'all shoppers')
    """
    title = group_title(segment, segments)
    if title in ("All shoppers", "All other shoppers"):
        return title.lower()
    return f"“{title[:1].lower() + title[1:]}” shoppers"
