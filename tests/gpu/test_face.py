import subprocess
import sys

import gpu


def test_every_public_name_exists_and_is_listed_once() -> None:
    assert len(gpu.__all__) == len(set(gpu.__all__))
    for name in gpu.__all__:
        assert getattr(gpu, name) is not None


def test_the_face_loads_neither_a_database_library_nor_torch() -> None:
    script = "import gpu, sys; print({'sqlalchemy', 'torch'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
