import json

from abtest import Row, analyse, analysis_dict, counts_from_rows, group_dict, verdict_dict


def test_the_parts_are_the_whole() -> None:
    rows = [
        Row(segment=segment, variant=name, period="1", impressions=1000, clicks=clicks)
        for segment in ("phone", "desk")
        for name, clicks in (("a", 20), ("b", 30))
    ]
    analysis = analyse(counts_from_rows(rows))
    data = json.loads(json.dumps(analysis_dict(analysis), allow_nan=False))
    assert set(data) == {
        "control", "metric", "overall", "segment_spread", "order_value", "order_spread", "segments",
        "health", "verdict", "direction",
    }  # fmt: skip
    assert data["overall"] == group_dict(analysis.overall)
    assert data["segments"] == {name: group_dict(g) for name, g in analysis.segments.items()}
    assert data["verdict"] == verdict_dict(analysis.verdict) == data["overall"]["verdict"]
    control, other = data["overall"]["variants"]
    assert control["raw_lift"] is None
    assert other["raw_lift"] > other["shrunken_lift"] > 0
    assert data["health"]["sample_ratio"]["period"] == "all periods"
