"""The painting models as a list for people: what each can do and needs, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gpu.devices.torch import Device
from pipelines.errors import PipelineError
from pipelines.generate import Profile
from pipelines.generate.checkpoints import recorded_commits
from pipelines.generate.speed import LOSSY
from studio.services.generators import Generators, Needs

_GB_FROM: Final = 100_000_000
_CAN: Final = {
    "inpaint": "scenes",
    "edit": "edits",
    "references": "reference pictures",
    "control": "control maps",
}
"""Abilities that a person chooses a model by, in their words."""


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
    needs_bytes, needs_shelved_bytes
        Bytes for one picture: with everything on the GPU, and with the text encoders in main
        memory; 0 where the profile does not know.
    here
        "yes", or what is lacking.
    pull
        The command that brings it; "" where it is here, or lies in a folder of the user's.
    fits
        Whether this machine's GPU can run it; None without one, or where its needs are unknown.
    fit
        The same as a sentence.
    lossy
        Ways to run faster that change its pictures, for who allows them.
    """

    profile: Profile
    licences: tuple[str, ...]
    fetched: Mapping[str, str]
    can: tuple[str, ...]
    size_bytes: int
    needs_bytes: int
    needs_shelved_bytes: int
    here: str
    pull: str
    fits: bool | None
    fit: str
    lossy: tuple[str, ...]


def painters(generators: Generators, *, card: Device | None, budget_bytes: int) -> list[Painter]:
    """Every profile, in the order of their names.

    Parameters
    ----------
    card
        The GPU that would run them.
    budget_bytes
        What they may take of its memory.

    Raises
    ------
    ProfileInvalid
    """
    return [
        _painter(generators, profile, card=card, budget_bytes=budget_bytes)
        for profile in generators.profiles.all().values()
    ]


def fit_of(needs: Needs, *, card: Device | None, budget_bytes: int) -> tuple[bool | None, str]:
    """Whether a model fits a GPU, and how a person would say it.

    >>> needs = Needs(whole_bytes=7 * 10**9, reading_bytes=2 * 10**9, picture_bytes=4 * 10**9)
    >>> fit_of(needs, card=None, budget_bytes=0)
    (None, 'no GPU here: needs 9.0 GB')
    """
    whole, shelved = needs.least_bytes(shelved=False), needs.least_bytes(shelved=True)
    if not needs.whole_bytes:
        return None, "not known"
    if card is None:
        return None, f"no GPU here: needs {readable(shelved)}"
    if whole <= budget_bytes:
        return True, f"yes: {readable(whole)} of {readable(budget_bytes)}"
    if shelved <= budget_bytes:
        text = f"yes: {readable(shelved)} of {readable(budget_bytes)}, text encoders in main memory"
        return True, text
    return False, f"no: needs {readable(shelved)}, has {readable(budget_bytes)}"


def readable(count: int) -> str:
    """Bytes for people.

    >>> readable(6_937_704_534), readable(12_300_000)
    ('6.9 GB', '12.3 MB')
    """
    return f"{count / 1e9:.1f} GB" if count >= _GB_FROM else f"{count / 1e6:.1f} MB"


def _painter(
    generators: Generators, profile: Profile, *, card: Device | None, budget_bytes: int
) -> Painter:
    here, pull = _standing(generators, profile)
    needs = _needs(generators, profile, card, here=here == "yes")
    fits, fit = fit_of(needs, card=card, budget_bytes=budget_bytes)
    return Painter(
        profile=profile,
        licences=tuple(
            dict.fromkeys([profile.licence, *(one.licence for one in profile.parts if one.licence)])
        ),
        fetched=recorded_commits(generators.checkpoints.path(profile)),
        can=tuple(words for ability, words in _CAN.items() if ability in profile.abilities),
        size_bytes=needs.whole_bytes,
        needs_bytes=needs.whole_bytes and needs.least_bytes(shelved=False),
        needs_shelved_bytes=needs.whole_bytes and needs.least_bytes(shelved=True),
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
        picture_bytes=profile.working_bytes,
    )
    if not here:
        return plain
    try:
        return generators.usual_needs(profile, device=card.name if card else "cpu")
    except PipelineError:
        return plain  # damaged weights: `check` says what is wrong with them
