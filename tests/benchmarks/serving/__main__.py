"""Serving, measured: decisions in process, over HTTP, and events.

    python -m tests.benchmarks.serving PART [options]

Each part is a module of this package with a `main(argv) -> exit code` and its own `--help`.
"""

import importlib
import sys
from pathlib import Path

_OTHERS = {"__main__", "served", "workload"}


def parts() -> list[str]:
    """The parts that there are."""
    names = {file.stem for file in Path(__file__).parent.glob("*.py")} - _OTHERS
    return sorted(name for name in names if not name.startswith(("_", "test_")))


def main(argv: list[str]) -> int:
    """Run the part that is named first."""
    if not argv or argv[0] not in parts():
        print(__doc__)
        print(f"Parts: {', '.join(parts())}")
        return 0 if argv in (["-h"], ["--help"]) else 2
    module = importlib.import_module(f"tests.benchmarks.serving.{argv[0]}")
    return int(module.main(argv[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
