"""Makes a template of a user's own backdrop photo.

Estimates what a record needs, and says how sure each value is and which option corrects it.
"""

from pipelines.adopt.adopt import Adopted, adopt
from pipelines.adopt.describe import Words
from pipelines.adopt.estimate import Corrections, Estimate
from pipelines.adopt.occupied import Thing, thing_in_the_way

__all__ = [
    "Adopted",
    "Corrections",
    "Estimate",
    "Thing",
    "Words",
    "adopt",
    "thing_in_the_way",
]
