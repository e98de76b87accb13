from dataclasses import replace

import pytest

from studio.services.model_needs import Needs
from studio.services.painting import room

GB = 10**9
NEEDS = Needs(
    whole_bytes=20 * GB, reading_bytes=8 * GB, picture_bytes=4 * GB, denoising_bytes=11 * GB
)


def test_what_takes_turns_is_counted_by_its_peak() -> None:
    """Encoders of 8 GB and what they reckon with, beside what stays, 1 GB; or the rest, 12 GB, beside a picture of 4 GB."""
    assert NEEDS.resident_bytes("turns") == 12 * GB
    assert NEEDS.working_bytes("turns") == 4 * GB
    lean = replace(NEEDS, picture_bytes=1 * GB, denoising_bytes=5 * GB)
    assert lean.least_bytes("turns") == 12 * GB + 8.5 * GB - 5 * GB
    assert replace(NEEDS, denoising_bytes=0).least_bytes("turns") == NEEDS.least_bytes("readers")


@pytest.mark.parametrize(
    ("budget_gb", "offload"), [(60, "nothing"), (40, "readers"), (21, "readers"), (16, "turns")]
)
def test_no_more_lies_in_main_memory_than_must(budget_gb: int, offload: str) -> None:
    card = room(device="cuda:0", budget_bytes=budget_gb * GB, most_pictures=8, emptied=lambda: None)
    assert NEEDS.offload(card) == offload
    assert NEEDS.offload(replace(card, device="cpu")) == "nothing"


def test_text_encoders_count_no_more_than_all_weights() -> None:
    small = Needs(whole_bytes=1, reading_bytes=8, picture_bytes=2)
    assert (small.resident_bytes("readers"), small.working_bytes("readers")) == (0, 2)
    assert small.least_bytes() == 3
