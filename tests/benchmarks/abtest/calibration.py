"""Whether probabilities mean what they say: P(best) against how often that image is best.

    python -m tests.benchmarks.abtest.calibration [--tests 800] [--out calibration.png]

Tests of four images around 2%, 500 impressions for each image and day, top-two allocation, analysed
after 3, 10 and 30 days. The images' true rates differ by 10, 17 or 30%, while the prior takes them
to differ by 17: the outer two say what a wrong prior does, and a fourth row of the table what a
prior does that has learned its strength from tests such as these. Prints the coverage of the 95%
intervals of rate and lift, and draws the curves. Images of one test are no independent witnesses:
the bars are standard errors over tests.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from abtest import AnalysisOptions, Cell, Counts, Period, analyse
from abtest.allocation import Allocation
from abtest.ensemble import Ensemble, World
from abtest.posterior import PSEUDO_CLICKS
from abtest.quadrature import Floats
from tests.benchmarks.abtest.cells import table

ARMS, RATE, PER_ARM = 4, 0.02, 500
SPREADS = (0.10, 0.17, 0.30)
LOOKED_AT = (3, 10, 30)
BINS = 10
PICTURE = Path(__file__).parent / "pictures" / "calibration.png"
COLOURS = {0.10: "#2a78d6", 0.17: "#111111", 0.30: "#d9542b"}
_SIDE, _LEFT, _TOP, _RIGHT, _BOTTOM = 720, 110, 90, 60, 110


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Foretold:
    """What was foretold and what was so, one entry an image and analysis.

    Parameters
    ----------
        prob_best : foretold
        best      : 1 where it was
        rate_in, lift_in : 1 where the true rate, the true lift lay in its interval
        days      : after which it was foretold
        test      : of which
    """

    prob_best: Floats
    best: Floats
    rate_in: Floats
    lift_in: Floats
    days: Floats
    test: Floats

    def bins(self) -> list[tuple[float, float, float, int]]:
        """Mean foretold, share that was so, its standard error, and number, of each bin."""
        which = np.minimum((self.prob_best * BINS).astype(int), BINS - 1)
        found = []
        for one in range(BINS):
            mine = which == one
            if mine.sum() >= 20:
                share = float(self.best[mine].mean())
                off = np.bincount(self.test[mine].astype(int), self.best[mine] - share)
                error = math.sqrt(max(float((off**2).sum()), 1.0)) / mine.sum()
                found.append((float(self.prob_best[mine].mean()), share, error, int(mine.sum())))
        return found


def foretold(
    spread: float, *, tests: int, seed: int = 1, pseudo_clicks: float = PSEUDO_CLICKS
) -> Foretold:
    """Run tests and analyse each with the product's own analysis."""
    generator = np.random.default_rng([seed, round(100 * spread)])
    sd = math.sqrt(math.log1p(spread**2))
    rates = RATE * np.exp(generator.normal(-sd * sd / 2, sd, (tests, ARMS)))
    options = AnalysisOptions(foresight="none", pseudo_clicks=pseudo_clicks)
    run = Ensemble(
        World(rates=rates, impressions_per_day=PER_ARM * ARMS, days=max(LOOKED_AT)),
        generator=generator, allocation=Allocation(), options=options,
    )  # fmt: skip
    weights: list[Floats] = []
    rows: list[tuple[float, ...]] = []
    for look in run.looks():
        weights.append(run.weights.copy())
        if round(look.days) in LOOKED_AT:
            for test in range(tests):
                found = _compared(_counts(run, weights, test), rates[test], options)
                rows += [(*one, look.days, test) for one in found]
    return Foretold(
        **{
            name: np.array(column)
            for name, column in zip(
                ("prob_best", "best", "rate_in", "lift_in", "days", "test"),
                zip(*rows, strict=True),
                strict=True,
            )
        }
    )


def _compared(counts: Counts, rates: Floats, options: AnalysisOptions) -> list[tuple[float, ...]]:
    rows: list[tuple[float, ...]] = []
    for arm, one in enumerate(analyse(counts, options=options).overall.variants):
        low, high = one.credible_interval
        lift = math.nan
        if one.lift is not None:
            least, most = one.lift.interval
            lift = float(least <= rates[arm] / rates[0] - 1.0 <= most)
        best = float(arm == rates.argmax())
        rows.append((one.prob_best, best, float(low <= rates[arm] <= high), lift))
    return rows


def _counts(run: Ensemble, weights: list[Floats], test: int) -> Counts:
    names = tuple(str(arm) for arm in range(ARMS))
    trials, successes = run.counts
    return Counts(
        variants=names,
        periods=tuple(
            Period(id=str(day), weights=dict(zip(names, of[test].tolist(), strict=True)))
            for day, of in enumerate(weights)
        ),
        cells={
            ("everyone", name, str(day)): Cell(
                impressions=int(trials[test, day, arm]), clicks=int(successes[test, day, arm])
            )
            for day in range(len(weights))
            for arm, name in enumerate(names)
        },
    )


def coverage_table(found: Mapping[str, Foretold]) -> str:
    """Coverage of the intervals by what the images are like, and day."""
    lines = []
    for images, one in found.items():
        for days in LOOKED_AT:
            then = one.days == days
            rate, lift = one.rate_in[then].mean(), np.nanmean(one.lift_in[then])
            lines.append([images, days, int(then.sum()), f"{rate:.1%}", f"{lift:.1%}"])
    head = ["images differ by", "days", "images", "95% intervals of rate that hold", "of lift"]
    return table(head, lines)


def drawn(found: dict[float, Foretold]) -> Image.Image:
    """The curves, on a square of foretold against observed."""
    width, height = _LEFT + _SIDE + _RIGHT, _TOP + _SIDE + _BOTTOM
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    _axes(pen)
    for number, (spread, one) in enumerate(found.items()):
        colour = COLOURS[spread]
        points = [(_x(p), _y(share), _y(share - error), _y(share + error))
                  for p, share, error, _ in one.bins()]  # fmt: skip
        pen.line([(x, y) for x, y, _, _ in points], fill=colour, width=3)
        for x, y, low, high in points:
            pen.line([(x, low), (x, high)], fill=colour, width=2)
            pen.ellipse([x - 7, y - 7, x + 7, y + 7], fill=colour)
        x, y = _LEFT + 0.32 * _SIDE, _y(0.18) + 38 * number
        pen.line([(x, y), (x + 50, y)], fill=colour, width=4)
        words = f"images differ by {spread:.0%}" + (", as the prior says" if number == 1 else "")
        pen.text((x + 65, y), words, fill="#222222", font=_font(24), anchor="lm")
    return picture


def _axes(pen: ImageDraw.ImageDraw) -> None:
    for tick in range(6):
        value = tick / 5
        pen.line([(_x(value), _y(0)), (_x(value), _y(1))], fill="#e4e4e4")
        pen.line([(_x(0), _y(value)), (_x(1), _y(value))], fill="#e4e4e4")
        pen.text(
            (_x(value), _y(0) + 12), f"{value:.0%}", fill="#444444", font=_font(22), anchor="mt"
        )
        pen.text(
            (_x(0) - 12, _y(value)), f"{value:.0%}", fill="#444444", font=_font(22), anchor="rm"
        )
    pen.line([(_x(0), _y(0)), (_x(1), _y(1))], fill="#9a9a9a", width=2)
    pen.text((_x(0.5), _y(0) + 60), "P(best) foretold", fill="#222222", font=_font(26), anchor="mt")
    title = "How often the image was the best"
    pen.text((_LEFT, _TOP - 46), title, fill="#222222", font=_font(26), anchor="ls")
    days = ", ".join(str(day) for day in LOOKED_AT)
    under = f"{ARMS} images; foretold on days {days}; bars are standard errors"
    pen.text((_LEFT, _TOP - 18), under, fill="#666666", font=_font(20), anchor="ls")


def _x(value: float) -> float:
    return _LEFT + _SIDE * value


def _y(value: float) -> float:
    return _TOP + _SIDE * (1.0 - min(max(value, 0.0), 1.0))


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def main() -> None:
    """Print the coverage, and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", type=int, default=800)
    parser.add_argument("--out", type=Path, default=PICTURE)
    options = parser.parse_args()
    found = {spread: foretold(spread, tests=options.tests) for spread in SPREADS}
    learned = foretold(0.30, tests=options.tests, pseudo_clicks=0.30**-2)
    named = {f"{spread:.0%}": one for spread, one in found.items()}
    print(coverage_table({**named, "30%, and the prior has learned it": learned}))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    drawn(found).save(options.out, optimize=True)


if __name__ == "__main__":
    main()
