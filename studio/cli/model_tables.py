"""Models as tables for people and as JSON for programs."""

from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

import pipelines
from studio.services.painters import Painter, readable

_NOT_FOR_COMMERCE = "not for commerce"


def small_table(cards: list[pipelines.ModelCard], store: pipelines.WeightStore) -> Table:
    """The models that need no graphics card, and whether each is here."""
    table = Table("small model", "for", "size", "licence", "here", box=None, pad_edge=False)
    for card in cards:
        here = "yes" if store.has(card.name) else f"no: packshot models pull {card.name}"
        size = f"{card.size_bytes / 1e6:.1f} MB"
        table.add_row(card.name, card.purpose, size, card.licence, here)
    return table


def painter_table(able: list[Painter], *, where: str) -> Table:
    """Models that paint; `where` names the card that the last column is about."""
    table = Table("painting model", "can", "size", "licence", "here", where, box=None,
                  pad_edge=False)  # fmt: skip
    for one in able:
        profile = one.profile
        size = readable(one.size_bytes) if one.size_bytes else "not known"
        licence = ", ".join(one.licences)
        licence = licence if profile.commercial else f"{licence}: {_NOT_FOR_COMMERCE}"
        here = f"{one.here}: {one.pull}" if one.pull else f"{one.here}{_measured(one)}"
        row = (profile.name, ", ".join(one.can), size, licence, here, one.fit)
        table.add_row(*(escape(cell) for cell in row))
    return table


def _measured(one: Painter) -> str:
    """What a check found, as part of a cell."""
    if one.measured is None:
        return ""
    takes = one.measured.working_bytes
    picture = "" if takes is None else f" + {readable(takes)} a picture"
    return f"; measured: {readable(one.measured.resident_bytes)}{picture} on {one.measured.device}"


def card_dict(card: pipelines.ModelCard, *, here: bool) -> dict[str, object]:
    """A small model for programs."""
    return {
        "name": card.name,
        "kind": "small",
        "title": card.title,
        "purpose": card.purpose,
        "licence": card.licence,
        "size_bytes": card.size_bytes,
        "sha256": card.sha256,
        "here": here,
    }


def painter_dict(one: Painter) -> dict[str, object]:
    """A painting model for programs, and how it stands on this machine."""
    profile = one.profile
    return {
        "name": profile.name,
        "kind": "painting",
        "title": profile.title,
        "can": list(one.can),
        "abilities": sorted(profile.abilities),
        "controls": sorted(profile.controls),
        "licence": profile.licence,
        "commercial": profile.commercial,
        "repo": profile.repo,
        "revision": profile.revision,
        "parts": [
            {"repo": part.repo, "revision": part.revision, "licence": part.licence}
            for part in profile.parts
        ],
        "fetched": dict(one.fetched),
        "size_bytes": one.size_bytes,
        "here": one.here == "yes",
        "lacks": "" if one.here == "yes" else one.here,
        "pull": one.pull,
        "needs_bytes": one.needs_bytes.get("nothing", 0),
        "needs_with_text_encoders_in_main_memory_bytes": one.needs_bytes.get("readers", 0),
        "needs_in_turns_bytes": one.needs_bytes.get("turns", 0),
        "measured": None if one.measured is None else asdict(one.measured),
        "fits": one.fits,
        "fit": one.fit,
        "lossy_switches": list(one.lossy),
    }
