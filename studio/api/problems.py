"""Problem documents (RFC 9457): the one form of every error answer."""

from __future__ import annotations

from typing import Any, Final

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:packshot:problem:"


class FieldProblem(BaseModel):
    """One field of a request that cannot be used."""

    where: str = Field(examples=["body.items"], description="Path to the field in the request.")
    why: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """What went wrong, and what to do about it (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        examples=["urn:packshot:problem:asset-not-found"],
        description="Names the kind of problem; stable, for programs.",
    )
    title: str = Field(examples=["Asset not found"], description="The kind in words; stable.")
    status: int = Field(examples=[404], description="The HTTP status again.")
    detail: str = Field(
        examples=["no asset 9f86…; put the image into the store first"],
        description="What happened this time, with the limit and the fix.",
    )
    instance: str = Field(examples=["/v1/assets/9f86…"], description="The path that was asked for.")
    request_id: str = Field(
        examples=["6f1c0c5d2a8b"], description="Stands beside this request in the server's log."
    )
    errors: list[FieldProblem] = Field(
        default_factory=list, description="The fields at fault, where the request was malformed."
    )


class ProblemResponse(JSONResponse):
    """A JSON answer under the media type of problem documents."""

    media_type = MEDIA_TYPE

    def __init__(self, problem: Problem, *, headers: dict[str, str] | None = None) -> None:
        content = problem.model_dump(exclude={"errors"} if not problem.errors else None)
        super().__init__(content, status_code=problem.status, headers=headers)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for its OpenAPI description."""
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted(statuses)
    }


_MEANINGS: Final = {
    400: "The request cannot be read.",
    401: "No key was sent, or one that is not known or was revoked.",
    403: "The key lacks the scope.",
    404: "Nothing has this name.",
    405: "The path knows other methods.",
    409: "The present state does not allow it.",
    413: "The body or the image is above a limit.",
    415: "The file is of a kind that is not taken.",
    422: "A field is missing, of the wrong kind or out of range.",
    429: "Too much comes at once; Retry-After says when to send it again.",
    500: "A defect of the server; the log has it under the request's id.",
    503: "The database cannot be reached; try again.",
    507: "The store has no room left.",
}
