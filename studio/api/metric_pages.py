"""One `/metrics` page of several processes: a scrape reaches any of them, and is told of all.

Each process of a crew writes its own page to a folder, once a second, and adds the others' to what
it is asked for. Every number then bears the name of its process, so that a process that begins
anew at 0 is seen as that, and not as a counter that fell.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

_LOG = structlog.get_logger("studio.api")

WRITE_S: Final = 1.0
FORGET_S: Final = 30.0
"""The page of a process that wrote none for so long is left out: it is not there any more."""


class MetricPages:
    """The pages of a crew's processes.

    Parameters
    ----------
        folder : of the crew, on a local disk
        name   : of this process
    """

    def __init__(self, folder: Path, *, name: str) -> None:
        self._folder = folder
        self.name = name

    def of(self, tenant: str) -> MetricPages:
        """The pages of a tenant's numbers, in a folder of their own."""
        folder = self._folder / tenant
        folder.mkdir(exist_ok=True)
        return MetricPages(folder, name=self.name)

    def write(self, page: str) -> None:
        """Show this process's page to the others; a full disk is no fault of the server's."""
        with contextlib.suppress(OSError):
            part = self._folder / f"{self.name}.part"
            part.write_text(page)
            part.replace(self._folder / f"{self.name}.prom")

    def others(self) -> list[str]:
        """The pages of the other processes."""
        found = []
        for file in sorted(self._folder.glob("*.prom")):
            with contextlib.suppress(OSError):  # gone since
                if file.stem != self.name and time.time() - file.stat().st_mtime < FORGET_S:
                    found.append(file.read_text())
        return found


@contextmanager
def writing_pages(pages: MetricPages, page: Callable[[], str]) -> Iterator[None]:
    """Show this process's page again and again, for as long as the block lasts."""
    ended = threading.Event()

    def write() -> None:
        while not ended.wait(WRITE_S):
            try:
                pages.write(page())
            except Exception:  # noqa: BLE001 - outermost loop of a thread; the next turn may pass
                _LOG.exception("metrics_failed")

    thread = threading.Thread(target=write, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def merged(pages: Sequence[str]) -> str:
    r"""Several pages as one: the format wants all series of a name together.

    >>> one = '# TYPE a counter\na{p="1"} 1\n# TYPE b gauge\nb{p="1"} 2\n'
    >>> print(merged([one, '# TYPE a counter\na{p="2"} 3\n']), end="")
    # TYPE a counter
    a{p="1"} 1
    a{p="2"} 3
    # TYPE b gauge
    b{p="1"} 2
    """
    series: dict[str, list[str]] = {}
    for page in pages:
        heading = ""
        for line in page.splitlines():
            if line.startswith("# TYPE "):
                heading = line
                series.setdefault(heading, [])
            elif heading:
                series[heading].append(line)
    lines = [line for heading in sorted(series) for line in (heading, *series[heading])]
    return "\n".join(lines) + "\n"
