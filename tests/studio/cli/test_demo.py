"""The demonstration runs the real loop; here on one product and fewer shoppers."""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import studio.cli.demo as module
from pipelines import WeightStore
from studio.services.demo.samples import load_samples
from tests.studio.commanding import Commands

MODELS = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()


@pytest.fixture
def packshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Commands]:
    if not WeightStore(MODELS).has("u2netp"):
        pytest.skip("model u2netp is not here; run `packshot models pull u2netp`")
    (tmp_path / "own").mkdir()
    commands = Commands(tmp_path / "own", monkeypatch, capsys)
    commands.set("PACKSHOT_MODELS_DIR", str(MODELS))
    monkeypatch.chdir(tmp_path)
    first = load_samples()[0]
    small = dataclasses.replace(
        first, visits_per_day=1200, taste=0.3, templates=first.templates[:2], glass=True
    )
    monkeypatch.setattr(module, "load_samples", lambda: [small])
    monkeypatch.setattr(module, "_FAST_DAYS", 9)
    yield commands
    commands.forget()


@pytest.mark.slow
def test_it_ends_with_a_report_and_says_where_it_lies(packshot: Commands, tmp_path: Path) -> None:
    ran = packshot("demo", "--fast", "--out", "shown")
    assert ran.code == 0, ran.err
    page = tmp_path / "shown" / "index.html"
    assert str(page) in ran.out
    assert "3 images, 3 passed all checks" in ran.out
    text = page.read_text(encoding="utf-8")
    assert "simulated" in text
    assert text.count("data:image/webp;base64") >= 4
    images = {path.name for path in (tmp_path / "shown" / "images").iterdir()}
    assert {"amber-bottle-white.jpg", "amber-bottle-white.report.json"} <= images
    seen_through = {
        path.name.removesuffix(".report.json").removeprefix("amber-bottle-")
        for path in (tmp_path / "shown" / "images").glob("*.report.json")
        if "clear glass" in path.read_text(encoding="utf-8")
    }
    assert seen_through == {"light-luxury-marble", "bathroom"}, "scenes alone shine through glass"
    assert not (tmp_path / "own" / "packshot.sqlite").exists(), "simulated tests stay apart"
    again = packshot("demo", "--fast", "--out", "shown")
    assert again.code == 0, again.err
    assert "by an earlier run" in page.read_text(encoding="utf-8")


def test_every_sample_names_scenes_that_exist() -> None:
    from pipelines import TemplateLibrary

    known = set(TemplateLibrary().names())
    samples = load_samples()
    assert len(samples) >= 6
    for sample in samples:
        assert len(sample.templates) >= 2
        assert set(sample.templates) <= known
        assert sample.photo.is_file()
        assert sample.cutout.is_file()
