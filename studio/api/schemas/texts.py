"""Texts and free JSON that every database can keep and every answer can show."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator


def _plain(value: str) -> str:
    if not value.isprintable():
        raise ValueError("it holds characters that cannot be printed")
    return value


def _storable(value: Any) -> Any:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError) as fault:
        raise ValueError("it holds a number or a character that JSON does not have") from fault
    if "\\u0000" in text:
        raise ValueError("it holds a zero character")
    return value


PlainText: TypeAlias = Annotated[str, AfterValidator(_plain)]
"""A text of printable characters."""

JsonMap: TypeAlias = Annotated[dict[str, Any], AfterValidator(_storable)]
"""A JSON object of any content."""
