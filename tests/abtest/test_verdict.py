from abtest import Condition, Verdict, VerdictKind


def test_what_is_missing_is_what_has_not_passed() -> None:
    met = Condition(name="a", value=1.0, limit=1.0, passed=True, text="A.")
    unmet = Condition(name="b", value=None, limit=1.0, passed=False, text="B.")
    verdict = Verdict(
        kind=VerdictKind.KEEP_RUNNING, variant=None, reasons=("B.",), conditions=(met, unmet)
    )
    assert verdict.missing == (unmet,)
    assert f"{verdict.kind}" == "keep_running"
