"""What the file shall say of its own origin, beyond what is always said."""

from dataclasses import dataclass

from pipelines.provenance.marks import AigcLabel
from pipelines.spec.declare import Declared, option


@dataclass(frozen=True, kw_only=True)
class OriginParams(Declared):
    """Labels that a law or a channel asks for."""

    aigc: str = option(
        "", "Write China's label of generated pictures (GB 45438-2025, key AIGC) into the file's "
        "metadata, naming this producer: a registration code or a name.", group="File",
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse a label that names nobody sensible, before anything is made."""
        super().__post_init__()
        if self.aigc:
            AigcLabel(producer=self.aigc, produce_id="")
