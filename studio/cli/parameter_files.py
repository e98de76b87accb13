"""Files that parameters name: taken in, so that recipes name them by digest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.spec import PARAMS, Kind, parameters
from studio.bootstrap.shell import Shell
from studio.cli.brands import taken_in_brand
from studio.cli.inputs import read_input


def taken_in(shell: Shell, kind: Kind, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with the digests of the files that they name.

    Raises
    ------
    InputMissing, assets.AssetError, and what taking in a brand's files raises
    """
    taken = taken_in_brand(shell, dict(params))
    for each in parameters(PARAMS[kind]):
        if each.meaning.names_asset and taken.get(each.name):
            files = each.meaning.values(taken[each.name])
            digests = [shell.images.add_source(read_input(Path(file))).digest for file in files]
            taken[each.name] = each.meaning.joined_by.join(digests)
    return taken
