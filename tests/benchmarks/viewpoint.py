"""How often the viewpoint of a photo is told rightly: from the side, or from above and laid flat.

    python -m tests.benchmarks.viewpoint FOLDER [FOLDER ...] [--samples]

A folder holds photos; those in it were shot from above unless their name begins with one of
``--side``. With ``--samples``, the bundled samples count too, which were shot from the side. Cut out
with the embedded model. Prints each answer, and the shares right of all and of the sure ones.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from pipelines import WeightStore, decode, load_matter, model_card
from pipelines.errors import ImageRefused
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.viewpoint import Viewpoint, viewpoint_of
from pipelines.matting.consensus import look
from pipelines.matting.edge import free_edges

SAMPLES = Path(__file__).parents[2] / "studio" / "samples"


def main() -> None:
    """Measure and print."""
    asked = _asked()
    answers: list[tuple[bool, Viewpoint]] = []
    for name, truth, found in _found(asked):
        answers.append((found.side == truth, found))
        mark = "" if found.side == truth else "  WRONG"
        print(f"{name:32} {found.side:6} {found.confidence:.2f} {found.why}{mark}")
    sure = [right for right, found in answers if found.sure]
    rights = [right for right, _ in answers]
    print(f"right: {sum(rights)} of {len(rights)}; sure and right: {sum(sure)} of {len(sure)}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument(
        "--side", nargs="*", default=[], help="beginnings of names shot from the side"
    )
    parser.add_argument("--skip", nargs="*", default=[], help="beginnings of names to leave out")
    parser.add_argument("--samples", action="store_true")
    return parser.parse_args()


def _found(asked: argparse.Namespace) -> Iterator[tuple[str, str, Viewpoint]]:
    if asked.samples:
        for folder in sorted(one for one in SAMPLES.iterdir() if one.is_dir()):
            cutout = decode((folder / "cutout.webp").read_bytes(), name=folder.name)
            photo = decode((folder / "photo.webp").read_bytes(), name=folder.name)
            if cutout.alpha is not None:
                alone = Cutout(rgb=cutout.rgb, alpha=cutout.alpha)
                yield folder.name, "side", viewpoint_of(alone, photo.rgb)
    store = WeightStore(
        Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
    )
    for path in sorted(path for folder in asked.folders for path in folder.iterdir()):
        if path.name.startswith(tuple(asked.skip)):
            continue
        try:
            source = decode(path.read_bytes(), name=path.name)
        except ImageRefused:
            continue
        matter = load_matter(model_card("u2netp"), store.path("u2netp"))
        consensus = look(source.rgb, [matter])
        if consensus is not None:
            truth = "side" if path.name.startswith(tuple(asked.side)) else "above"
            yield path.name, truth, viewpoint_of(free_edges(source.rgb, consensus), source.rgb)


if __name__ == "__main__":
    main()
