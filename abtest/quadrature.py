"""Gauss-Legendre grids that resolve several Beta distributions at once.

All integrals run over y = logit(x). There a Beta density is p^a (1-p)^b: log-concave, smooth and
without the singularity that x^(a-1) has at 0, so that few nodes do for every a and b. Its
mode is log(a / b), and with d = y - mode and p0 = a / (a + b)

    log f(y) - log f(mode) = a d - (a + b) log1p(p0 expm1(d)),

a form that loses no digits at 1e9 impressions, where the usual one loses eight.

A cdf at the nodes is the integral of the density's interpolating polynomial (`_antiderivative`),
a product with a small matrix, ten times as fast as the incomplete beta function and as exact; and
of a mixture it costs no more than of one Beta. What money an impression earns is a ratio of Gamma
variates, that is exp(y) of a Beta that is shifted along y (see `abtest.value`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

NODES = 48
DROP = 46.0
"""Natural logarithm by which a density has fallen at the grid's ends: e^-46 is 1e-20."""
PANEL_SDS = 8.0
"""Widest panel, in standard deviations of the narrowest arm. Over 200 random sets each of 2 to 20
arms P(best) is off by 1e-13 at most, and expected loss by 2e-13, against panels of 2.5. The more
arms, the steeper the product of their cdfs: panels of 14 do for 4 arms, and leave 5e-8 for 20."""
PANEL_LOGITS = 7.0
"""Widest panel in units of logit(x), whose poles at +-i pi bound how far apart nodes may lie."""
_NEAR = 30.0
"""Logits from a mode, up to which expm1 serves."""
MAX_EVEN_PANELS = 28
GRADED_NODES = 24
_BENDS = np.array([-36.0, -16.0, -6.0, 0.0, 6.0, 16.0, 36.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Nodes in y = logit(x): `y` and their weights `dy`, each (rows, nodes).

    `panel_nodes` of them share a panel, in which functions are taken as polynomials.
    `low` is the lower end, (rows,).
    """

    y: Floats
    dy: Floats
    low: Floats
    panel_nodes: int

    @property
    def x(self) -> Floats:
        """The rate at each node."""
        return np.asarray(special.expit(self.y), dtype=np.float64)

    @property
    def dx(self) -> Floats:
        """Weights of an integral over the rate."""
        return np.asarray(
            self.dy * special.expit(self.y) * special.expit(-self.y), dtype=np.float64
        )

    @property
    def below(self) -> Floats:
        """The rate at the lower end, (rows,): what an integral from 0 has left out."""
        return np.asarray(special.expit(self.low), dtype=np.float64)


def log_reach(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """How far, left and right of its mode, logit(x) of Beta(a, b) keeps any density, 0 or more."""
    # From the mode to the left the logarithm falls at least as fast as for b -> infinity,
    # a (d - expm1(d)); swapping a and b mirrors the axis.
    return _reach(a, b), _reach(b, a)


def _reach(a: Floats, b: Floats) -> Floats:
    # Newton on the fall of the logarithm, a d + (a + b) log(q0 + p0 e^-d) = DROP, comes down
    # monotonely from beyond the root, because the fall is convex in d.
    p0, q0 = a / (a + b), b / (a + b)
    reach = 2.0 * DROP / a + np.sqrt(2.0 * DROP / (a * q0)) + np.log1p(a / b)
    for _ in range(60):
        left = p0 * np.exp(-reach)
        # Three ways to say the same: where one parameter is 1e16 and more, the first loses all
        # digits, the second keeps them for a below b and the third for a above b.
        near = np.minimum(reach, _NEAR)
        few = a * reach + (a + b) * np.log1p(np.minimum(p0, 0.5) * np.expm1(-reach))
        many = (a + b) * np.log1p(q0 * np.expm1(near)) - b * reach
        far = a * reach + (a + b) * np.log(q0 + left)
        fall = np.where(a <= b, few, np.where(reach < _NEAR, many, far))
        slope = (a * q0 - b * left) / (q0 + left)
        step = (fall - DROP) / slope
        reach = reach - step
        if np.all(np.abs(step) < 1e-3 * reach):
            break
    return reach


def grid_for(a: Floats, b: Floats, *, shift: Floats | float = 0.0) -> Grid:
    """A grid for each row that resolves the density and the cdf of all the row's arms.

    Parameters
    ----------
        a, b  : float64 (rows, arms), above 0
        shift : by which each lies further up in y
    """
    span = _Span.of(a, b, shift=shift)
    return span.grid(int(span.panels.max()))


def grids_for(
    a: Floats, b: Floats, *, shift: Floats | float = 0.0
) -> list[tuple[NDArray[np.intp], Grid]]:
    """Like `grid_for`, rows that need as many panels together: the rows of each, and their grid.

    All shoppers together need more panels than each of fifty segments, who would pay for them.
    """
    span = _Span.of(a, b, shift=shift)
    found = []
    for panels in np.unique(span.panels):
        rows = np.flatnonzero(span.panels == panels)
        found.append((rows, span.only(rows).grid(int(panels))))
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Span:
    """Where the densities of rows lie: `mode`, `left` and `right` are (rows, arms).

    `panels` are those that each row needs, (rows,).
    """

    mode: Floats
    left: Floats
    right: Floats
    panels: NDArray[np.intp]

    @classmethod
    def of(cls, a: Floats, b: Floats, *, shift: Floats | float) -> _Span:
        mode = np.log(a) - np.log(b) + shift
        left, right = log_reach(a, b)
        # An arm is never smoother than its curvature at the mode, 1 / sd^2 = a b / (a + b).
        sd = np.sqrt(1.0 / a + 1.0 / b)
        length = (mode + right).max(axis=1) - (mode - left).min(axis=1)
        widest = np.minimum(PANEL_SDS * sd.min(axis=1), PANEL_LOGITS)
        # Arms that need more are given graded panels, however many more.
        needed = np.clip(np.ceil(length / widest), 1, MAX_EVEN_PANELS + 1)
        return cls(mode=mode, left=left, right=right, panels=needed.astype(np.intp))

    def only(self, rows: NDArray[np.intp]) -> _Span:
        """Some of the rows."""
        return _Span(
            mode=self.mode[rows],
            left=self.left[rows],
            right=self.right[rows],
            panels=self.panels[rows],
        )

    def grid(self, panels: int) -> Grid:
        """A grid of so many panels in each row."""
        if panels > MAX_EVEN_PANELS:
            return _grid(_graded_edges(self.mode, self.left, self.right), GRADED_NODES)
        low, high = (self.mode - self.left).min(axis=1), (self.mode + self.right).max(axis=1)
        edges = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, panels + 1)
        return _grid(edges, NODES)


def _graded_edges(mode: Floats, left: Floats, right: Floats) -> Floats:
    """Edges that follow every arm's own scale, for arms whose scales differ by far."""
    steps = np.array([-1.0, -0.7, -0.45, -0.25, -0.1, 0.0, 0.1, 0.25, 0.45, 0.7, 1.0])
    reach = np.where(steps < 0, left[:, :, None], right[:, :, None])
    edges = (mode[:, :, None] + steps * reach).reshape(len(mode), -1)
    # Where x itself bends, between 0 and 1, integrals over x need nodes whatever the arms do.
    bends = np.clip(_BENDS, edges.min(axis=1)[:, None], edges.max(axis=1)[:, None])
    return np.sort(np.concatenate([edges, bends], axis=1), axis=1)


def _grid(edges: Floats, nodes: int) -> Grid:
    points, weights = _legendre(nodes)
    half = np.diff(edges, axis=1)[:, :, None] / 2.0
    y = (edges[:, :-1, None] + half + half * points).reshape(len(edges), -1)
    dy = (half * weights).reshape(len(edges), -1)
    return Grid(y=y, dy=dy, low=edges[:, 0], panel_nodes=nodes)


@lru_cache(maxsize=8)
def _legendre(nodes: int) -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return points, weights


@lru_cache(maxsize=8)
def _antiderivative(nodes: int) -> Floats:
    """Masses of a panel's nodes to the integral up to each node, (nodes, nodes).

    The density is its Legendre series, whose terms integrate to (P_m+1 - P_m-1) / (2 m + 1).
    """
    points, _ = _legendre(nodes)
    terms = np.polynomial.legendre.legvander(points, nodes)
    integrals = np.empty((nodes, nodes))
    integrals[:, 0] = points + 1.0
    order = np.arange(1, nodes)
    integrals[:, 1:] = (terms[:, 2:] - terms[:, :-2]) / (2 * order + 1)
    series = terms[:, :nodes] * (2 * np.arange(nodes) + 1) / 2.0
    return np.asarray(series @ integrals.T, dtype=np.float64)


def masses(grid: Grid, a: Floats, b: Floats, *, shift: Floats | float = 0.0) -> Floats:
    """Probability of each node: density of logit(x) times its weight, (rows, arms, nodes).

    Normalised on the grid itself, which cancels the constant and its rounding.
    """
    mode = np.log(a) - np.log(b) + shift
    # Beta(a, b) at y is Beta(b, a) at -y; the side with the smaller mean keeps all digits.
    few, many = np.minimum(a, b)[:, :, None], np.maximum(a, b)[:, :, None]
    d = (grid.y[:, None, :] - mode[:, :, None]) * np.where(a <= b, 1.0, -1.0)[:, :, None]
    # Far out expm1 overflows for tiny parameters; the density is zero long before.
    np.minimum(d, 700.0, out=d)
    logs = np.expm1(d)
    logs *= few / (few + many)
    np.log1p(logs, out=logs)
    logs *= -(few + many)
    d *= few
    logs += d
    mass = np.exp(logs, out=logs)
    mass *= grid.dy[:, None, :]
    mass /= mass.sum(axis=2, keepdims=True)
    return np.asarray(mass, dtype=np.float64)


def cdfs(grid: Grid, mass: Floats) -> Floats:
    """P(X <= x) at each node from the masses of the nodes, (rows, arms, nodes)."""
    panels = mass.reshape(*mass.shape[:2], -1, grid.panel_nodes)
    within = panels @ _antiderivative(grid.panel_nodes)
    if panels.shape[2] > 1:
        whole = panels.sum(axis=3)
        within += (np.cumsum(whole, axis=2) - whole)[..., None]
    return np.clip(within.reshape(mass.shape), 0.0, 1.0)
