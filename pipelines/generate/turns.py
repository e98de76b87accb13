"""Which pictures of several asks one call of a pipeline can paint together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from pipelines.generate.conventions import CONVENTIONS
from pipelines.generate.port import Ask
from pipelines.generate.profile import ControlKind, Profile
from pipelines.generate.readers import Embeddings
from pipelines.generate.reading_room import Sitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one call of a pipeline shares over its pictures; only equal turns are one batch."""

    class_name: str
    steps: int
    guidance_scale: float
    strength: float
    shapes: tuple[object, ...]

    @property
    def painted_strength(self) -> float:
        """At which a pipeline takes one step or more: below, it refuses to paint."""
        return min(1.0, max(self.strength, (1 + 1e-6) / self.steps))


def turns_of(
    profile: Profile, pipes: Mapping[str, Any], asks: Sequence[Ask], sitting: Sitting
) -> dict[Turn, list[tuple[int, Embeddings]]]:
    """Of each turn the asks' places and their words as read; an ask of strength 0 is in none."""
    turns: dict[Turn, list[tuple[int, Embeddings]]] = {}
    alone = 0
    for index, ask in enumerate(asks):
        if ask.strength == 0:
            continue
        class_name = class_for(profile, ask)
        convention = CONVENTIONS[class_name]
        guidance_scale = _guidance(profile, ask)
        guided = guidance_scale > convention.guided_above
        words = sitting.read(convention.reader, pipes[class_name], ask, guided=guided)
        alone += 0 if convention.batches else 1
        turn = Turn(
            class_name=class_name,
            steps=ask.steps or profile.steps,
            guidance_scale=guidance_scale,
            strength=min(ask.strength, profile.most_strength),
            shapes=(alone, *sorted(controls_taken(profile, ask)), *_shapes(words)),
        )
        turns.setdefault(turn, []).append((index, words))
    return turns


def class_for(profile: Profile, ask: Ask) -> str:
    """The profile's class that can use most of an ask."""
    first, second = profile.pipeline, profile.pipeline_also
    return second if second and CONVENTIONS[first].yields(ask) else first


def controls_taken(profile: Profile, ask: Ask) -> set[ControlKind]:
    """Which of an ask's maps the model is held by."""
    return set(ask.control) & set(profile.controls)


def stacked(words: Sequence[Embeddings]) -> Embeddings:
    """The embeddings of several pictures, one after another."""
    return {name: _joined([one[name] for one in words]) for name in words[0]}


def _joined(values: list[Any]) -> Any:
    if isinstance(values[0], torch.Tensor):
        return torch.cat(values)
    return [one for value in values for one in value]


def _guidance(profile: Profile, ask: Ask) -> float:
    if ask.guidance_scale is None or "guidance" not in profile.abilities:
        return profile.guidance_scale
    return ask.guidance_scale


def _shapes(words: Embeddings) -> tuple[object, ...]:
    """Sizes that must agree in a batch; lists may differ."""
    return tuple(
        (name, tuple(value.shape[1:]))
        for name, value in sorted(words.items())
        if isinstance(value, torch.Tensor)
    )
