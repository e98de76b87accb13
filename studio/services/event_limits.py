"""What an event may say, wherever it comes from: over HTTP or in a file."""

from __future__ import annotations

from typing import Final

MAX_VALUE: Final = 1e9
"""Largest amount of money in one event, in the merchant's unit; below 0 it was paid back."""
LEAST_PROPENSITY: Final = 1e-9
"""What is shown once in more times than that is no variant of a test, and to weigh it by one over
its propensity would let a single event outvote all others."""

VALUE_BEYOND: Final = f"value: a number from {-MAX_VALUE:,.0f} to {MAX_VALUE:,.0f} is expected"
PROPENSITY_BEYOND: Final = f"propensity: a chance from {LEAST_PROPENSITY:.9f} to 1 is expected"


def wrong_type(said: object) -> str:
    """Why that is no type of an event.

    >>> wrong_type("smile")
    "type: 'smile'; impression, click or conversion is expected"
    """
    shown = "missing" if said is None else repr(said[:64]) if isinstance(said, str) else "no text"
    return f"type: {shown}; impression, click or conversion is expected"
