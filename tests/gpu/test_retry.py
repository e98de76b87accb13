import pytest

from gpu import GiveUp, Retry, RetryPolicy, TransientError


@pytest.mark.parametrize("error", [TransientError("busy"), ConnectionResetError(), TimeoutError()])
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    assert RetryPolicy().decide(error, attempts=1) == Retry(delay_s=1.0)


@pytest.mark.parametrize("error", [ValueError("bad image"), MemoryError(), FileNotFoundError()])
def test_what_fails_the_same_way_every_time_is_not(error: Exception) -> None:
    assert RetryPolicy().decide(error, attempts=1) == GiveUp(
        why="the same attempt would fail again"
    )


def test_delays_double_up_to_a_limit() -> None:
    policy = RetryPolicy(max_attempts=6, first_delay_s=2.0, max_delay_s=9.0)
    decisions = [policy.decide(TimeoutError(), attempts=attempts) for attempts in range(1, 7)]
    assert decisions == [
        Retry(delay_s=2.0),
        Retry(delay_s=4.0),
        Retry(delay_s=8.0),
        Retry(delay_s=9.0),
        Retry(delay_s=9.0),
        GiveUp(why="6 attempts failed"),
    ]


def test_impossible_policies_cannot_be() -> None:
    with pytest.raises(ValueError, match="at least one attempt"):
        RetryPolicy(max_attempts=0)
    with pytest.raises(ValueError, match="delays"):
        RetryPolicy(first_delay_s=10.0, max_delay_s=1.0)
