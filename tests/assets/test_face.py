import subprocess
import sys

import assets


def test_every_public_name_exists_and_is_listed_once() -> None:
    assert len(assets.__all__) == len(set(assets.__all__))
    for name in assets.__all__:
        assert getattr(assets, name) is not None


def test_the_face_loads_no_database_library() -> None:
    script = "import assets, sys; print('sqlalchemy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
