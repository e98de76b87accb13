"""The painting models as a list for people: what each can do and needs, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from gpu.devices.torch import Device
from pipelines.errors import PipelineError, ProfileInvalid
from pipelines.generate import Profile
from pipelines.generate.checkpoint_folder import recorded_commits
from pipelines.generate.speed import LOSSY, Offload
from studio.services.generators import Generators
from studio.services.measurements import Measurement
from studio.services.model_needs import Needs

_NO_CARD: Final = "no card"
"""A device on which nothing was ever measured."""
_GB_FROM: Final = 100_000_000
_CAN: Final = {
    "scenes": {"inpaint", "edit"},
    "edits": {"edit"},
    "reference pictures": {"references"},
    "control maps": {"control"},
}
"""What a person chooses a model by, and the abilities of which one is enough."""
_IN_MAIN_MEMORY: Final[Mapping[Offload, str]] = {
    "nothing": "",
    "readers": ", text encoders in main memory while it paints",
    "turns": ", text encoders and the rest in turns",
}
"""Ways to lie on a card, the fastest first, as `fit_of` tells them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """A model and how it stands on this machine.

    Attributes
    ----------
    can
        What it is for, in words.
    size_bytes
        What the weights hold; 0 where it is not known.
    licences
        Its own, and those of its parts that have another.
    fetched
        Commit by repository of what was fetched.
    measured
        What it took when it was last tried, on this GPU, or on the processor where there is none;
        None where it never was. On a processor numbers are twice as long: it tells of no GPU.
    needs_bytes
        For one picture, by what is not on the GPU all the time; empty where the profile does not
        know.
    here
        "yes", or what is lacking.
    pull
        The command that brings it; "" where it is here, or lies in a folder of the user's.
    fits
        Whether the GPU can run it; None without one, or where its needs are unknown.
    fit
        The same as a sentence.
    lossy
        Ways to run faster that change its pictures, for who allows them.
    """

    profile: Profile
    licences: tuple[str, ...]
    fetched: Mapping[str, str]
    measured: Measurement | None
    can: tuple[str, ...]
    size_bytes: int
    needs_bytes: Mapping[Offload, int]
    here: str
    pull: str
    fits: bool | None
    fit: str
    lossy: tuple[str, ...]


def painters(
    generators: Generators,
    *,
    card: Device | None,
    budget_bytes: int | None,
    broken: Callable[[ProfileInvalid], None] | None = None,
) -> list[Painter]:
    """Every profile, in the order of their names.

    Parameters
    ----------
    card
        The GPU that would run them.
    budget_bytes
        What they may take of its memory, or of one that is planned for.
    broken
        Is told of each file that describes no model.
    """
    return [
        _painter(generators, profile, card=card, budget_bytes=budget_bytes)
        for profile in generators.profiles.all(broken=broken).values()
    ]


def fit_of(needs: Needs, *, budget_bytes: int | None) -> tuple[bool | None, str]:
    """Whether a model fits a GPU, and how a person would say it.

    Parameters
    ----------
    budget_bytes
        What it may take; None without a GPU, and without a budget that stands for one.

    >>> needs = Needs(whole_bytes=7 * 10**9, reading_bytes=2 * 10**9, picture_bytes=4 * 10**9)
    >>> fit_of(needs, budget_bytes=None)
    (None, 'no GPU here: needs 9.0 GB')
    >>> fit_of(needs, budget_bytes=10 * 10**9)
    (True, 'yes: 9.0 GB of 10.0 GB, text encoders in main memory while it paints')
    """
    if not needs.whole_bytes:
        return None, "not known"
    least = min(needs.least_bytes(one) for one in _IN_MAIN_MEMORY)
    if budget_bytes is None:
        return None, f"no GPU here: needs {readable(least)}"
    for offload, told in _IN_MAIN_MEMORY.items():
        needed = needs.least_bytes(offload)
        if needed <= budget_bytes:
            return True, f"yes: {readable(needed)} of {readable(budget_bytes)}{told}"
    return False, f"no: needs {readable(least)}, has {readable(budget_bytes)}"


def readable(count: int) -> str:
    """Bytes for people.

    >>> readable(6_937_704_534), readable(12_300_000)
    ('6.9 GB', '12.3 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= _GB_FROM else f"{count / 1e6:.1f} MB"


def _painter(
    generators: Generators, profile: Profile, *, card: Device | None, budget_bytes: int | None
) -> Painter:
    here, pull = _standing(generators, profile)
    kept, device = generators.measurements, card.name if card else "cpu"
    measured = None if kept is None or here != "yes" else kept.newest(profile.name, device=device)
    needs = _needs(generators, profile, card, here=here == "yes")
    fits, fit = fit_of(needs, budget_bytes=budget_bytes)
    return Painter(
        profile=profile,
        licences=tuple(
            dict.fromkeys([profile.licence, *(one.licence for one in profile.parts if one.licence)])
        ),
        fetched=recorded_commits(generators.checkpoints.path(profile)),
        measured=measured,
        can=tuple(words for words, enough in _CAN.items() if enough & profile.abilities),
        size_bytes=needs.whole_bytes,
        needs_bytes={one: needs.least_bytes(one) for one in _IN_MAIN_MEMORY}
        if needs.whole_bytes
        else {},
        here=here,
        pull=pull,
        fits=fits,
        fit=fit,
        lossy=tuple(sorted(profile.speed & LOSSY)),
    )


def _standing(generators: Generators, profile: Profile) -> tuple[str, str]:
    """Whether the checkpoint is here, and the command that brings it."""
    store = generators.checkpoints
    lacking = store.lacks(profile)
    if not lacking:
        return "yes", ""
    if profile.folder is not None or not profile.repo:
        return f"no: {lacking}", ""
    command = f"packshot models pull {profile.name}"
    if not store.path(profile).is_dir():
        return "no", command
    return f"not whole: {lacking}", command


def _needs(generators: Generators, profile: Profile, card: Device | None, *, here: bool) -> Needs:
    """Measured on this GPU where it was tried there, else counted, else the profile's own."""
    plain = Needs(
        whole_bytes=profile.resident_bytes,
        reading_bytes=profile.text_encoder_bytes,
        denoising_bytes=profile.denoiser_bytes,
        picture_bytes=profile.working_bytes,
    )
    if not here:
        return plain
    try:
        return generators.usual_needs(profile, device=card.name if card else _NO_CARD)
    except PipelineError:
        return plain  # damaged weights: `check` says what is wrong with them
