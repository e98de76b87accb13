from abtest import Counts, analyse
from abtest.health.simpson import pooling_findings, segment_findings
from abtest.strata import EffectiveArm


def arm(name: str, *, raw: int, fair: float) -> EffectiveArm:
    return EffectiveArm(
        variant=name,
        impressions=10_000,
        successes=raw,
        trials_effective=10_000,
        successes_effective=fair,
    )


def test_the_pooled_winner_is_named_beside_the_right_one(simpson: Counts) -> None:
    found = {finding.name: finding for finding in analyse(simpson).health.findings}
    assert found["simpson_periods"].severity == "warning"
    assert "Added up, a has the best rate" in found["simpson_periods"].text
    assert "same split, b does" in found["simpson_periods"].text


def test_a_difference_within_chance_is_only_a_remark() -> None:
    (found,) = pooling_findings((arm("a", raw=335, fair=298), arm("b", raw=300, fair=302)))
    assert (found.severity, found.value < found.limit) == ("info", True)
    assert pooling_findings((arm("a", raw=305, fair=298), arm("b", raw=300, fair=302))) == ()
    assert pooling_findings((arm("a", raw=300, fair=290), arm("b", raw=330, fair=340))) == ()


def test_where_lower_is_better_the_pooled_winner_is_the_other() -> None:
    fooled = (arm("a", raw=250, fair=310), arm("b", raw=330, fair=290))
    (found,) = pooling_findings(fooled, direction="lower")
    assert found.severity == "warning"
    assert "Added up, a has the best rate, by 32.0% over b" in found.text
    assert "same split, b does" in found.text
    (other,) = pooling_findings(fooled)
    assert "Added up, b has the best rate" in other.text
    assert pooling_findings((arm("a", raw=250, fair=240), fooled[1]), direction="lower") == ()


def test_segments_that_surely_prefer_another_arm() -> None:
    sure, unsure = {"a": 0.999, "b": 0.001}, {"a": 0.96, "b": 0.04}
    (found,) = segment_findings("b", {"phones": sure, "desks": {"a": 0.02, "b": 0.98}})
    assert "phones prefers a" in found.text
    assert segment_findings("b", {"phones": unsure, "desks": unsure}) == ()
    assert segment_findings("a", {"phones": sure}) == ()
