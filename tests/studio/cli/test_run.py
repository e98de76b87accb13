"""What is said of a batch that is stopped by hand."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from studio.bootstrap.shell import Shell
from studio.cli.run import Output, drain, run_wanted
from studio.cli.wanted import Wanted


def _stopped(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def _shell() -> Shell:
    """A shell whose user stops it as soon as there is anything to do."""
    images = SimpleNamespace(
        supplies=SimpleNamespace(refuse_missing_device=lambda: None),
        recipes=SimpleNamespace(missing_models=_stopped),
    )
    queue = SimpleNamespace(status=_stopped, rows=_stopped)
    return cast("Shell", SimpleNamespace(images=images, queue=queue))


def _wanted(folder: Path) -> list[Wanted]:
    return [Wanted(number=1, source=folder / "a.jpg", kind="white", params={}, stem="a")]


@pytest.mark.parametrize(
    "run",
    [
        lambda shell, output: drain(shell, "a-batch", output=output),
        lambda shell, output: run_wanted(
            shell, _wanted(output.folder), output=output, name="white"
        ),
    ],
    ids=["of a batch that is resumed", "of a new one"],
)
def test_who_stops_a_batch_hears_that_nothing_is_lost(
    run: Callable[[Shell, Output], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(_shell(), Output(folder=tmp_path / "out"))
    said = " ".join(capsys.readouterr().err.split())
    assert said == "error: stopped; what is finished is kept, the same command goes on from there"
