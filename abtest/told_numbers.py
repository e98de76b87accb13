"""Very small and very large numbers as a person writes them; the exact ones stay in values.

What is held against a limit is rounded down, never onto it: evidence of 19.97 where 20 is needed
must not read as if it were enough.
"""

from __future__ import annotations

import math
from typing import Final

_MANY: Final = 1e6
_FEW: Final = 1e-4
_HUNDREDTH: Final = 1e-4
"""Of a percent."""
_SUREST: Final = 0.999


def evidence_words(e_value: float) -> str:
    """An e-value, or what it is held against.

    >>> evidence_words(20.0), evidence_words(19.97), evidence_words(1234.5)
    ('20', '19.9', '1,230')
    >>> evidence_words(1.3e25), evidence_words(7.07e-06), evidence_words(0.0)
    ('over a million', 'under 0.0001', '0')
    """
    if e_value >= _MANY:
        return "over a million" if e_value > _MANY else "a million"
    return _short(e_value, digits=3)


def chance_words(p_value: float) -> str:
    """A p-value, or what it is held against.

    >>> chance_words(0.42), chance_words(0.00099), chance_words(3e-119), chance_words(0.0)
    ('0.42', '0.00099', 'under 0.0001', 'under 0.0001')
    """
    return "under 0.0001" if p_value < _FEW else _short(p_value, digits=2)


def percent_words(share: float, *, limit: float = math.inf) -> str:
    """A share that may be too small for two decimals of a percent; `limit` is the most allowed.

    >>> percent_words(0.01564), percent_words(0.0), percent_words(3e-7)
    ('1.56%', '0.00%', 'under 0.01%')
    >>> percent_words(0.01004), percent_words(0.01004, limit=0.01)
    ('1.00%', '1.01%')
    """
    if 0.0 < share < _HUNDREDTH:
        return "under 0.01%"
    told = round(share, 4)
    return f"{told + _HUNDREDTH if share > limit >= told else told:.2%}"


def sure_words(probability: float) -> str:
    """A probability that is to be large, never rounded up, and never to certainty.

    >>> sure_words(0.976), sure_words(0.89996), sure_words(1.0)
    ('97.6%', '89.9%', '99.9%')
    """
    return f"{math.floor(min(probability, _SUREST) * 1000.0 * (1.0 + 1e-9)) / 1000.0:.1%}"


def share_words(share: float) -> str:
    """A share as it was asked for: of 2.5% nothing is lost.

    >>> share_words(0.05), share_words(0.025), share_words(0.07)
    ('5%', '2.5%', '7%')
    """
    return f"{share * 100.0:.6g}%"


def _short(value: float, *, digits: int) -> str:
    """At most so many digits that are not zeros, rounded down.

    A millionth is added first: 0.3 is a little less than three tenths to a float.
    """
    if value <= 0.0:
        return "0"
    if value < _FEW:
        return "under 0.0001"
    places = digits - 1 - math.floor(math.log10(value))
    floored = math.floor(value * 10.0**places * (1.0 + 1e-6)) / 10.0**places
    if places <= 0:
        return f"{floored:,.0f}"
    return f"{floored:.{places}f}".rstrip("0").rstrip(".")
