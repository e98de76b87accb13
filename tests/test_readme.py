"""The README is true: its commands run, in its order, and give what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import WeightStore

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODELS = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()


def test_its_files_exist() -> None:
    named = re.findall(r"\]\(([^)]+)\)", README)
    assert named
    for path in named:
        assert (ROOT / path).is_file(), path


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^    make (\w+)", README, flags=re.MULTILINE):
        assert f"\n{target}:" in makefile


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_its_commands_run_in_its_order(tmp_path: Path) -> None:
    if not WeightStore(MODELS).has("u2netp"):
        pytest.skip("model u2netp is not here; run `packshot models pull u2netp`")
    blocks = re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 5
    shutil.copy(ROOT / "studio" / "samples" / "ceramic-mug" / "photo.webp", tmp_path)
    script = "set -euo pipefail\nset -m\n" + "\n".join(blocks) + "\nwait\n"
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PACKSHOT_HOME": str(tmp_path / "home"),
        "PACKSHOT_MODELS_DIR": str(MODELS),
    }
    ran = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True,
        timeout=560, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]
    for made in ("shots/photo.jpg", "shots/photo-raw-wood.jpg", "shots/photo-cutout.png",
                 "listing/photo.report.json", "batch/mug-main.jpg", "batch/mug-oak.jpg"):  # fmt: skip
        assert (tmp_path / made).stat().st_size > 1000 or made.endswith("json")
    assert '"image"' in ran.stdout
    assert "simulated" in ran.stdout.lower()
