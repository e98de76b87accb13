"""Decisions for OpenFeature clients (OFREP, the OpenFeature Remote Evaluation Protocol).

A flag is an item, its value the URL of the image to show. Bodies are read here and not by the
framework, so that what is wrong with one is told in the protocol's own error codes.

References
----------
    https://github.com/open-feature/protocol (service/openapi.yaml)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from abtest import EVERYONE, Decision, Reason
from studio.api.auth import OpenFeatureDecider, require_to_list
from studio.api.problems import described
from studio.api.schemas.ofrep import BulkOut, EvaluateIn, EvaluationOut, FailureOut, GeneralOut
from studio.api.services import SafeFeedOf, ServicesOf
from studio.services.feed import MAX_ITEMS

router = APIRouter(prefix="/ofrep/v1/evaluate/flags", tags=["openfeature"])

MAX_FLAGS: Final = 1_000
"""Most flags of one bulk answer."""
_NO_TEST: Final = "default"
"""Variant of an image that no test chose; providers expect a text."""
_BODY: Final = {
    "requestBody": {"content": {"application/json": {"schema": EvaluateIn.model_json_schema()}}}
}
_REFUSED: Final = {
    400: {"model": FailureOut, "description": "The body or its context cannot be used."},
    500: {"model": GeneralOut, "description": "A defect of the server."},
    **described(401, 403, 413, 422),
}


class _Unusable(Exception):
    """A request that the protocol has an error code for."""

    def __init__(self, code: str, details: str) -> None:
        self.code = code
        self.details = details
        super().__init__(details)


@router.post(
    "/{key:path}",
    summary="The image of one item, as a flag",
    response_model=EvaluationOut,
    responses={**_REFUSED, 404: {"model": FailureOut, "description": "No such item."}},
    openapi_extra=_BODY,
)
async def evaluate(
    key: str,
    services: ServicesOf,
    safe_feed: SafeFeedOf,
    _who: OpenFeatureDecider,
    request: Request,
) -> Response:
    """Answer what `/v1/decide` would for one item.

    `targetingKey` is the shopper, the rest of the context their attributes. An item that is under
    no test needs no key. The variant of an image that no test chose is `default`.
    """
    try:
        context = _context(await request.body())
        unit = _unit(context) if services.feed.snapshot.plans_of(key) else None
    except _Unusable as fault:
        return _json({"key": key, **_failure(fault)}, status=400)
    version, (decision,) = safe_feed.decide(unit, context, [key])
    evaluated = _evaluation(decision, version)
    if "errorCode" in evaluated:
        return _json(evaluated, status=404)
    return _json(evaluated)


@router.post(
    "",
    summary="The images of many items, as flags",
    response_model=BulkOut,
    responses={
        **_REFUSED,
        304: {"description": "The flags are those of the ETag in If-None-Match."},
    },
    openapi_extra=_BODY,
)
async def evaluate_all(
    services: ServicesOf, safe_feed: SafeFeedOf, _who: OpenFeatureDecider, request: Request
) -> Response:
    """Answer for all items with a live test or promotion, or for those that the context names.

    Name them as a list of texts, `items`, in the context: a page that shows 30 products need not
    hear of all, and with a public key it must. At most 1,000 flags are answered, the first by
    name; `metadata.left_out` counts the others. The ETag changes when one of the flags does.
    """
    try:
        context = _context(await request.body())
        unit = _unit(context)
        keys: Sequence[str] | None = _named(context)
    except _Unusable as fault:
        return _json(_failure(fault), status=400)
    if keys is None:
        await require_to_list(request)
        keys = services.feed.snapshot.tested_items
    flags: list[dict[str, Any]] = []
    version = services.feed.version
    for start in range(0, min(len(keys), MAX_FLAGS), MAX_ITEMS):
        some = keys[start : min(start + MAX_ITEMS, MAX_FLAGS)]
        version, decisions = safe_feed.decide(unit, context, some)
        flags += [_evaluation(decision, version) for decision in decisions]
    etag = _etag(flags)
    if _is_known(etag, request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers={"ETag": etag})
    metadata = {"snapshot": version, "left_out": max(len(keys) - MAX_FLAGS, 0)}
    return _json({"flags": flags, "metadata": metadata}, headers={"ETag": etag})


def _context(body: bytes) -> dict[str, Any]:
    """The context of a request, empty where it has none. Raises _Unusable."""
    try:
        asked = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError) as fault:
        raise _Unusable("PARSE_ERROR", "the body is not JSON") from fault
    if not isinstance(asked, dict):
        raise _Unusable("PARSE_ERROR", "the body is not a JSON object")
    context = asked.get("context")
    if context is None:
        return {}
    if not isinstance(context, dict):
        raise _Unusable("INVALID_CONTEXT", "the context is not a JSON object")
    return context


def _unit(context: dict[str, Any]) -> str | int:
    """Whose view it is. Raises _Unusable."""
    unit = context.get("targetingKey")
    if not isinstance(unit, str | int) or isinstance(unit, bool) or unit == "":
        raise _Unusable("TARGETING_KEY_MISSING", "the context has no targetingKey")
    return unit


def _named(context: dict[str, Any]) -> list[str] | None:
    """The items that a context names; None where it names none. Raises _Unusable."""
    items = context.get("items")
    if items is None:
        return None
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise _Unusable("INVALID_CONTEXT", "items is not a list of texts")
    return list(dict.fromkeys(items))


def _evaluation(decision: Decision, version: str) -> dict[str, Any]:
    """A decision as the protocol tells it, or why there is none."""
    if decision.reason is Reason.UNKNOWN_ITEM or decision.image is None:
        why = _Unusable("FLAG_NOT_FOUND", "no such item, or none with an image")
        return {"key": decision.item, **_failure(why)}
    told = {
        "test": decision.test,
        "segment": decision.segment,
        "propensity": decision.propensity,
        "snapshot": version,
        "reason": str(decision.reason),
    }
    return {
        "key": decision.item,
        "value": decision.image,
        "variant": decision.variant or _NO_TEST,
        "reason": _reason(decision),
        "metadata": {name: value for name, value in told.items() if value is not None},
    }


def _reason(decision: Decision) -> str:
    match decision.reason:
        case Reason.TEST | Reason.HOLDOUT:
            return "SPLIT"
        case Reason.PROMOTED:
            return "STATIC" if decision.segment == EVERYONE else "TARGETING_MATCH"
        case Reason.FORCED:
            return "STATIC"
        case _:
            return "DEFAULT"


def _failure(fault: _Unusable) -> dict[str, str]:
    return {"errorCode": fault.code, "errorDetails": fault.details}


def _etag(flags: list[dict[str, Any]]) -> str:
    """Weak: a new snapshot that changes none of the flags does not change it."""
    told = [{**flag, "metadata": {**flag.get("metadata", {}), "snapshot": None}} for flag in flags]
    digest = hashlib.blake2b(json.dumps(told).encode("ascii"), digest_size=16)
    return f'W/"{digest.hexdigest()}"'


def _is_known(etag: str, header: str) -> bool:
    known = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in known or etag.removeprefix("W/") in known


def _json(
    content: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    # ASCII: a key with half a surrogate pair, which UTF-8 cannot hold, is echoed too.
    body = json.dumps(content, separators=(",", ":")).encode("ascii")
    return Response(body, status_code=status, headers=headers, media_type="application/json")
