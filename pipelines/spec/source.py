"""What the source is, and how its light is shown."""

from dataclasses import dataclass
from typing import Literal

from pipelines.imaging.view import Tone, View
from pipelines.spec.declare import Declared, option

SourceKind = Literal["auto", "photo", "render"]
_GROUP = "Source"


@dataclass(frozen=True, kw_only=True)
class SourceParams(Declared):
    """Photo or 3D render, and the tone curve of renders in linear light."""

    source_kind: SourceKind = option(
        "auto", "Whether sources are photos or 3D renders, as the report and the file's marks say; "
        "auto: OpenEXR files are renders.", group=_GROUP,
    )  # fmt: skip
    tone: Tone = option(
        "standard", "How linear light of an OpenEXR file is shown: standard clips at white, soft "
        "rolls lights above 0.8 off.", group=_GROUP,
    )  # fmt: skip
    exposure_ev: float = option(
        0.0, "Stops added to an OpenEXR file's light.", low=-8, high=8, unit="EV", group=_GROUP
    )
    object: str = option(
        "", "Which of the things in an OpenEXR file is the product, by its name or id in the "
        "file's Cryptomatte or object index; repeat for several, or write NAME|NAME.",
        group=_GROUP, joined_by="|",
    )  # fmt: skip

    @property
    def objects(self) -> tuple[str, ...]:
        """Names or ids of the things that are the product."""
        return tuple(one.strip() for one in self.object.split("|") if one.strip())

    def is_render(self, *, only_renderers_write_it: bool) -> bool:
        """Whether the source is a 3D render: by the user's word, else by its format."""
        if self.source_kind == "auto":
            return only_renderers_write_it
        return self.source_kind == "render"

    @property
    def view(self) -> View:
        """The tone curve."""
        return View(tone=self.tone, exposure_ev=self.exposure_ev)
