"""Ask a model for an edit, again with another seed while an answer fails, and keep the best."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.editing.answer import Question, Taken, take, with_check
from pipelines.editing.original import Original
from pipelines.errors import Interrupted, PaintingFailed
from pipelines.generate import Ask, Profile
from pipelines.painting.attempts import seeds
from pipelines.report import Check, noted

_LONGEST_CHARS = 160
_NOT_LOOKED_FOR = noted("text invented", "not looked for: another check failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of the model.

    Attributes
    ----------
    attempts
        How often to ask at most.
    steps, guidance_scale
        The model's own where they are None.
    """

    instruction: str
    negative: str = ""
    seed: int = 0
    attempts: int = 3
    strength: float = 1.0
    steps: int | None = None
    guidance_scale: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The best of all answers.

    Attributes
    ----------
    checks
        Those of the best answer, who painted it, and what became of every attempt.
    """

    taken: Taken
    checks: tuple[Check, ...]


def edited(
    original: Original,
    wish: Wish,
    profile: Profile,
    *,
    paint: Callable[[Ask], npt.NDArray[np.uint8]],
    cancelled: Callable[[], bool],
    inspect: Callable[[Taken], Check] | None = None,
) -> Outcome:
    """Edit a picture.

    Parameters
    ----------
    paint : asks the model, and gives it back to others before the answer is looked at
    inspect : looks for invented text, which costs time, in an answer that has passed all else

    Raises
    ------
    Interrupted : between two attempts
    PaintingFailed : no attempt gave a picture of which anything could be taken
    """
    question = Question.of(original, profile.buckets)
    tries: list[tuple[int, Taken]] = []
    for seed in seeds(wish.seed, wish.attempts):
        if cancelled():
            raise Interrupted(f"cancelled after {len(tries)} attempts")
        taken = take(question, paint(_ask(question, wish, seed=seed)))
        if inspect is not None:
            taken = with_check(taken, inspect(taken) if taken.passed else _NOT_LOOKED_FOR)
        tries.append((seed, taken))
        if taken.passed:
            break
    best = min((taken for _, taken in tries), key=lambda one: (not one.usable, len(one.failures)))
    if not best.usable:
        raise PaintingFailed(name=profile.name, why=_story(tries))
    told = noted("attempts", f"{len(tries)} of at most {wish.attempts}; {_story(tries)}")
    by = noted("painted by", _painted_by(question, profile))
    return Outcome(taken=best, checks=(by, told, *best.checks))


def _ask(question: Question, wish: Wish, *, seed: int) -> Ask:
    return Ask(
        picture=question.picture,
        mask=question.mask,
        prompt=wish.instruction,
        negative_prompt=wish.negative,
        strength=wish.strength,
        steps=wish.steps,
        guidance_scale=wish.guidance_scale,
        seed=seed,
    )


def _painted_by(question: Question, profile: Profile) -> str:
    width, height = question.fit.bucket_px
    enlarged = 1 / question.fit.scale
    words = f"{profile.title} at {width} x {height} px"
    return words + (f"; what changed was enlarged {enlarged:.1f} times" if enlarged > 1.05 else "")


def _story(tries: list[tuple[int, Taken]]) -> str:
    return "; ".join(f"seed {seed} {_fate(taken)}" for seed, taken in tries)


def _fate(taken: Taken) -> str:
    if taken.passed:
        return "passed"
    why = ", ".join(f"{one.name}: {one.value}" for one in taken.failures)
    return f"failed ({why if len(why) <= _LONGEST_CHARS else why[: _LONGEST_CHARS - 1] + '…'})"
