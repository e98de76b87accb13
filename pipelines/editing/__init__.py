"""Instruction edits: what a model answered is registered, compared, and only its changes taken."""

from pipelines.editing.answer import Taken
from pipelines.editing.attempts import Outcome, Wish, edited
from pipelines.editing.difference import difference_picture
from pipelines.editing.original import Original
from pipelines.editing.wishes import can_edit, exact_command, refuse_model

__all__ = [
    "Original",
    "Outcome",
    "Taken",
    "Wish",
    "can_edit",
    "difference_picture",
    "edited",
    "exact_command",
    "refuse_model",
]
