"""What became of a test, in words: promoted, not yet, no difference, or not to be trusted."""

from dataclasses import dataclass
from typing import Literal, assert_never

from abtest import Condition, GroupAnalysis, HealthFinding, Verdict, VerdictKind
from abtest.told_numbers import evidence_words, sure_words
from abtest.verdict import GUARDRAIL
from studio.services.demo.story import ProductStory, PromotionStory
from studio.web.group_words import group_phrase, group_title
from studio.web.truth import judged_groups, standing_promotions
from studio.web.wording import counted, listed, percent, plain_number, signed_percent

Tone = Literal["won", "open", "same", "invalid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence on a group of shoppers, with the reasons for it.

    Attributes
    ----------
    expected
        What a promotion is worth, in words; empty without a promotion away from the default.
    """

    tone: Tone
    sentence: str
    reasons: tuple[str, ...] = ()
    expected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCell:
    """A condition of the gate for one group."""

    value: str
    limit: str
    passed: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Every condition beside the groups that it is asked of; `rows` is title to cells."""

    groups: tuple[str, ...]
    rows: tuple[tuple[str, tuple[GateCell, ...]], ...]


def statements(product: ProductStory) -> list[Statement]:
    """One statement for each group that is judged."""
    standing = standing_promotions(product)
    whole = standing.get(None)
    if whole is not None:
        return [_promoted(product, whole, product.analysis.overall)]
    return [
        _promoted(product, standing[segment], group)
        if segment in standing
        else _not_promoted(product, segment, group)
        for segment, group in judged_groups(product).items()
    ]


def short_status(product: ProductStory) -> Statement:
    """The whole test in a few words."""
    standing = standing_promotions(product)
    if not standing:
        first = statements(product)[0]
        words = {"open": "No winner yet", "same": "No difference worth having",
                 "invalid": "Traffic not sound", "won": "Winner found, not promoted"}  # fmt: skip
        return Statement(tone=first.tone, sentence=words[first.tone])
    winners = list(dict.fromkeys(variant_title(product, p.variant) for p in standing.values()))
    groups = judged_groups(product)
    days = sorted({promotion.day for promotion in standing.values()})
    when = f"{'day' if len(days) == 1 else 'days'} {listed([str(day) for day in days])}"
    if None in standing or len(standing) >= len(groups):
        what = "Winner" if len(winners) == 1 else f"{counted(len(winners), 'winner')}"
        return Statement(tone="won", sentence=f"{what}: {listed(winners)}, {when}")
    return Statement(
        tone="won",
        sentence=f"{listed(winners)}, {when}: {len(standing)} of {counted(len(groups), 'segment')}",
    )


def variant_title(product: ProductStory, name: str) -> str:
    """The title of a variant; its name where the story does not know it."""
    return next((one.title for one in product.variants if one.name == name), name)


def gate(product: ProductStory) -> Gate:
    """The conditions of each judged group, side by side."""
    groups = judged_groups(product)
    names = list(
        dict.fromkeys(c.name for group in groups.values() for c in group.verdict.conditions)
    )
    by_group = [
        {condition.name: condition for condition in group.verdict.conditions}
        for group in groups.values()
    ]
    rows = tuple(
        (_condition_title(name), tuple(_cell(found[name]) for found in by_group if name in found))
        for name in names
    )
    titles = tuple(group_title(segment, list(product.segments)) for segment in groups)
    return Gate(groups=titles, rows=rows)


def notes(product: ProductStory) -> list[HealthFinding]:
    """What should be known about the numbers, the gravest first."""
    return sorted(
        product.analysis.health.findings, key=lambda finding: _SEVERITIES.index(finding.severity)
    )


def _promoted(product: ProductStory, promotion: PromotionStory, group: GroupAnalysis) -> Statement:
    title = variant_title(product, promotion.variant)
    who = group_phrase(promotion.segment, list(product.segments))
    kept = promotion.variant == product.analysis.control
    verb = "was confirmed as the image" if kept else "was promoted"
    return Statement(
        tone="won",
        sentence=f"“{title}” {verb} for {who} on day {promotion.day}.",
        reasons=(promotion.reason,),
        expected=_expected(product, promotion.variant, group),
    )


def _expected(product: ProductStory, variant: str, group: GroupAnalysis) -> str:
    lift = next((one.lift for one in group.variants if one.variant == variant), None)
    if lift is None:
        return ""
    what = "clicks" if product.analysis.metric == "click_rate" else "conversions"
    low, high = (signed_percent(bound) for bound in lift.interval)
    return (
        f"Expect {signed_percent(lift.shrunken)} {what} against "
        f"“{variant_title(product, product.analysis.control)}”; "
        f"95% interval {low} to {high}."
    )


def _not_promoted(product: ProductStory, segment: str | None, group: GroupAnalysis) -> Statement:
    who = group_phrase(segment, list(product.segments))
    default = variant_title(product, product.analysis.control)
    verdict = group.verdict
    match verdict.kind:
        case VerdictKind.KEEP_RUNNING:
            return Statement(
                tone="open",
                sentence=f"Not promoted yet for {who}, because the gate is not met.",
                reasons=_open_reasons(verdict),
            )
        case VerdictKind.NO_DIFFERENCE:
            return Statement(
                tone="same",
                sentence=f"Nothing to promote for {who}: {_no_difference(verdict)} "
                f"“{default}” stays.",
                reasons=verdict.reasons,
            )
        case VerdictKind.INVALID:
            return Statement(
                tone="invalid",
                sentence=f"Not promoted for {who}, because the traffic cannot be trusted.",
                reasons=verdict.reasons,
            )
        case VerdictKind.PROMOTE:
            leader = variant_title(product, verdict.variant or group.leader)
            return Statement(
                tone="won",
                sentence=f"“{leader}” has met the gate for {who}, but was not promoted.",
                reasons=verdict.reasons,
            )
        case _:
            assert_never(verdict.kind)


def _no_difference(verdict: Verdict) -> str:
    if verdict.outlook is None:
        return "no image is better by enough to matter."
    return "none is likely to prove better by enough to matter."


def _open_reasons(verdict: Verdict) -> tuple[str, ...]:
    """What is missing, in numbers, and about how long it will take."""
    missing = tuple(
        f"{condition.text} Missing: {condition.missing}." if condition.missing else condition.text
        for condition in verdict.missing
    )
    ahead = () if verdict.outlook is None else (verdict.outlook.text,)
    return (*(missing or verdict.reasons), *ahead)


_SEVERITIES = ("invalid", "warning", "info")
_TITLES = {
    "sample_ratio": "Traffic split as planned (p‑value)",
    "sound_data": "Other findings that make the numbers wrong",
    "difference": "Evidence that the images differ at all (e‑value)",
    "min_days": "Full days",
    "min_impressions": "Impressions of the least shown image",
    "min_clicks": "Counted for the leader",
    "expected_loss": "Expected loss of choosing the leader, of its own rate",
    "evidence": "Evidence that no image is better by enough to matter (e‑value)",
}
_LIMITS = {"sample_ratio": "above", "sound_data": "at most", "expected_loss": "at most"}
# What is short of its limit must not read as if it reached it.
_TOLD = {"expected_loss": percent, "evidence": evidence_words, "difference": evidence_words}
_AT_LEAST = ("min_days", "min_impressions", "min_clicks", "evidence", "difference")


def _condition_title(name: str) -> str:
    words = name.replace("_", " ")
    return _TITLES.get(name, words[:1].upper() + words[1:])


def _cell(condition: Condition) -> GateCell:
    word = _LIMITS.get(condition.name, "at least" if condition.name in _AT_LEAST else "limit")
    show = _TOLD.get(condition.name, plain_number)
    if condition.name.startswith(GUARDRAIL):
        show = sure_words
    return GateCell(
        value="not measured" if condition.value is None else show(condition.value),
        limit=f"{word} {show(condition.limit)}",
        passed=condition.passed,
        text=condition.text,
    )
