"""Assets and batches as JSON."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

import assets
import gpu
from pipelines.spec import Kind
from studio.api.schemas.texts import JsonMap, PlainText
from studio.services.image_links import Addresses

MAX_RECIPES = 5_000
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


class AssetOut(BaseModel):
    """An immutable image: its digest names its bytes."""

    digest: str = Field(examples=[_DIGEST], description="SHA-256 of the bytes.")
    media_type: str = Field(examples=["image/jpeg"])
    width_px: int = Field(examples=[2000], description="As shown, after EXIF orientation.")
    height_px: int = Field(examples=[1500])
    size_bytes: int = Field(examples=[482_113])
    url: str = Field(examples=[f"/v1/assets/{_DIGEST}"], description="Where the bytes are.")

    @classmethod
    def of(cls, asset: assets.Asset, addresses: Addresses) -> AssetOut:
        """An asset as JSON."""
        return cls(
            digest=asset.digest,
            media_type=asset.media_type,
            width_px=asset.width_px,
            height_px=asset.height_px,
            size_bytes=asset.size_bytes,
            url=addresses.url(asset.digest),
        )


class LinkOut(BaseModel):
    """Where everybody finds an image, or a rendition of it."""

    url: str = Field(
        examples=[f"/v1/assets/{_DIGEST}?w=600&sig=1790208000.3.q1w2e3r4t5y6u7i8o9p0aa"]
    )
    until_s: float | None = Field(
        examples=[1_790_208_000.0],
        description="When the address expires, seconds since the epoch; null: never.",
    )


class DerivationOut(BaseModel):
    """How an output was made."""

    source: str = Field(examples=[_DIGEST], description="Digest of the image it was made from.")
    recipe_hash: str = Field(examples=[_DIGEST])
    recipe: dict[str, Any] = Field(examples=[{"kind": "white", "params": {"fill": 0.85}}])
    report: dict[str, Any] = Field(examples=[{"passed": True, "checks": []}])


class RecordOut(AssetOut):
    """An asset with its history."""

    kind: Literal["source", "output"]
    created_s: float = Field(examples=[1_790_000_000.0], description="Seconds since the epoch.")
    derivations: list[DerivationOut] = Field(description="One for each recipe that made it.")

    @classmethod
    def of_record(cls, record: assets.AssetRecord, addresses: Addresses) -> RecordOut:
        """A record as JSON."""
        return cls(
            **AssetOut.of(record.asset, addresses).model_dump(),
            kind=record.kind,
            created_s=record.created_s,
            derivations=[
                DerivationOut(
                    source=each.source_digest,
                    recipe_hash=each.recipe_hash,
                    recipe=dict(each.recipe),
                    report=dict(each.report),
                )
                for each in record.derivations
            ],
        )


class RecipeIn(BaseModel):
    """One image to make."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(examples=[_DIGEST], description="Digest of an uploaded asset.")
    kind: Kind = Field(default="white", examples=["white"])
    params: JsonMap = Field(
        default_factory=dict,
        examples=[{"spec": "amazon-main", "shadow": "contact"}],
        description="Options of this kind, as the command line knows them.",
    )
    seed: int = Field(default=0, ge=0, le=2**63 - 1)
    name: PlainText = Field(
        default="", max_length=200, description="Your own name of the row, given back with it."
    )


class BatchIn(BaseModel):
    """Images to make."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "spring",
                    "recipes": [
                        {"source": _DIGEST, "kind": "white", "params": {"shadow": "contact"}},
                        {"source": _DIGEST, "kind": "scene", "params": {"template": "raw-wood"}},
                    ],
                }
            ]
        },
    )

    recipes: list[RecipeIn] = Field(min_length=1, max_length=MAX_RECIPES)
    name: PlainText = Field(default="", max_length=200)


class BatchOut(BaseModel):
    """Where a batch stands: how many rows are in which state."""

    id: str = Field(examples=["5b1f0c2d9a7e"])
    name: str = Field(examples=["spring"])
    created_s: float = Field(examples=[1_790_000_000.0])
    total: int = Field(examples=[2])
    queued: int = Field(examples=[1])
    running: int = Field(examples=[0])
    done: int = Field(examples=[1])
    failed: int = Field(examples=[0], description="Jobs that failed.")
    cancelled: int = Field(examples=[0])
    refused: int = Field(examples=[0], description="Rows that never became jobs.")
    finished: bool = Field(examples=[False], description="Whether no row waits or runs.")

    @classmethod
    def of(cls, status: gpu.BatchStatus) -> BatchOut:
        """A status as JSON."""
        return cls(
            id=status.id,
            name=status.name,
            created_s=status.created_s,
            total=status.total,
            queued=status.queued,
            running=status.running,
            done=status.done,
            failed=status.failed,
            cancelled=status.stopped,
            refused=status.refused,
            finished=status.drained,
        )


class RowOut(BaseModel):
    """One row of a batch."""

    number: int = Field(examples=[0], description="Place in the request, from 0.")
    name: str = Field(examples=["mug.jpg"])
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float = Field(examples=[1.0], ge=0, le=1)
    asset: AssetRef | None = Field(description="What was made, once it is done.")
    report: dict[str, Any] | None = Field(description="What was checked on it.")
    error: RowError | None = Field(description="Why it failed, if it did.")
    elapsed_s: float | None = Field(examples=[1.7])

    @classmethod
    def of(cls, row: gpu.BatchRow, addresses: Addresses) -> RowOut:
        """A row as JSON."""
        result = row.result
        return cls(
            number=row.number,
            name=row.label,
            state=row.state.value,
            progress=row.progress,
            asset=None if result is None else AssetRef.of_result(result, addresses),
            report=None if result is None else result.get("report"),
            error=None
            if row.failure is None
            else RowError(kind=row.failure.kind, message=row.failure.message),
            elapsed_s=row.elapsed_s,
        )


class AssetRef(BaseModel):
    """What a job made."""

    digest: str = Field(examples=[_DIGEST])
    media_type: str = Field(examples=["image/jpeg"])
    width_px: int = Field(examples=[2000])
    height_px: int = Field(examples=[2000])
    url: str = Field(examples=[f"/v1/assets/{_DIGEST}"])

    @classmethod
    def of_result(cls, result: gpu.JsonObject, addresses: Addresses) -> AssetRef:
        """The asset that a job's result names."""
        return cls(
            digest=result["asset"],
            media_type=result["media_type"],
            width_px=result["width_px"],
            height_px=result["height_px"],
            url=addresses.url(result["asset"]),
        )


class RowError(BaseModel):
    """Why a row failed."""

    kind: str = Field(examples=["ProductNotFound"])
    message: str = Field(examples=["mug.jpg: no product found; use a plainer background"])


class BatchPage(BatchOut):
    """A batch with a page of its rows."""

    rows: list[RowOut]
    next_after: int | None = Field(
        examples=[None], description="Pass as `after` for the next page; null on the last."
    )


class RowsQuery(BaseModel):
    """Which rows to show."""

    after: int = Field(
        default=-1, ge=-1, le=2**63 - 1, description="Rows with higher numbers only."
    )
    limit: int = Field(default=200, ge=0, le=1000)


RowOut.model_rebuild()
