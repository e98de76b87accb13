"""The trees that the packages draw of their errors are the errors that they have."""

import ast
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

import abtest.errors
import assets.errors
import gpu.errors
import pipelines.errors
import studio.client.errors
import studio.services.archiving.errors
import studio.services.errors
import studio.streams.errors

TREES = [
    abtest.errors,
    assets.errors,
    gpu.errors,
    pipelines.errors,
    studio.client.errors,
    studio.services.archiving.errors,
    studio.services.errors,
    studio.streams.errors,
]


def drawn(module: ModuleType) -> dict[str, str]:
    """Each error of the drawing and the one that it hangs on; the root hangs on nothing."""
    found: dict[str, str] = {}
    above: list[str] = []
    margin = ""
    for line in (module.__doc__ or "").splitlines():
        root = None if above else re.fullmatch(r"( *)([A-Z]\w+)", line)
        branch = re.match(rf"{margin}((?:│   |    )*)[├└]── (\w+) ", line + " ")
        if root:
            margin, above = root[1], [root[2]]
            found[root[2]] = ""
        elif branch:
            depth = 1 + len(branch[1]) // 4
            found[branch[2]] = above[depth - 1]
            above = [*above[:depth], branch[2]]
    return found


def written(module: ModuleType) -> dict[str, str]:
    """The same of the classes themselves, by their first base."""
    kinds = {
        name: kind
        for name, kind in vars(module).items()
        if inspect.isclass(kind)
        and issubclass(kind, Exception)
        and (kind.__module__ + ".").startswith(module.__name__ + ".")
    }
    found = {name: kind.__bases__[0].__name__ for name, kind in kinds.items()}
    return {name: base if base in kinds else "" for name, base in found.items()}


@pytest.mark.parametrize("module", TREES, ids=lambda module: module.__name__)
def test_the_drawing_is_the_tree(module: ModuleType) -> None:
    assert len(written(module)) > 2
    assert drawn(module) == written(module)


@pytest.mark.parametrize("module", TREES, ids=lambda module: module.__name__)
def test_no_error_of_a_package_is_written_anywhere_else(module: ModuleType) -> None:
    home = Path(str(module.__file__))
    package = home.parent.parent if home.name == "__init__.py" else home.parent
    strays = [
        f"{path.relative_to(package)}: {node.name}"
        for path in package.rglob("*.py")
        if "errors" not in (path.stem, path.parent.name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in written(module) for base in node.bases)
    ]
    assert not strays
