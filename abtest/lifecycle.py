"""The states of a test, and what each allows.

::

    draft --start--> running --promote--> promoted --rollback--> rolled_back
                        |                    ^
                        +--stop--> stopped --+ promote

A promotion for one segment alone leaves the test running for the others. To advance a test is to
close its period: a running one moves traffic, a promoted one only counts its winner day by day.
"""

from __future__ import annotations

from enum import StrEnum

from abtest.errors import TransitionRefused


class TestState(StrEnum):
    """Where a test stands."""

    __test__ = False
    """Not a test case, whatever pytest makes of the name."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"


class Action(StrEnum):
    """What can be done to a test."""

    START = "start"
    STOP = "stop"
    PROMOTE = "promote"
    PROMOTE_SEGMENT = "promote_segment"
    ROLLBACK = "rollback"
    DROP_VARIANT = "drop_variant"
    ADVANCE = "advance"


_NEXT: dict[TestState, dict[Action, TestState]] = {
    TestState.DRAFT: {
        Action.START: TestState.RUNNING,
        Action.DROP_VARIANT: TestState.DRAFT,
    },
    TestState.RUNNING: {
        Action.STOP: TestState.STOPPED,
        Action.PROMOTE: TestState.PROMOTED,
        Action.PROMOTE_SEGMENT: TestState.RUNNING,
        Action.ROLLBACK: TestState.ROLLED_BACK,
        Action.DROP_VARIANT: TestState.RUNNING,
        Action.ADVANCE: TestState.RUNNING,
    },
    TestState.STOPPED: {Action.PROMOTE: TestState.PROMOTED},
    TestState.PROMOTED: {
        Action.ROLLBACK: TestState.ROLLED_BACK,
        Action.ADVANCE: TestState.PROMOTED,
    },
    TestState.ROLLED_BACK: {},
}


def after(state: TestState, action: Action) -> TestState:
    """The state that an action leads to.

    Raises
    ------
        TransitionRefused: the state does not allow it

    Examples
    --------
    >>> str(after(TestState.DRAFT, Action.START))
    'running'
    """
    following = _NEXT[state].get(action)
    if following is None:
        raise TransitionRefused(state, action, allowed(state))
    return following


def allowed(state: TestState) -> tuple[str, ...]:
    """The actions that a state allows."""
    return tuple(str(action) for action in _NEXT[state])
