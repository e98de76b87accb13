"""A loaded pipeline of diffusers that paints what it is asked for."""

import copy
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pipelines.errors import Interrupted, OutOfMemory, PaintingFailed
from pipelines.generate.conventions import CONVENTIONS
from pipelines.generate.memory import is_out_of_memory
from pipelines.generate.place import Place
from pipelines.generate.port import Ask
from pipelines.generate.profile import Ability, Profile
from pipelines.generate.readers import Embeddings
from pipelines.generate.reading_room import ReadingRoom
from pipelines.generate.speed import READING, Aside, Shelf
from pipelines.generate.turns import Turn, class_for, controls_taken, stacked, turns_of

_SHOWN_LETTERS = 40


class DiffusersGenerator:
    """One model on one device. Safe to call from several threads: nothing shared is changed.

    Each call has a pipeline object and a scheduler of its own over the shared components, and
    each picture a random generator of its own on the processor, so that neither a batch nor a
    neighbour changes a picture.

    Parameters
    ----------
    pipes
        The profile's pipelines by class, loaded, on the device. They are copied, never called.
    shelf
        Where the text encoders lie, if not on the device.
    aside
        The denoiser, where it leaves the device while they read: then one call runs at a time.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        pipes: Mapping[str, Any],
        device: Place,
        shelf: Shelf | None = None,
        aside: Aside | None = None,
    ) -> None:
        self._profile = profile
        self._pipes = dict(pipes)
        self._device = device
        self._room = ReadingRoom(shelf, aside)
        self._aside = aside
        self._alone = threading.Lock()

    @property
    def profile(self) -> Profile:
        """What it is."""
        return self._profile

    @property
    def device(self) -> Place:
        """Where it runs."""
        return self._device

    @property
    def where(self) -> str:
        """The device and the numbers that it reckons in, for the report."""
        return f"{self._device.label}, {self._device.dtype}"

    @property
    def pipes(self) -> Mapping[str, Any]:
        """The pipelines by class, to be looked at and made faster right after loading."""
        return self._pipes

    def batches(self, ask: Ask) -> bool:
        """Whether one run paints several asks like this."""
        return CONVENTIONS[class_for(self._profile, ask)].batches

    def remarks(self, ask: Ask) -> tuple[str, ...]:
        """What of an ask this model cannot do, as sentences for the report."""
        class_name = class_for(self._profile, ask)
        convention, pipe = CONVENTIONS[class_name], self._pipes[class_name]
        told = []
        for what, text in (("prompt", ask.prompt), ("negative prompt", ask.negative_prompt)):
            cut = self._room.fitted(convention.reader, pipe, text).cut if text else ""
            if cut:
                shown = cut[:_SHOWN_LETTERS].strip()
                told.append(
                    f"the {what} is too long for {self._profile.name}: cut before '{shown}'"
                )
        if 0 < ask.strength < 1 and not convention.starts_anywhere:
            told.append(f"{self._profile.name} takes no strength: it paints what it changes anew")
        return (*told, *self._untaken(ask))

    def _untaken(self, ask: Ask) -> list[str]:
        """What is given and left aside, because the profile says that the model takes none."""
        abilities = self._profile.abilities
        given: tuple[tuple[Ability, bool, str], ...] = (
            ("negative_prompt", bool(ask.negative_prompt.strip()), "words to keep out"),
            ("guidance", ask.guidance_scale is not None, "guidance scale"),
            ("references", bool(ask.references), "further pictures"),
        )
        untaken = [what for ability, there, what in given if there and ability not in abilities]
        unused = set(ask.control) - controls_taken(self._profile, ask)
        untaken += [f"map of {kind}" for kind in sorted(unused)]
        return [f"{self._profile.name} takes no {what}" for what in untaken]

    def paint(
        self, asks: Sequence[Ask], *, cancelled: Callable[[], bool]
    ) -> list[npt.NDArray[np.uint8]]:
        """Paint every ask, all of one size: uint8 (H, W, 3), sRGB, in their order.

        Raises
        ------
        Interrupted, OutOfMemory, PaintingFailed
        ValueError : several sizes, or sides that the model cannot paint
        """
        self._check_sizes(asks)
        try:
            if self._aside is None:
                return self._painted(asks, cancelled)
            with self._alone:
                self._aside.come_back()  # where an earlier call had no room for it
                return self._painted(asks, cancelled)
        except RuntimeError as fault:
            if not is_out_of_memory(fault):
                raise
        # Outside the handler: as long as the fault lives, so do the tensors of its frames.
        if self._device.kind == "cuda":
            torch.cuda.empty_cache()
        raise OutOfMemory(name=self._profile.name, device=self._device.label, pictures=len(asks))

    def _painted(
        self, asks: Sequence[Ask], cancelled: Callable[[], bool]
    ) -> list[npt.NDArray[np.uint8]]:
        painted = [ask.picture.copy() for ask in asks]
        with self._room.sitting() as sitting:
            turns = turns_of(self._profile, self._pipes, asks, sitting)
        for turn, members in turns.items():
            chosen = [asks[index] for index, _ in members]
            pictures = self._run(turn, chosen, [words for _, words in members], cancelled)
            for (index, _), picture in zip(members, pictures, strict=True):
                painted[index] = picture
        return painted

    def _check_sizes(self, asks: Sequence[Ask]) -> None:
        sizes = {ask.size_px for ask in asks}
        if len(sizes) > 1:
            raise ValueError(f"pictures of one call must be of one size, not {sorted(sizes)}")
        multiple = self._profile.multiple_px
        if any(side % multiple for size in sizes for side in size):
            raise ValueError(f"{self._profile.name} paints sides divisible by {multiple}: {sizes}")

    def _run(
        self,
        turn: Turn,
        asks: Sequence[Ask],
        words: Sequence[Embeddings],
        cancelled: Callable[[], bool],
    ) -> list[npt.NDArray[np.uint8]]:
        convention = CONVENTIONS[turn.class_name]
        width, height = asks[0].size_px
        if cancelled():
            raise Interrupted
        arguments = convention.arguments(
            asks, strength=turn.painted_strength, guidance_scale=turn.guidance_scale
        )
        painted = self._own(turn.class_name)(
            **arguments,
            **stacked(words),
            num_inference_steps=turn.steps,
            generator=[torch.Generator("cpu").manual_seed(ask.seed) for ask in asks],
            height=height,
            width=width,
            output_type="pt",
            callback_on_step_end=_watch(cancelled),
        ).images
        return self._pixels(painted, size_px=(width, height))

    def _own(self, class_name: str) -> Any:
        """A pipeline object of this call's own: schedulers count their steps.

        An image decoder made for video notes between frames where it is: of that, too, each call
        has its own, with the weights that all share.
        """
        shared = self._pipes[class_name]
        own = copy.copy(shared)
        # Past the class's __setattr__, which would write into the configuration that all share.
        vars(own)["scheduler"] = copy.deepcopy(shared.scheduler)
        if hasattr(shared.vae, "clear_cache"):
            vars(own)["vae"] = copy.copy(shared.vae)
            own.vae.clear_cache()
        for part in own.components.values():
            if getattr(part, "is_cache_enabled", False):
                part._reset_stateful_cache()  # noqa: SLF001 - diffusers' own, after a call that ended early
        for reading in READING & vars(own).keys():
            vars(own)[reading] = None
        return own

    def _pixels(self, painted: Any, *, size_px: tuple[int, int]) -> list[npt.NDArray[np.uint8]]:
        """Tensor (B, 3, H, W) within [0, 1] as bytes; what is no number becomes black."""
        found = (painted.shape[-1], painted.shape[-2])
        if found != size_px:
            why = f"it is {found[0]} x {found[1]} px, asked for were {size_px[0]} x {size_px[1]}"
            raise PaintingFailed(name=self._profile.name, why=why)
        numbers = torch.nan_to_num(painted.float(), nan=0.0, posinf=1.0, neginf=0.0)
        scaled = (numbers.clamp(0, 1) * 255).round().to(torch.uint8)
        return list(scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy())


def _watch(cancelled: Callable[[], bool]) -> Callable[..., dict[str, Any]]:
    def on_step_end(_pipe: Any, _step: int, _time: Any, _tensors: dict[str, Any]) -> dict[str, Any]:
        if cancelled():
            raise Interrupted
        return {}

    return on_step_end
