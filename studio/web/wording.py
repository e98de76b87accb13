"""Numbers and names in words, the same way all over a page."""

from collections.abc import Sequence


def count(number: float) -> str:
    """A whole number with thousands separated.

    >>> count(1234567)
    '1,234,567'
    """
    return f"{number:,.0f}"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun.

    >>> counted(1, "day"), counted(2, "day")
    ('1 day', '2 days')
    """
    return f"{count(number)} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float) -> str:
    """A share in percent, to three significant digits: rates of 0.02% and of 45% both read well.

    >>> percent(0.0521), percent(0.45), percent(0.000234), percent(0.0), percent(1.0)
    ('5.21%', '45.0%', '0.0234%', '0%', '100%')
    """
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    value = share * 100.0
    tops = (100.0, 10.0, 1.0, 0.1, 0.01)
    decimals = next((i for i, top in enumerate(tops) if abs(value) >= top), len(tops))
    return f"{value:.{decimals}f}%"


def signed_percent(share: float) -> str:
    """A relative change with its sign.

    >>> signed_percent(0.1234), signed_percent(-0.05), signed_percent(0.0001)
    ('+12.3%', '−5.0%', '0.0%')
    """
    text = f"{abs(share):.1%}"
    if text == "0.0%":
        return text
    return f"{'+' if share > 0 else '−'}{text}"


def probability(value: float) -> str:
    """A probability, never rounded to certainty.

    >>> probability(0.99999), probability(0.5), probability(0.00001)
    ('>99.9%', '50.0%', '<0.1%')
    """
    if value > 0.999:
        return ">99.9%"
    if value < 0.001:
        return "<0.1%"
    return f"{value:.1%}"


def short_probability(value: float) -> str:
    """A probability for a narrow place, never rounded to certainty.

    >>> short_probability(0.9999), short_probability(0.42), short_probability(0.001)
    ('>99%', '42%', '<1%')
    """
    if value > 0.995:
        return ">99%"
    if value < 0.005:
        return "<1%"
    return f"{value:.0%}"


def per_thousand(rate: float) -> str:
    """A rate as events of a thousand impressions.

    >>> per_thousand(0.00123), per_thousand(0.0000001)
    ('1.23', '<0.01')
    """
    value = rate * 1000.0
    if 0.0 < value < 0.01:
        return "<0.01"
    return f"{value:.2f}"


def interval(bounds: tuple[float, float]) -> str:
    """A range of rates.

    >>> interval((0.0412, 0.0598))
    '4.12% to 5.98%'
    """
    return f"{percent(bounds[0])} to {percent(bounds[1])}"


def plain_number(value: float) -> str:
    """A number of unknown kind, as short as it can be.

    >>> plain_number(14.0), plain_number(0.000123), plain_number(1493.7), plain_number(2.3e15)
    ('14', '0.000123', '1,494', 'over 1,000,000,000')
    """
    if value >= 1e9:
        return f"over {count(1e9)}"
    if value == round(value) or value >= 1000.0:
        return count(value)
    return f"{value:.3g}"


def duration(seconds: float) -> str:
    """A length of time.

    >>> duration(8.4), duration(134)
    ('8 s', '2 min 14 s')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s"


def listed(words: Sequence[str]) -> str:
    """Words as a sentence lists them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
