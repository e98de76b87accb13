import ast
import subprocess
import sys
import types
from pathlib import Path

import pytest

import abtest


def imported_for_type_checkers() -> set[str]:
    """What a type checker takes the package to hold."""
    tree = ast.parse(Path(abtest.__file__).read_text())
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_all_is_what_is_public() -> None:
    everything = {name: getattr(abtest, name) for name in abtest.__all__}
    assert not [name for name, value in everything.items() if isinstance(value, types.ModuleType)]
    assert imported_for_type_checkers() == set(abtest.__all__) == set(abtest._HOME_OF)
    assert set(abtest.__all__) <= set(dir(abtest))


def test_no_module_bears_the_name_of_a_public_thing() -> None:
    """Importing the module would put it in the place of the thing."""
    modules = {path.stem for path in Path(abtest.__file__).parent.iterdir()}
    assert not modules & set(abtest.__all__)


def test_an_unknown_name_is_missed() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyze'"):
        abtest.analyze  # noqa: B018


def test_deciding_loads_no_arithmetic_library() -> None:
    """A client that decides for itself has neither half a second nor 100 MB for them."""
    code = (
        "import sys, abtest.snapshot\n"
        "from abtest import Snapshot, Decision, Reason, TestPlan, Segment, Slice, carved\n"
        "print([name for name in ('numpy', 'scipy', 'msgspec') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_public_thing_is_documented() -> None:
    for name in abtest.__all__:
        value = getattr(abtest, name)
        if isinstance(value, type | types.FunctionType):
            assert value.__doc__, name


def test_errors_are_one_tree() -> None:
    for name in abtest.__all__:
        value = getattr(abtest, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, abtest.AbtestError)
