"""Statistics, allocation, assignment, segments and the feed's snapshot: pure functions and values.

The front door is `analyse(counts, options=...)`. No clock, no global randomness, no files: times,
generators and counts are arguments.

- Counting: `Cell`, `Period`, `Counts`, `Row`, `counts_from_rows`, `effective_arms`,
  `EffectiveArm`, `EVERYONE`, `OVERALL`
- Conversions that come late: `Exposure`, `exposures_by_age`, `Cohort`, `closed_window`,
  `fit_delay`, `DelayCurve`, `delay_corrected`, `Windowed`; where only counts by day and delay are
  kept, `AgedCell`, `AgedDelays`, `matured_cells`, `delays_alike`
- Analysing: `analyse`, `AnalysisOptions`, `GateOptions`, `Guardrail`; what it finds: `Analysis`,
  `GroupAnalysis`, `VariantAnalysis`, `Lift`, `Health`, `SampleRatio`, `Verdict`, `VerdictKind`,
  `Condition`; as JSON `analysis_dict`, `group_dict`, `verdict_dict`
- Whether the numbers can be trusted: `Observed` (`Day`, `UnitDay`, `UnitTraffic`, `unit_traffic`,
  `EventTraffic`, `AgeCell`), `HealthFinding`; what going on would bring: `Outlook`
- After a promotion: `aftermath`, `WatchedDay`, `WatchOptions`, `Aftermath`, `Change`,
  `aftermath_dict`
- Exact arithmetic: `Beta`, `best_arm`, `best_arms`, `RateRatio`, `pooled_prior`,
  `posterior_density`, `DensityCurve`, `learned_strength`,
  `learned_spread`, `Spread`, `Mixture`
- Deciding who sees what: `Allocation`, `even_weights`, `Segment` (`parse_condition`,
  `condition_dict`, `check_segments`), `TestPlan`, `PlannedVariant`, `Snapshot`, `Decision`,
  `Choices`, `Reason`; tests that must not meet: `Slice`, `carved`
- A test's life: `TestState`, `Action`, `after`, `allowed`
- Judging another policy by logged decisions: `policy_value`, `replayed`, `DecisionLog`,
  `PolicyValue`
- Learning across tests: `learn`, `outcomes_of`, `Outcome`, `Lessons`, `Suggestion`
- Planning: `plan_test`, `Expectation`, `Forecast`
- Trying it out: `Population`, `Crowd`, `Shopper`, `one_crowd`, `simulate_test`, `SimulatedTest`,
  `SimulatedDay`
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from abtest.afterwards import Aftermath, aftermath
    from abtest.aged import AgedCell, AgedDelays, delays_alike, matured_cells
    from abtest.allocation import Allocation, Policy, even_weights
    from abtest.analysis import AnalysisOptions, analyse
    from abtest.assignment import SLOTS
    from abtest.cells import Cell
    from abtest.changes import Change, WatchOptions
    from abtest.cohorts import (
        Cohort,
        Exposure,
        Windowed,
        closed_window,
        delay_corrected,
        exposures_by_age,
    )
    from abtest.conditions import condition_dict, parse_condition
    from abtest.counts import EVERYONE, OVERALL, Counts, Period, Row, counts_from_rows
    from abtest.decisions import Choices, Decision, Reason
    from abtest.delay import DelayCurve
    from abtest.delay_fit import fit_delay
    from abtest.direction import DIRECTIONS, Direction
    from abtest.errors import (
        AbtestError,
        DelayUnknown,
        InvalidCounts,
        InvalidLayer,
        InvalidLog,
        InvalidOptions,
        InvalidPlan,
        InvalidSegment,
        LayerFull,
        SupportMissing,
        TransitionRefused,
    )
    from abtest.evaluation import DecisionLog, PolicyValue, policy_value, replayed
    from abtest.exact import BestArm, best_arm, best_arms
    from abtest.findings import Analysis, GroupAnalysis, VariantAnalysis
    from abtest.gate import GateOptions
    from abtest.guardrail import Guardrail
    from abtest.health import (
        AgeCell,
        Day,
        EventTraffic,
        HealthFinding,
        Observed,
        UnitDay,
        UnitTraffic,
        unit_traffic,
    )
    from abtest.layers import Slice, carved
    from abtest.learning import learn
    from abtest.lessons import Lessons, Suggestion
    from abtest.lifecycle import Action, TestState, after, allowed
    from abtest.lift import Lift
    from abtest.outcomes import Outcome, outcomes_of
    from abtest.outlook import Outlook
    from abtest.plan import HOLDOUT, PlannedVariant, TestPlan
    from abtest.planning import Expectation, Forecast, plan_test
    from abtest.posterior import (
        FLAT,
        PSEUDO_CLICKS,
        Beta,
        DensityCurve,
        pooled_prior,
        posterior_density,
    )
    from abtest.priors import learned_strength
    from abtest.ratio import RateRatio
    from abtest.report import aftermath_dict, analysis_dict, group_dict, verdict_dict
    from abtest.segments import Segment, check_segments
    from abtest.simulate import (
        Crowd,
        Population,
        Shopper,
        SimulatedDay,
        SimulatedTest,
        one_crowd,
        simulate_test,
    )
    from abtest.snapshot import Snapshot
    from abtest.spread import Mixture, Spread
    from abtest.srm import Health, SampleRatio
    from abtest.strata import EffectiveArm, effective_arms
    from abtest.tables import METRICS, Metric
    from abtest.tails import learned_spread
    from abtest.verdict import Condition, Verdict, VerdictKind
    from abtest.watched import WatchedDay

__all__ = [
    "DIRECTIONS",
    "EVERYONE",
    "FLAT",
    "HOLDOUT",
    "METRICS",
    "OVERALL",
    "PSEUDO_CLICKS",
    "SLOTS",
    "AbtestError",
    "Action",
    "Aftermath",
    "AgeCell",
    "AgedCell",
    "AgedDelays",
    "Allocation",
    "Analysis",
    "AnalysisOptions",
    "BestArm",
    "Beta",
    "Cell",
    "Change",
    "Choices",
    "Cohort",
    "Condition",
    "Counts",
    "Crowd",
    "Day",
    "Decision",
    "DecisionLog",
    "DelayCurve",
    "DelayUnknown",
    "DensityCurve",
    "Direction",
    "EffectiveArm",
    "EventTraffic",
    "Expectation",
    "Exposure",
    "Forecast",
    "GateOptions",
    "GroupAnalysis",
    "Guardrail",
    "Health",
    "HealthFinding",
    "InvalidCounts",
    "InvalidLayer",
    "InvalidLog",
    "InvalidOptions",
    "InvalidPlan",
    "InvalidSegment",
    "LayerFull",
    "Lessons",
    "Lift",
    "Metric",
    "Mixture",
    "Observed",
    "Outcome",
    "Outlook",
    "Period",
    "PlannedVariant",
    "Policy",
    "PolicyValue",
    "Population",
    "RateRatio",
    "Reason",
    "Row",
    "SampleRatio",
    "Segment",
    "Shopper",
    "SimulatedDay",
    "SimulatedTest",
    "Slice",
    "Snapshot",
    "Spread",
    "Suggestion",
    "SupportMissing",
    "TestPlan",
    "TestState",
    "TransitionRefused",
    "UnitDay",
    "UnitTraffic",
    "VariantAnalysis",
    "Verdict",
    "VerdictKind",
    "WatchOptions",
    "WatchedDay",
    "Windowed",
    "after",
    "aftermath",
    "aftermath_dict",
    "allowed",
    "analyse",
    "analysis_dict",
    "best_arm",
    "best_arms",
    "carved",
    "check_segments",
    "closed_window",
    "condition_dict",
    "counts_from_rows",
    "delay_corrected",
    "delays_alike",
    "effective_arms",
    "even_weights",
    "exposures_by_age",
    "fit_delay",
    "group_dict",
    "learn",
    "learned_spread",
    "learned_strength",
    "matured_cells",
    "one_crowd",
    "outcomes_of",
    "parse_condition",
    "plan_test",
    "policy_value",
    "pooled_prior",
    "posterior_density",
    "replayed",
    "simulate_test",
    "unit_traffic",
    "verdict_dict",
]

_HOMES: Final = {
    "aged": "AgedCell AgedDelays delays_alike matured_cells",
    "afterwards": "Aftermath aftermath",
    "allocation": "Allocation Policy even_weights",
    "analysis": "AnalysisOptions analyse",
    "assignment": "SLOTS",
    "cells": "Cell",
    "changes": "Change WatchOptions",
    "cohorts": "Cohort Exposure Windowed closed_window delay_corrected exposures_by_age",
    "counts": "EVERYONE OVERALL Counts Period Row counts_from_rows",
    "delay": "DelayCurve",
    "delay_fit": "fit_delay",
    "direction": "DIRECTIONS Direction",
    "errors": (
        "AbtestError DelayUnknown InvalidCounts InvalidLayer InvalidLog InvalidOptions "
        "InvalidPlan InvalidSegment LayerFull SupportMissing TransitionRefused"
    ),
    "evaluation": "DecisionLog PolicyValue policy_value replayed",
    "exact": "BestArm best_arm best_arms",
    "findings": "Analysis GroupAnalysis VariantAnalysis",
    "gate": "GateOptions",
    "guardrail": "Guardrail",
    "health": "AgeCell Day EventTraffic HealthFinding Observed UnitDay UnitTraffic unit_traffic",
    "layers": "Slice carved",
    "learning": "learn",
    "lessons": "Lessons Suggestion",
    "lifecycle": "Action TestState after allowed",
    "lift": "Lift",
    "outcomes": "Outcome outcomes_of",
    "outlook": "Outlook",
    "plan": "HOLDOUT PlannedVariant TestPlan",
    "planning": "Expectation Forecast plan_test",
    "posterior": "FLAT PSEUDO_CLICKS Beta DensityCurve pooled_prior posterior_density",
    "priors": "learned_strength",
    "ratio": "RateRatio",
    "report": "aftermath_dict analysis_dict group_dict verdict_dict",
    "conditions": "condition_dict parse_condition",
    "segments": "Segment check_segments",
    "simulate": "Crowd Population Shopper SimulatedDay SimulatedTest one_crowd simulate_test",
    "decisions": "Choices Decision Reason",
    "snapshot": "Snapshot",
    "spread": "Mixture Spread",
    "srm": "Health SampleRatio",
    "strata": "EffectiveArm effective_arms",
    "tables": "METRICS Metric",
    "tails": "learned_spread",
    "verdict": "Condition Verdict VerdictKind",
    "watched": "WatchedDay",
}
"""Which module each public name is of.

A name is imported when it is first asked for: the feed and its clients decide with a few light
modules, and must not wait half a second for numpy and scipy, which only the statistics need.
"""
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
