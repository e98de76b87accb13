"""From errors to HTTP: the only place that knows which error is which status.

Every error answer is a problem document. Its `type` is the name of the error class, so that a
program can tell errors apart without reading English; its `detail` is the error's own sentence.
"""

from __future__ import annotations

import json
import math
import re
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import Response

import abtest
import assets
import gpu
import pipelines
from pipelines.errors import TemplateNotFound
from studio.api.problems import TYPE_PREFIX, FieldProblem, Problem, ProblemResponse
from studio.db.engine import DatabaseFault
from studio.services import errors
from studio.streams import StreamGone

_LOG = structlog.get_logger("studio.api")

STATUS_OF: Final[dict[type[Exception], int]] = {
    assets.AssetNotFound: 404,
    assets.DigestInvalid: 404,
    assets.ImageTooLarge: 413,
    assets.FormatUnsupported: 415,
    assets.ImageRefused: 422,
    assets.RenditionRefused: 422,
    assets.BlobNotFound: 404,
    assets.BlobStoreFull: 507,
    assets.BlobStoreUnwritable: 507,
    assets.BlobStoreAway: 503,
    gpu.BatchNotFound: 404,
    gpu.JobNotFound: 404,
    gpu.BatchInvalid: 422,
    pipelines.PipelineError: 422,
    TemplateNotFound: 404,
    abtest.AbtestError: 422,
    abtest.TransitionRefused: 409,
    errors.ServiceError: 422,
    errors.ImageLinkRefused: 403,
    errors.TestNotFound: 404,
    errors.VariantNotFound: 404,
    errors.SegmentNotFound: 404,
    errors.KeyNotFound: 404,
    errors.ActionRefused: 409,
    errors.ItemBusy: 409,
    errors.LayerBusy: 409,
    errors.VerdictMissing: 409,
    errors.BatchTooLarge: 413,
    errors.EventsBusy: 429,
    errors.KeyRefused: 401,
    errors.ScopeMissing: 403,
    errors.RateExceeded: 429,
    errors.WebhookNotFound: 404,
    DatabaseFault: 503,
    StreamGone: 503,
}
"""Status of each error; a subclass without an entry takes that of its nearest base."""

_RETRY_AFTER_S: Final = {503: "2"}
_SENTENCE_OF: Final[dict[int, str]] = {
    # What is wrong inside is for the log; its words may show paths, statements and parameters.
    500: "something unforeseen happened; the server's log has it under this request's id",
    503: "the database or the store cannot be reached or is busy; try again in a moment",
    507: "the server's store cannot take the image; its operator must free or open some space",
}


class Unauthenticated(Exception):
    """The request carries no key, or one that opens nothing."""

    def __init__(self, *, why: str) -> None:
        self.why = why
        super().__init__(
            f"{why}; send 'Authorization: Bearer KEY' with a key from `packshot keys create`"
        )


class ForeignOrigin(Exception):
    """A page of another site speaks to a server that runs open for its own machine."""

    def __init__(self, *, header: str, value: str) -> None:
        self.header = header
        self.value = value
        super().__init__(
            f"the {header} header says {value!r}, but a server without keys answers only to its "
            "own machine; create a key with `packshot keys create` to serve other sites"
        )


class BodyTooLarge(HTTPException):
    """The body is above the limit; it was not read to its end."""

    def __init__(self, *, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        super().__init__(
            413, detail=f"the body is above the limit of {limit_bytes:,} bytes; send less at once"
        )


_OWN_STATUS: Final[dict[type[Exception], int]] = {
    Unauthenticated: 401,
    ForeignOrigin: 403,
}


def unforeseen_answer(error: Exception, *, path: str, request_id: str) -> ProblemResponse:
    """The answer to whatever no handler knew, HTTP's own errors included."""
    if isinstance(error, StarletteHTTPException):
        return http_answer(error, path=path, request_id=request_id)
    return answer_to(error, path=path, request_id=request_id)


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error of an app with a problem document."""
    app.add_exception_handler(RequestValidationError, _validation_answer)
    app.add_exception_handler(StarletteHTTPException, _http_answer)
    for kind in (*STATUS_OF, *_OWN_STATUS):
        app.add_exception_handler(kind, _known_answer)


def status_of(error: Exception) -> int:
    """The HTTP status of an error; 500 for one that nobody foresaw."""
    known = STATUS_OF | _OWN_STATUS
    return next((known[kind] for kind in type(error).__mro__ if kind in known), 500)


def answer_to(error: Exception, *, path: str, request_id: str) -> ProblemResponse:
    """The answer to any error that is neither HTTP's own nor a malformed request."""
    status = status_of(error)
    name = "Unexpected" if status == 500 else type(error).__name__
    inside = status >= 500
    problem = Problem(
        type=TYPE_PREFIX + _slug(name),
        title=_title(name),
        status=status,
        detail=_SENTENCE_OF[status] if inside else str(error),
        instance=path,
        request_id=request_id,
        **({} if inside else _fields(error)),
    )
    return ProblemResponse(problem, headers=_headers(status, error))


def http_answer(error: StarletteHTTPException, *, path: str, request_id: str) -> ProblemResponse:
    """The answer to an error of HTTP itself: no such path, no such method, body too large."""
    phrase = HTTPStatus(error.status_code).phrase
    name = type(error).__name__
    own = name != "HTTPException"
    problem = Problem(
        type=TYPE_PREFIX + _slug(name if own else phrase),
        title=_title(name) if own else phrase,
        status=error.status_code,
        detail=_SENTENCES.get(str(error.detail), str(error.detail)),
        instance=path,
        request_id=request_id,
    )
    return ProblemResponse(problem, headers=dict(error.headers or {}))


def path_of(request: Request) -> str:
    """The path that was asked for, as a URI holds it."""
    return quote(request.url.path)


def request_id_of(request: Request) -> str:
    """The id that the outermost layer gave this request."""
    return str(getattr(request.state, "request_id", ""))


_SENTENCES: Final = {
    "Not Found": "no such path; /docs lists all",
    "Method Not Allowed": "this path knows other methods, named in the Allow header",
    "There was an error parsing the body": "the body cannot be read; check its encoding and form",
}


async def _validation_answer(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - Starlette's typing is wider
    faults = [_field_problem(one, request) for one in error.errors()]
    told = "; ".join(f"{fault.where}: {fault.why}" for fault in faults[:3])
    more = f" (and {len(faults) - 3} more)" if len(faults) > 3 else ""
    problem = Problem(
        type=TYPE_PREFIX + "request-invalid",
        title="Request invalid",
        status=422,
        detail=f"{told}{more}; /docs shows what this path takes",
        instance=path_of(request),
        request_id=request_id_of(request),
        errors=faults,
    )
    return ProblemResponse(problem)


def _field_problem(fault: dict[str, Any], request: Request) -> FieldProblem:
    """One fault of a request, in words that a stranger can act on."""
    where, why = ".".join(str(part) for part in fault["loc"]), str(fault["msg"])
    if fault["type"] == "json_invalid":
        position = fault["loc"][-1]
        where, why = "body", f"not JSON: {fault['ctx']['error']} at character {position}"
    elif where == "body" and "json" not in request.headers.get("content-type", ""):
        why = "send JSON, with the header 'Content-Type: application/json'"
    return FieldProblem(where=where, why=why)


async def _http_answer(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101 - as above
    return http_answer(error, path=path_of(request), request_id=request_id_of(request))


async def _known_answer(request: Request, error: Exception) -> Response:
    answer = answer_to(error, path=path_of(request), request_id=request_id_of(request))
    if answer.status_code == 500:
        _LOG.error("request_refused", exc_info=error, path=path_of(request))
    elif answer.status_code > 500:
        # Thousands of requests may meet one outage: tracebacks would fill the disk.
        _LOG.error("request_refused", why=type(error).__name__, path=path_of(request))
    return answer


def _fields(error: Exception) -> dict[str, Any]:
    """The plain fields that an error of ours carries, for programs."""
    taken = set(Problem.model_fields)
    return {
        name: value
        for name, value in vars(error).items()
        if not name.startswith("_") and name not in taken and _is_json(value)
    }


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _headers(status: int, error: Exception) -> dict[str, str]:
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="packshot"'
    wait_s = getattr(error, "retry_after_s", None)
    if isinstance(wait_s, int | float):
        headers["Retry-After"] = str(max(math.ceil(wait_s), 1))
    elif status in _RETRY_AFTER_S:
        headers["Retry-After"] = _RETRY_AFTER_S[status]
    return headers


def _slug(name: str) -> str:
    return "-".join(_words(name)).lower()


def _title(name: str) -> str:
    return " ".join(_words(name)).capitalize()


def _words(name: str) -> list[str]:
    """The words of a class name or a phrase.

    >>> _words("AssetNotFound")
    ['Asset', 'Not', 'Found']
    """
    return re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
