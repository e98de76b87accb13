"""The hidden truth as a page shows it: judged in sentences, drawn, and in numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studio.services.demo.story import ProductStory
from studio.web.distributions import Row, beliefs_and_truth, common_span
from studio.web.group_words import group_phrase, group_title
from studio.web.svg import Chart
from studio.web.truth import Truth
from studio.web.verdicts import variant_title
from studio.web.wording import interval, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class TruthTable:
    """Hidden rates of a group beside the found ones: title, hidden, believed, interval."""

    title: str
    rows: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether what shoppers get now is truly best; None where nothing was promoted."""

    right: bool | None
    sentence: str


def truth_charts(
    product: ProductStory, told: Sequence[Truth], colours: Mapping[str, str]
) -> tuple[Chart, ...]:
    """What was believed of each image and what was true, a drawing for each group."""
    if not told:
        return ()
    bounds = [bound for t in told for v in t.found.variants for bound in v.credible_interval]
    span = common_span([], [*bounds, *(rate for t in told for rate in t.rates.values())])
    charts = []
    for truth in told:
        rows = [
            Row(title=variant_title(product, v.variant), colour=colours[v.variant],
                posterior=v.posterior, interval=v.credible_interval,
                truth=truth.rates.get(v.variant), strong=v.variant == truth.best,
                note=f"truly {percent(truth.rates[v.variant])}" if v.variant in truth.rates else "")
            for v in truth.found.variants
        ]  # fmt: skip
        title = group_title(truth.segment, list(product.segments))
        spoken = ", ".join(f"{row.title} {row.note}" for row in rows)
        label = f"Simulated hidden click rates beside the found ones, {title.lower()}: {spoken}"
        charts.append(
            Chart(title=title, note="", svg=beliefs_and_truth(rows, span=span, label=label))
        )
    return tuple(charts)


def truth_table(product: ProductStory, truth: Truth) -> TruthTable:
    """The numbers of one group's drawing."""
    return TruthTable(
        title=group_title(truth.segment, list(product.segments)),
        rows=tuple(
            (
                variant_title(product, v.variant),
                percent(truth.rates[v.variant]) if v.variant in truth.rates else "",
                percent(v.mean),
                interval(v.credible_interval),
            )
            for v in truth.found.variants
        ),
    )


def judgements(product: ProductStory, told: Sequence[Truth]) -> tuple[Judgement, ...]:
    """A sentence for each group, or one where the same image is right for all of them."""
    if told and all(truth.all_alike for truth in told):
        sentence = "To these shoppers all images are truly alike: there was nothing to find"
        return (Judgement(right=None, sentence=f"{sentence}{_nothing_lost(told)}."),)
    promoted = {truth.promoted for truth in told}
    right = all(truth.promoted is not None and truth.is_best(truth.promoted) for truth in told)
    if len(told) > 1 and len(promoted) == 1 and right:
        title = variant_title(product, told[0].shown)
        sentence = f"Yes. The promoted “{title}” is truly the best, overall and in each segment."
        return (Judgement(right=True, sentence=sentence),)
    return tuple(_judgement(product, truth) for truth in told)


def _nothing_lost(told: Sequence[Truth]) -> str:
    promoted = any(truth.promoted is not None for truth in told)
    return ", and the promotion costs nothing" if promoted else ""


def _judgement(product: ProductStory, truth: Truth) -> Judgement:
    best = f"“{variant_title(product, truth.best)}”"
    shown = f"“{variant_title(product, truth.shown)}”"
    who = group_phrase(truth.segment, list(product.segments))
    what = "clicks" if product.analysis.metric == "click_rate" else "conversions"
    fewer = f"{truth.loss(truth.shown):.1%} fewer {what}"
    if truth.all_alike:
        sentence = f"To {who} all images are truly alike: there was nothing to find"
        return Judgement(right=None, sentence=f"{sentence}{_nothing_lost([truth])}.")
    if truth.promoted is None:
        if truth.is_best(truth.shown):
            sentence = f"Nothing was promoted for {who}, and the default {shown} is truly the best."
            return Judgement(right=None, sentence=sentence)
        return Judgement(
            right=None,
            sentence=f"Nothing was promoted for {who}. Truly best is {best} "
            f"({percent(truth.rates[truth.best])}); the default {shown} "
            f"({percent(truth.rates[truth.shown])}) draws {fewer}.",
        )
    if truth.is_best(truth.promoted):
        sentence = f"For {who}, the promoted {shown} is truly the best."
        return Judgement(right=True, sentence=sentence)
    return Judgement(
        right=False,
        sentence=f"For {who}, the promoted {shown} is not the best. {best} is: "
        f"{percent(truth.rates[truth.best])} against {percent(truth.rates[truth.shown])}, "
        f"so they see an image that draws {fewer} than the best.",
    )
