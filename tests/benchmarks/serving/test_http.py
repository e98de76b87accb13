import json

from tests.benchmarks.serving import workload
from tests.benchmarks.serving.http import Measured, medians, table


def run(kind: str, items: int, cpu: float, *, failed: int = 0) -> Measured:
    return Measured(
        kind=kind,
        items=items,
        requests_per_s=cpu / 2,
        requests_per_cpu_s=cpu,
        p50_ms=1.0,
        p99_ms=2.0,
        failed=failed,
    )


def test_a_row_is_the_median_of_its_rounds_and_the_sum_of_its_failures() -> None:
    runs = [run("packshot", 30, cpu, failed=1) for cpu in (100.0, 900.0, 300.0)]
    (row,) = medians(runs)
    assert (row.requests_per_cpu_s, row.requests_per_s, row.failed) == (300.0, 150.0, 3)


def test_the_table_compares_with_the_empty_handler_and_the_ordinary_route() -> None:
    rows = [run("empty", 30, 1000), run("packshot", 30, 600, failed=2), run("route", 30, 100)]
    (line,) = [line for line in table(rows).splitlines() if "Packshot" in line]
    assert "2 failed" in line
    assert line.endswith("| 600 | 0.60 | 6.00 |")


def test_the_other_sdk_is_given_the_same_tests() -> None:
    served = workload.snapshot(version="1", built_at_s=0.0)
    other = workload.features()
    assert set(served.items) == set(other)
    assert len(other["item-7"]["rules"]) == workload.SEGMENTS + 1
    images = {variant.image for variant in served.plans_of("item-7")[0].variants}
    assert set(other["item-7"]["rules"][0]["variations"]) == images


def test_requests_ask_for_what_is_tested() -> None:
    asked = json.loads(workload.asked(999, 30))
    assert len(set(asked["items"])) == 30
    decisions = workload.snapshot(version="1", built_at_s=0.0).decide_all(
        asked["unit"], asked["attributes"], asked["items"]
    )
    assert {decision.reason for decision in decisions} == {"test"}
    assert len({decision.segment for decision in decisions}) == 1
