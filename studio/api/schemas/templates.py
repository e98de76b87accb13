"""Templates as JSON."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import BaseModel, Field

import pipelines
from pipelines.library.search import Match


class AnchorOut(BaseModel):
    """A place for a product; ratios of the plate."""

    name: str = Field(examples=["centre"])
    x: float = Field(examples=[0.5])
    y: float = Field(examples=[0.78])
    px_per_cm: float = Field(examples=[28.2])
    max_width: float = Field(examples=[0.42])
    max_height: float = Field(examples=[0.62])


class TemplateOut(BaseModel):
    """A scene that products can be put into."""

    name: str = Field(examples=["raw-wood"])
    title: str = Field(examples=["Raw wood"])
    title_zh: str = Field(examples=["原木"])
    style: str = Field(examples=["wood"])
    tags: list[str] = Field(examples=[["wood", "oak", "rustic", "原木"]])
    palette: list[str] = Field(examples=[["#655c41", "#a17850"]])
    pitch_deg: float = Field(examples=[11.0], description="How steeply the camera looks down.")
    width_px: int = Field(examples=[1536])
    height_px: int = Field(examples=[1536])
    plate: str = Field(examples=["/v1/templates/raw-wood/plate"], description="The empty scene.")

    @classmethod
    def of(cls, template: pipelines.Template) -> TemplateOut:
        """A template as JSON."""
        return cls(
            name=template.name,
            title=template.title,
            title_zh=template.title_zh,
            style=template.style,
            tags=list(template.tags),
            palette=list(template.palette),
            pitch_deg=template.camera.pitch_deg,
            width_px=template.width_px,
            height_px=template.height_px,
            plate=f"/v1/templates/{template.name}/plate",
        )


class TemplateRecord(TemplateOut):
    """A scene with its light and its places."""

    revision: str = Field(examples=["7ba78ca680d58975"], description="Digest of its files.")
    material: str = Field(examples=["raw oak"])
    light_from_deg: float = Field(
        examples=[96.0], description="Seen from above: 0 the camera's side, 90 the right."
    )
    light_height_deg: float = Field(examples=[36.0])
    anchors: list[AnchorOut]

    @classmethod
    def of_record(cls, template: pipelines.Template) -> TemplateRecord:
        """A whole record as JSON."""
        return cls(
            **TemplateOut.of(template).model_dump(),
            revision=template.revision,
            material=template.material,
            light_from_deg=template.light.azimuth_deg,
            light_height_deg=template.light.elevation_deg,
            anchors=[AnchorOut(**asdict(anchor)) for anchor in template.anchors],
        )


class TemplatePage(BaseModel):
    """Some of the templates, by name."""

    templates: list[TemplateOut]
    broken: list[str] = Field(
        examples=[["template 'table': depth.png is missing"]],
        description="What is wrong with folders of this page that cannot be used.",
    )
    next_after: str | None = Field(
        examples=["raw-wood"], description="Pass it as `after` for the next page; null at the end."
    )


class MatchOut(BaseModel):
    """A template and why a prompt led to it."""

    template: TemplateOut
    score: float = Field(examples=[0.83], description="Share of the prompt that it serves.")
    why: list[str] = Field(examples=[["wooden", "autumn"]], description="The words it serves.")

    @classmethod
    def of(cls, match: Match) -> MatchOut:
        """A match as JSON."""
        return cls(template=TemplateOut.of(match.template), score=match.score, why=list(match.why))


class FoundOut(BaseModel):
    """The templates closest to a prompt, the closest first."""

    matches: list[MatchOut]
    by: str = Field(examples=["tags and sentence similarity"], description="What ranked them.")
    unknown: list[str] = Field(examples=[[]], description="Words that were not understood.")
    remark: str = Field(description="The choice in a sentence; nothing was generated.")
