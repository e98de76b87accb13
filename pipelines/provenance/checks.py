"""What a finished file says of its origin, as checks."""

from pipelines.errors import SigningUnavailable
from pipelines.provenance.credentials import credentials_in, media_type_of
from pipelines.provenance.xmp import marks_in
from pipelines.report import Check, judged, noted

_MANIFEST_MARKER = b"jumb"
"""Type of the box that holds a C2PA manifest, in every format."""


def origin_checks(data: bytes) -> list[Check]:
    """Tell the marks of a file; a manifest whose signature does not hold fails."""
    checks = [noted("provenance", marks_in(data).words())]
    media_type = media_type_of(data)
    if not media_type or _MANIFEST_MARKER not in data:
        return checks
    try:
        found = credentials_in(data, media_type)
    except SigningUnavailable as lacking:
        return [*checks, noted("content credentials", f"there, not verified: {lacking}")]
    if found is not None:
        checks.append(
            judged(
                "content credentials",
                passed=found.intact,
                value=found.words(),
                limit="the signature holds for these bytes",
                fix="the file was changed after it was signed; export it again",
            )
        )
    return checks
