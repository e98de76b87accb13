"""What a large model takes on a device, and what of it must lie in main memory meanwhile."""

from dataclasses import dataclass
from typing import assert_never

from pipelines.generate.speed import Offload
from studio.services.painting import Room

_READING_SHARE = 1 / 16
"""What reading takes besides the encoders' weights, over those: for 512 tokens, an encoder of 8 GB
holds 0.16 GB of scores and as much again of what lies between its layers. Reckoned, rounded up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Bytes that a model takes on a device.

    Attributes
    ----------
    whole_bytes
        All weights; of those, `reading_bytes` only read prompts, and `denoising_bytes` take the
        steps, 0 where that is not known.
    picture_bytes
        What one picture takes besides.
    """

    whole_bytes: int
    reading_bytes: int
    picture_bytes: int
    denoising_bytes: int = 0

    def resident_bytes(self, offload: Offload = "nothing") -> int:
        """What stays there between two pictures."""
        return self.whole_bytes - (0 if offload == "nothing" else self._reading_bytes)

    def working_bytes(self, offload: Offload = "nothing") -> int:
        """What comes and goes: prompts are read before anything is painted, never meanwhile."""
        match offload:
            case "nothing":
                return self.picture_bytes
            case "readers":
                return max(self.picture_bytes, self._reading_peak_bytes)
            case "turns":
                room = min(self.denoising_bytes, self.resident_bytes("turns"))
                return max(self.picture_bytes, self._reading_peak_bytes - room)
            case _:
                assert_never(offload)

    @property
    def _reading_bytes(self) -> int:
        return min(self.reading_bytes, self.whole_bytes)

    @property
    def _reading_peak_bytes(self) -> int:
        return int(self._reading_bytes * (1 + _READING_SHARE))

    def offload(self, room: Room) -> Offload:
        """What lies in main memory on a device: no more than must, so that a batch has room."""
        if not room.is_tight(self.whole_bytes + self.picture_bytes * room.most_pictures):
            return "nothing"
        return self.least_offload(room.budget_bytes)

    def least_offload(self, budget_bytes: int) -> Offload:
        """The text encoders, if one picture has room then; else they and the denoiser in turns."""
        readers, turns = self.least_bytes("readers"), self.least_bytes("turns")
        return "readers" if readers <= budget_bytes or turns == readers else "turns"

    def least_bytes(self, offload: Offload = "nothing") -> int:
        """What must be there for one picture: the peak, not the sum of what is never together."""
        return self.resident_bytes(offload) + self.working_bytes(offload)
