import pytest

from abtest import Action, TestState, TransitionRefused, after, allowed


def test_the_whole_life() -> None:
    state = TestState.DRAFT
    for action in (Action.START, Action.ADVANCE, Action.STOP, Action.PROMOTE, Action.ROLLBACK):
        state = after(state, action)
    assert state is TestState.ROLLED_BACK
    assert allowed(state) == ()


def test_every_state_knows_its_actions_and_refuses_the_rest() -> None:
    for state in TestState:
        for action in Action:
            if action in allowed(state):
                assert after(state, action) in TestState
                continue
            with pytest.raises(TransitionRefused) as caught:
                after(state, action)
            assert (caught.value.state, caught.value.action) == (state, action)
            assert caught.value.allowed == allowed(state)


def test_a_promotion_of_one_segment_leaves_the_test_running() -> None:
    assert after(TestState.RUNNING, Action.PROMOTE_SEGMENT) is TestState.RUNNING
