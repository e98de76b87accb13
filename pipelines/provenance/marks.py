"""Marks of origin: how a picture came about, in the words that channels and laws have fixed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pipelines.errors import RecipeInvalid

DigitalSource = Literal[
    "digitalCapture",
    "computationalCapture",
    "digitalCreation",
    "algorithmicallyEnhanced",
    "composite",
    "compositeCapture",
    "compositeSynthetic",
    "compositeWithTrainedAlgorithmicMedia",
    "trainedAlgorithmicMedia",
    "algorithmicMedia",
]
"""Terms of IPTC's controlled vocabulary ``digitalsourcetype`` that pictures of products bear."""

SOURCE_TYPES: tuple[DigitalSource, ...] = get_args(DigitalSource)
LARGEST_PRODUCER_CHARS = 100
_GENERATED = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia"})
_SYNTHETIC = frozenset(SOURCE_TYPES) - {"digitalCapture", "computationalCapture"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AigcLabel:
    """The implicit label of generated pictures in China.

    Attributes
    ----------
    producer
        Who made it: a registration code, or a name; 1 to 100 characters.
    produce_id
        The producer's own number of this picture.
    label
        ``1`` generated, ``2`` perhaps, ``3`` suspected.

    References
    ----------
    GB 45438-2025, annex E: seven elements; when a file is first labelled, the elements of who
    passes it on are those of who made it. Practice guide TC260-PG-20258A: their place in XMP.
    """

    producer: str
    produce_id: str
    label: Literal["1", "2", "3"] = "1"

    def __post_init__(self) -> None:
        """Refuse a label that names nobody, or that would break the file's metadata."""
        if not 1 <= len(self.producer) <= LARGEST_PRODUCER_CHARS or not self.producer.isprintable():
            raise RecipeInvalid(
                field="aigc",
                value=self.producer,
                limit=f"must name the producer in 1 to {LARGEST_PRODUCER_CHARS} characters",
            )

    def to_json(self) -> str:
        """The value of the key ``AIGC``."""
        elements = {
            "Label": self.label,
            "ContentProducer": self.producer,
            "ProduceID": self.produce_id,
            "ReservedCode1": "",
            "ContentPropagator": self.producer,
            "PropagateID": self.produce_id,
            "ReservedCode2": "",
        }
        return json.dumps(elements, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "AigcLabel | None":
        """Read a label that somebody wrote; None where it is none."""
        try:
            found = json.loads(text)
            if isinstance(found, Mapping) and isinstance(found.get("AIGC"), Mapping):
                found = found["AIGC"]  # some writers nest it under its own key
            return cls(
                producer=str(found["ContentProducer"]),
                produce_id=str(found["ProduceID"]),
                label=found["Label"] if found["Label"] in {"1", "2", "3"} else "3",
            )
        except (ValueError, KeyError, TypeError, RecipeInvalid):
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """All that is marked in a file's metadata."""

    source_type: DigitalSource | None = None
    aigc: AigcLabel | None = None

    def to_json(self) -> dict[str, str]:
        """The marks as a report tells them: IPTC term and labelled producer, or empty."""
        return {
            "source_type": self.source_type or "",
            "aigc": self.aigc.producer if self.aigc else "",
        }

    def words(self) -> str:
        """One line for a report.

        >>> Marks(source_type="compositeSynthetic").words()
        'IPTC compositeSynthetic'
        >>> Marks().words()
        'none: a photograph'
        """
        said = [f"IPTC {self.source_type}"] if self.source_type else []
        if self.aigc is not None:
            said.append(f"AIGC label {self.aigc.label} of {self.aigc.producer}")
        return "; ".join(said) or "none: a photograph"


def mixed_into_scene(source: DigitalSource | None) -> DigitalSource:
    """What a picture becomes in front of a rendered backdrop: generated parts stay declared.

    >>> mixed_into_scene(None), mixed_into_scene("trainedAlgorithmicMedia")
    ('compositeSynthetic', 'compositeWithTrainedAlgorithmicMedia')
    """
    if source in _GENERATED:
        return "compositeWithTrainedAlgorithmicMedia"
    return "compositeSynthetic"


def kept_alone(source: DigitalSource | None) -> DigitalSource | None:
    """What a product freed from its background is: what its picture was, plain photos unmarked.

    >>> kept_alone("digitalCapture"), kept_alone("trainedAlgorithmicMedia")
    (None, 'trainedAlgorithmicMedia')
    """
    return source if source in _SYNTHETIC else None
