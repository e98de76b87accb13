"""Which models make the checks that are made on request."""

from dataclasses import replace
from typing import TypeVar

import pipelines
from pipelines.spec import CheckParams, PaintingParams

TEXT_READER, SAFETY = "text-reader", "safety"
P = TypeVar("P", bound=CheckParams)


def with_inspectors(values: P, weights: pipelines.WeightStore) -> P:
    """Name the models of the checks that were asked for; the report tells what is not here.

    A picture that a model paints is always read: painters write words that nobody asked for.
    """
    asked: object = values
    painted = isinstance(asked, PaintingParams) and bool(asked.generator)
    return replace(
        values,
        text_models=_named(TEXT_READER, weights) if values.check_text or painted else "",
        safety_model=_named(SAFETY, weights) if values.check_safety else "",
    )


def _named(name: str, weights: pipelines.WeightStore) -> str:
    if not weights.has(name):
        return ""
    return f"{name}@{pipelines.model_card(name).revision}"
