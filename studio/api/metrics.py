"""Counters for operators, in the text format that Prometheus scrapes."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

Labels = tuple[tuple[str, str], ...]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


class Metrics:
    """Counters, by name and labels, and gauges by name. Safe to call from several threads.

    Parameters
    ----------
        tenant : whose numbers these are, which each of them bears; empty: the installation's own
    """

    def __init__(self, *, tenant: str = "") -> None:
        self._values: dict[str, dict[Labels, float]] = defaultdict(lambda: defaultdict(float))
        self._gauges: dict[str, float] = {}
        self._lock = threading.Lock()
        self._drawing = threading.Lock()
        self._sources: list[Callable[[], None]] = []
        self._common: Labels = (("tenant", tenant),) if tenant else ()

    def name_process(self, process: str) -> None:
        """Let every number that is rendered bear the name of its process."""
        self._common = (("process", process), *self._common)

    def draw_from(self, source: Callable[[], None]) -> None:
        """Have this called before counters are read, to `add` what it held back until then.

        For paths so quick that a counter's lock would be a good part of their time.
        """
        self._sources.append(source)

    def add(self, name: str, amount: float = 1.0, **labels: str) -> None:
        """Let a counter grow.

        >>> metrics = Metrics()
        >>> metrics.add("packshot_decisions_total", 30, reason="test")
        >>> metrics.get("packshot_decisions_total", reason="test")
        30.0
        """
        key = tuple(sorted(labels.items()))
        with self._lock:
            self._values[name][key] += amount

    def show(self, name: str, value: float) -> None:
        """Let a gauge stand at a value until it is shown another."""
        with self._lock:
            self._gauges[name] = value

    def get(self, name: str, **labels: str) -> float:
        """Where a counter stands; 0 where it never grew."""
        self._draw()
        with self._lock:
            return self._values.get(name, {}).get(tuple(sorted(labels.items())), 0.0)

    def render(
        self,
        *,
        extra: Mapping[str, tuple[str, Mapping[str, int]]] | None = None,
        gauges: Mapping[str, float] | None = None,
    ) -> str:
        """All counters and gauges as text.

        Parameters
        ----------
            extra  : counters that others keep: name to (label, its values)
            gauges : numbers of the moment, by name, beside those shown
        """
        self._draw()
        with self._lock:
            values = {name: dict(series) for name, series in self._values.items()}
            standing = {**self._gauges, **(gauges or {})}
        for name, (label, series) in (extra or {}).items():
            values[name] = {((label, key),): float(count) for key, count in series.items()}
        lines: list[str] = []
        for name in sorted(values):
            lines.append(f"# TYPE {name} counter")
            lines += [
                f"{name}{_braced((*labels, *self._common))} {value:.10g}"
                for labels, value in sorted(values[name].items())
            ]
        for name, value in sorted(standing.items()):
            lines += [f"# TYPE {name} gauge", f"{name}{_braced(self._common)} {value:.10g}"]
        return "\n".join(lines) + "\n"

    def _draw(self) -> None:
        with self._drawing:
            for source in self._sources:
                source()


def _braced(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{key}="{value.translate(_ESCAPES)}"' for key, value in labels) + "}"
