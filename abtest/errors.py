"""What can go wrong in the engine.

::

    AbtestError
    ├── InvalidCounts       numbers that no test can have produced
    ├── InvalidOptions      a setting outside its range
    ├── InvalidSegment      a segment rule that cannot be compiled
    ├── InvalidLog          decisions that no policy can have logged
    ├── SupportMissing      the log says nothing about the policy to be judged
    ├── DelayUnknown        too few conversions to know how late they come
    ├── InvalidPlan         a test description that the snapshot cannot serve
    ├── InvalidLayer        a layer or slice that cannot be
    ├── LayerFull           a layer has less left than a test wants
    └── TransitionRefused   an action that the test's state does not allow
"""


class AbtestError(Exception):
    """Base of all errors of this package."""


class InvalidCounts(AbtestError, ValueError):
    """The counts are impossible: clicks over impressions, an unknown variant, a negative number."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class InvalidOptions(AbtestError, ValueError):
    """A setting lies outside the range in which it has a meaning."""

    def __init__(self, field: str, value: object, why: str) -> None:
        super().__init__(f"{field} = {value!r}: {why}")
        self.field = field
        self.value = value
        self.why = why


class InvalidLog(AbtestError, ValueError):
    """Logged decisions are impossible: a propensity of 0, arrays of different lengths."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why


class SupportMissing(AbtestError):
    """The logged policy made too few of the choices of the policy to be judged, or none of some."""


class DelayUnknown(AbtestError):
    """Too little was seen to know how late conversions come; `why` says what is missing."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class InvalidSegment(AbtestError, ValueError):
    """A segment rule is malformed; `path` says where in the rule."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class InvalidPlan(AbtestError, ValueError):
    """A test as the feed would serve it contradicts itself; `test` names it."""

    def __init__(self, test: str, why: str) -> None:
        super().__init__(f"test {test!r}: {why}")
        self.test = test
        self.why = why


class InvalidLayer(AbtestError, ValueError):
    """A layer, or a test's slice of it, contradicts itself."""

    def __init__(self, layer: str, why: str) -> None:
        super().__init__(f"layer {layer!r}: {why}")
        self.layer = layer
        self.why = why


class LayerFull(AbtestError):
    """The tests that run in a layer leave less of it than a new one wants; shares in [0, 1]."""

    def __init__(self, layer: str, *, share: float, free: float) -> None:
        super().__init__(
            f"layer {layer!r}: {share:.2%} of its shoppers are wanted and {free:.2%} are free; "
            "end a test of the layer, or take a smaller share"
        )
        self.layer = layer
        self.share = share
        self.free = free


class TransitionRefused(AbtestError):
    """The test's state does not allow the action; `allowed` lists what it does allow."""

    def __init__(self, state: str, action: str, allowed: tuple[str, ...]) -> None:
        can = ", ".join(allowed) if allowed else "nothing more"
        super().__init__(f"cannot {action} a test that is {state}; from here it can: {can}")
        self.state = state
        self.action = action
        self.allowed = allowed
