"""`packshot presets`, and one's own presets in every command that takes --spec."""

import json
from pathlib import Path

from tests.studio.cli.test_designer_commands import home, packshot  # noqa: F401 - fixtures
from tests.studio.cli.test_white import cut_out  # noqa: F401 - a fixture
from tests.studio.commanding import Commands

OWN = '[corner-shop]\ntitle = "Corner shop"\nexact_size = [320, 400]\nformats = ["png"]\n'


def test_presets_are_listed_and_shown(packshot: Commands) -> None:  # noqa: F811
    listed = packshot("presets", "list", "--json").data
    assert {one["name"] for one in listed} >= {"amazon-main", "taobao-white"}
    assert "2200 x 2200 px" in packshot("presets", "list").out
    shown = packshot("presets", "show", "amazon-main").out
    for words in ("text, logo, watermark, border, props", "at least 0.85", "secondary"):
        assert words in shown
    assert "did you mean 'amazon-main'" in packshot("presets", "show", "amazon-mian").error


def test_ones_own_preset_is_made_checked_and_named(
    packshot: Commands,  # noqa: F811
    home: Path,  # noqa: F811
    cut_out: Path,  # noqa: F811
) -> None:
    (home / "presets.toml").write_text(OWN)
    ran = packshot("white", cut_out, "--out", "made", "--spec", "corner-shop", "--name", "{stem}-{spec}", "--no-gallery")  # fmt: skip
    assert ran.code == 0, ran.err
    made = Path("made/blue_cup-corner-shop.png")
    assert made.exists()
    report = json.loads(made.with_suffix(".report.json").read_text())
    assert any(check["name"] == "size" and check["outcome"] == "pass" for check in report["checks"])
    assert packshot("check", made, "--spec", "corner-shop").code == 0


def test_a_wrong_file_of_presets_is_one_line(packshot: Commands, tmp_path: Path) -> None:  # noqa: F811
    elsewhere = tmp_path / "rules.toml"
    elsewhere.write_text('[x]\nmax_bytes = "much"\n')
    packshot.set("PACKSHOT_PRESETS", str(elsewhere))
    said = packshot("presets", "list")
    assert said.code == 1
    assert said.error.startswith(
        "rules.toml, line 2: preset 'x': max_bytes: must be a whole number"
    )
