"""Blender's module in an interpreter of its own: a crash or a hang there is one failed image."""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import ModelFileRefused, RendererMissing
from pipelines.rendered.model import Model
from pipelines.rendered.staging import Stand

_SCRIPT = Path(__file__).with_name("scene_script.py")
_TIMEOUT_S = 3600
SCRIPT_REVISION = 2
"""Raise it when the script would give another picture: kept renders are then made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modelled:
    """A model's render.

    Attributes
    ----------
    data
        OpenEXR with colour, alpha, object ids and the shadow pass, of the stand's frame.
    height_cm
        Of the model as it stands there; of the file's own where it fills a studio's frame.
    shrunk
        Whether it was made smaller than its file says, to fit the place.
    """

    data: bytes
    height_cm: float
    shrunk: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Blender:
    """An interpreter that has Blender's module.

    Attributes
    ----------
    samples
        Light paths a pixel, before denoising.
    """

    python: Path
    samples: int = 96

    def render(
        self, model: Model, stand: Stand, *, height_cm: float = 0.0, turn_deg: float | None = None
    ) -> Modelled:
        """Render a model with the camera and light of a template or of a studio, on nothing.

        Parameters
        ----------
        height_cm
            Height to give the model; 0 takes the file's own, made smaller where it does not fit.
        turn_deg
            How far to turn it to its left, seen from above; every angle but None has one size.

        Raises
        ------
        ModelFileRefused : Blender cannot read it, or fails on it
        RendererMissing : the interpreter has no Blender
        """
        with tempfile.TemporaryDirectory(prefix="packshot-render-") as folder:
            out = Path(folder) / "render.exr"
            order = {
                "model": str(model.path.resolve()),
                "out": str(out),
                "height_m": height_cm / 100,
                "turn_deg": turn_deg,
                "fit": stand.filled,
                "samples": self.samples,
                "stand": stand.to_json(),
            }
            told = self._run(order, name=model.path.name)
            return Modelled(
                data=out.read_bytes(),
                height_cm=float(told["height_m"]) * 100,
                shrunk=bool(told["shrunk"]),
            )

    def _run(self, order: dict[str, Any], *, name: str) -> dict[str, Any]:
        try:
            done = subprocess.run(  # noqa: S603 - the user's own interpreter, our script
                [str(self.python), "-I", str(_SCRIPT)],
                input=json.dumps(order),
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                env=_environment(),
                check=False,
            )
        except OSError as fault:
            raise RendererMissing(why=f"{self.python} cannot be run ({fault.strerror})") from fault
        except subprocess.TimeoutExpired as fault:
            fact = f"Blender was not done after {_TIMEOUT_S // 60} minutes"
            raise ModelFileRefused(name=name, fact=fact, fix="simplify the model") from fault
        answer = _answer(done.stdout)
        if answer.get("missing"):
            raise RendererMissing(why=f"{self.python} has no module bpy")
        if done.returncode or "height_m" not in answer:
            fact = str(answer.get("error") or _last_line(done.stderr) or "Blender failed on it")
            raise ModelFileRefused(name=name, fact=fact, fix="check the file in Blender")
        return answer


def find_blender(python: Path | None) -> Blender:
    """Return the interpreter that was named, or this one if it has Blender's module.

    Raises
    ------
    RendererMissing : says how to install it
    """
    if python is not None:
        return Blender(python=python)
    if importlib.util.find_spec("bpy") is None:
        raise RendererMissing(why="Blender's module is not installed")
    return Blender(python=Path(sys.executable))


def _answer(stdout: str) -> dict[str, Any]:
    """The script's last line that is JSON: Blender speaks on the same stream."""
    for line in reversed(stdout.splitlines()):
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            return found if isinstance(found, dict) else {}
    return {}


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def _environment() -> dict[str, str]:
    """No user scripts or add-ons: only what the module itself brings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("BLENDER_")}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}
