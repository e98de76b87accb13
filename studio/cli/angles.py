"""Pictures that shall be alike in scale and baseline: measured together before any is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import assets
import pipelines
from pipelines.imaging.angles import Member
from studio.bootstrap.shell import Shell
from studio.cli.console import progress_bar, say
from studio.cli.parameter_files import taken_in
from studio.cli.rendered import source_of
from studio.cli.wanted import Wanted
from studio.services.angles import measured, set_params
from studio.services.errors import ServiceError

_FAULTS = (pipelines.PipelineError, assets.AssetError, ServiceError)
_FOLDER = Path("cache", "measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """A wanted picture's place in the list, and what its source measures."""

    row: int
    source: tuple[Path, float | None]
    name: str
    member: Member


def in_sets(shell: Shell, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Tell the pictures of each set of each other; what belongs to none is left as it is.

    A source that cannot be measured is left out of its set: its own row says why.
    """
    result = list(wanted)
    sets = _grouped(wanted)
    with progress_bar("measuring sets", sum(len(rows) for rows in sets.values())) as bar:
        for rows in sets.values():
            known = [one for row in rows if (one := _measure(shell, row, wanted[row]))]
            for _ in rows:
                bar.step()
            _tell_each_other(result, known)
    return result


def _grouped(wanted: Sequence[Wanted]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for row, one in enumerate(wanted):
        if one.set and not one.problem:
            groups.setdefault(one.set, []).append(row)
    return groups


def _measure(shell: Shell, row: int, one: Wanted) -> _Measured | None:
    try:
        found = source_of(
            shell, one.source, kind=one.kind, params=one.params, turn_deg=one.turn_deg
        )
        if found.params.get("rendered_for"):
            return None  # rendered at its place and in its size already
        source = shell.images.add_source(found.data).digest
        params = taken_in(shell, one.kind, found.params)
        kept = shell.settings.home_dir / _FOLDER
        member = measured(shell.images, source, params, name=one.source.name, kept=kept)
    except _FAULTS:
        return None
    return _Measured(row=row, source=(one.source, one.turn_deg), name=one.named, member=member)


def _tell_each_other(result: list[Wanted], known: Sequence[_Measured]) -> None:
    """Give the rows of one set their shared parameters, and say which pictures decided them."""
    if not known:
        return
    first = {one.source: one for one in reversed(known)}  # one source may make several pictures
    members = [one.member for one in first.values()]
    if len(members) < 2:
        say(f"{known[0].name} is alone in its set: made on its own")
        return
    fixed = all(result[one.row].turntable for one in known)
    told = dict(zip(first, set_params(members, fixed_camera=fixed), strict=True))
    for one in known:
        row = result[one.row]
        result[one.row] = replace(row, params={**row.params, **told[one.source]})
    widest = max(first.values(), key=lambda one: one.member.box.width_px / max(one.member.size_px))
    tallest = max(
        first.values(), key=lambda one: one.member.box.height_px / max(one.member.size_px)
    )
    say(
        f"set of {len(members)}: {widest.name} is the widest, {tallest.name} the tallest; "
        "they decide the scale of all"
    )
