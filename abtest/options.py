"""How counts are analysed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from abtest.direction import DIRECTIONS, Direction
from abtest.errors import InvalidOptions
from abtest.guardrail import Guardrail
from abtest.lessons import LARGEST_HEAD_START
from abtest.limits import GateOptions
from abtest.posterior import PSEUDO_CLICKS, Beta
from abtest.spread import Spread
from abtest.tables import METRICS, Metric

LEAST_PARAMETER, LARGEST_PARAMETER = 1e-3, 1e9
"""Of a prior of one's own. Below the least, rates lie where floats end; above, no test is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisOptions:
    """How counts are analysed.

    Parameters
    ----------
        control       : variant that lifts are measured against; None takes the first that is left
        metric        : what is compared
        direction     : which way it is better; money is always better higher
        prior         : "auto" for the usual spread between images around the common rate (see
                        `pooled_prior`), in segments tilted by what the others say (see
                        `borrowed_priors`); or a Beta of one's own, its parameters 0.001 to 1e9
        pseudo_clicks : strength of the "auto" prior, see `learned_strength`
        spread        : a mixture of strengths in place of `pseudo_clicks`, see `learned_spread`;
                        segments lend each other priors of its variance
        head_starts   : variant to what is expected of it before its first click, by the record of
                        how its image was made: 0.1 is 10% more than the others, -0.2 to 0.2. It
                        moves the mean of the "auto" prior and nothing else. Traffic follows it, and
                        P(best), loss and intervals lean on it as far as clicks are few; it promotes
                        nobody, because the e-value and the evidence for a difference take no prior
                        and count this test's own clicks
        level         : of credible intervals, range (0, 1)
        gate          : limits of promotion
        guardrails    : metrics that must not suffer
        dropped       : variants taken out of the test; their counts are left out
        foresight     : which verdicts look ahead (see `abtest.outlook`): "overall" that of all
                        shoppers, "all" each segment's too, which takes some milliseconds each
    Raises           InvalidOptions
    """

    control: str | None = None
    metric: Metric = "click_rate"
    direction: Direction = "higher"
    prior: Beta | Literal["auto"] = "auto"
    pseudo_clicks: float = PSEUDO_CLICKS
    spread: Spread | None = None
    head_starts: Mapping[str, float] = field(default_factory=dict)
    level: float = 0.95
    gate: GateOptions = field(default_factory=GateOptions)
    guardrails: tuple[Guardrail, ...] = ()
    dropped: frozenset[str] = frozenset()
    foresight: Literal["none", "overall", "all"] = "overall"

    def __post_init__(self) -> None:
        if not 0.0 < self.level < 1.0:
            raise InvalidOptions("level", self.level, "a number between 0 and 1")
        if not 1.0 <= self.pseudo_clicks <= 1e6:
            raise InvalidOptions("pseudo_clicks", self.pseudo_clicks, "1 to 1,000,000")
        self._check_prior()
        for variant, start in self.head_starts.items():
            if not -LARGEST_HEAD_START <= start <= LARGEST_HEAD_START:
                why = f"-{LARGEST_HEAD_START:g} to {LARGEST_HEAD_START:g}"
                raise InvalidOptions(f"head_starts[{variant!r}]", start, why)
        if self.metric not in METRICS:
            raise InvalidOptions("metric", self.metric, f"one of {', '.join(METRICS)}")
        if self.direction not in DIRECTIONS:
            raise InvalidOptions("direction", self.direction, f"one of {', '.join(DIRECTIONS)}")
        if self.direction == "lower" and self.metric == "value_per_impression":
            why = "money is better higher; a rate can be better lower"
            raise InvalidOptions("direction", self.direction, why)

    def _check_prior(self) -> None:
        own = () if self.prior == "auto" else (self.prior.alpha, self.prior.beta)
        for one in own:
            if not LEAST_PARAMETER <= one <= LARGEST_PARAMETER:
                why = f"{LEAST_PARAMETER:g} to {LARGEST_PARAMETER:,.0f} each"
                raise InvalidOptions("prior", one, why)

    def head_start(self, variant: str) -> float:
        """What is expected of a variant before its first click; 0 under a prior of one's own."""
        return self.head_starts.get(variant, 0.0) if self.prior == "auto" else 0.0
