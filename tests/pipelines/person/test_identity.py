from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from pipelines import model_card
from pipelines.errors import ModelCorrupt
from pipelines.person import ANOTHER_PERSON, DlibFaceJudge, LitePersonFinder

Rgb = npt.NDArray[np.uint8]


def test_one_person_is_near_and_another_far(
    finder: LitePersonFinder, judge: DlibFaceJudge, astronaut: Rgb, hat: Rgb
) -> None:
    """Mirrored and half as bright it is still she; the woman under the hat is not."""
    dark = np.asarray(astronaut * 0.5, np.uint8)
    mirrored = np.ascontiguousarray(astronaut[:, ::-1])
    she, darker, turned, other = (
        (rgb, finder.faces(rgb)[0]) for rgb in (astronaut, dark, mirrored, hat)
    )
    assert judge.distance(she, she) == pytest.approx(0, abs=1e-6)
    assert judge.distance(she, darker) < ANOTHER_PERSON / 2
    assert judge.distance(she, turned) < ANOTHER_PERSON / 2
    assert judge.distance(she, other) > ANOTHER_PERSON


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "face-identity.dat"
    path.write_bytes(b"no network")
    with pytest.raises(ModelCorrupt):
        DlibFaceJudge(model_card("face-identity"), [path])
