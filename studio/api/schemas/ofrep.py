"""What OpenFeature clients send and get, as OFREP describes it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class EvaluateIn(BaseModel):
    """Whose view it is."""

    context: dict[str, Any] = Field(
        default_factory=dict,
        description="`targetingKey`: your stable id of the shopper or visit. `items`: which items, "
        "in a bulk request. All else is an attribute of the shopper.",
        examples=[{"targetingKey": "shopper-7", "country": "DE", "items": ["mug-blue"]}],
    )


class EvaluationOut(BaseModel):
    """The image of an item, as a flag."""

    key: str = Field(description="The item.")
    value: str = Field(description="URL of the image.", examples=["/v1/assets/9f86d081…"])
    variant: str = Field(description="`default` where no test chose the image.")
    reason: Literal["SPLIT", "TARGETING_MATCH", "STATIC", "DEFAULT"]
    metadata: dict[str, str | float | bool] = Field(
        description="test, segment, propensity, snapshot, and the reason in the feed's own words: "
        "send them back with the events."
    )


class FailureOut(BaseModel):
    """Why a flag, or a whole request, has no value: the client shows its own default."""

    model_config = ConfigDict(extra="allow")

    key: str | None = Field(default=None, description="The item, where one is concerned.")
    errorCode: Literal[  # noqa: N815 - the protocol's name
        "PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "FLAG_NOT_FOUND", "GENERAL"
    ]
    errorDetails: str  # noqa: N815 - the protocol's name


class GeneralOut(BaseModel):
    """A defect of the server."""

    errorDetails: str = Field(default="")  # noqa: N815 - the protocol's name


class BulkOut(BaseModel):
    """Flags in the order of their names, or in that of the request."""

    flags: list[EvaluationOut | FailureOut]
    metadata: dict[str, str | int] = Field(
        description="snapshot: version of what was decided by; left_out: flags above the limit."
    )
