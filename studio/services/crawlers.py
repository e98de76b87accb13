"""Known crawlers, by what they call themselves."""

from __future__ import annotations

import re
from functools import cache, lru_cache

__all__ = ["MAX_AGENT_CHARS", "crawler_name"]

MAX_AGENT_CHARS = 512
"""Of a user agent that are looked at: browsers send 100 to 250, patterns stand near the front."""
_REMEMBERED = 8192
"""Agents: a person's takes 0.3 ms to compare with all patterns, and shops meet some thousand."""


def crawler_name(agent: str) -> str | None:
    """What a crawler is called, None for a person's browser.

    The patterns are those of the package crawler-user-agents (MIT), which is kept up to date.

    Examples
    --------
    >>> crawler_name("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
    'Googlebot'
    >>> crawler_name("Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0")
    """
    return _found(agent[:MAX_AGENT_CHARS]) if agent else None


@lru_cache(maxsize=_REMEMBERED)
def _found(agent: str) -> str | None:
    import crawleruseragents

    if not crawleruseragents.is_crawler(agent):
        return None
    match = next(hit for pattern in _patterns() if (hit := pattern.search(agent)))
    return match.group().strip(" /(")[:64] or "crawler"


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    import crawleruseragents

    return tuple(re.compile(one["pattern"]) for one in crawleruseragents.CRAWLER_USER_AGENTS_DATA)
