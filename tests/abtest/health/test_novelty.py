import math

import numpy as np

from abtest import AgeCell, Cell, Day
from abtest.health.duel import duel
from abtest.health.novelty import exposure_findings, novelty_findings


def fading(generator: np.random.Generator, *, slope: float, days: int = 14) -> list[Day]:
    """`b` starts 40% better and loses `slope` of log ratio a day; all rates rise by half."""
    table = []
    for number in range(days):
        level = 0.03 * (1 + 0.5 * number / days)
        ratios = {"a": 1.0, "b": 1.4 * math.exp(-slope * number)}
        cells = {
            ("everyone", name): Cell(
                impressions=4000, clicks=int(generator.binomial(4000, level * ratio))
            )
            for name, ratio in ratios.items()
        }
        table.append(Day(number=number, weekday=None, cells=cells))
    return table


def clicks_of(cell: Cell) -> int:
    return cell.clicks


def test_an_advantage_that_fades_over_the_days_is_found() -> None:
    table = fading(np.random.default_rng(1), slope=0.03)
    (found,) = novelty_findings(duel(table, arm="b", base="a", successes=clicks_of))
    assert (found.name, found.severity) == ("novelty_days", "warning")
    assert found.value < found.limit
    assert "The advantage of b over a fades, from +" in found.text


def test_fewer_clicks_are_an_advantage_that_fades_too() -> None:
    table = fading(np.random.default_rng(1), slope=0.03)
    between = duel(table, arm="a", base="b", successes=clicks_of)
    (found,) = novelty_findings(between, direction="lower")
    assert "The advantage of a over b fades, from -" in found.text
    assert novelty_findings(between) == ()
    won = duel(table, arm="b", base="a", successes=clicks_of)
    assert novelty_findings(won, direction="lower") == ()


def test_a_lasting_advantage_is_rarely_doubted_whatever_the_days_do() -> None:
    generator = np.random.default_rng(2)
    doubted = sum(
        bool(novelty_findings(duel(fading(generator, slope=0.0), arm="b", base="a",
                                   successes=clicks_of)))
        for _ in range(200)
    )  # fmt: skip
    assert doubted <= 5


def test_a_week_is_the_least() -> None:
    table = fading(np.random.default_rng(1), slope=0.2, days=6)
    assert novelty_findings(duel(table, arm="b", base="a", successes=clicks_of)) == ()


def test_an_advantage_that_fades_as_units_return_is_found() -> None:
    def cells(last: int) -> list[AgeCell]:
        by_age = [(260, 180), (220, 180), (190, 180), (last, 180)]
        return [
            AgeCell(variant=name, age_days=age, impressions=6000, clicks=clicks)
            for age, row in enumerate(by_age)
            for name, clicks in zip("ba", row, strict=True)
        ]

    (found,) = exposure_findings(cells(160), arm="b", base="a")
    assert (found.name, "3 days later" in found.text) == ("novelty_exposure", True)
    assert exposure_findings(cells(300), arm="b", base="a") == ()
    assert exposure_findings(cells(160)[:4], arm="b", base="a") == ()
