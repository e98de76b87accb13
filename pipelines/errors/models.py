"""What is wrong with a model, its weights or what it was asked to paint."""

from collections.abc import Iterable

from pipelines.errors.base import PipelineError, nearest


class ModelUnknown(PipelineError):
    """No model of that name is described."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.name = name
        super().__init__(f"no model '{name}'{nearest(name, known)} (known: {', '.join(known)})")


class ModelMissing(PipelineError):
    """The model is described, but its weights are not on this machine."""

    def __init__(self, *, name: str, why: str = "its weights are not on this machine") -> None:
        super().__init__(f"model '{name}': {why}; run `packshot models pull {name}`")
        self.name, self.why = name, why


class ModelCorrupt(PipelineError):
    """The file's SHA-256 is not the one recorded for the model, or `fact` says what is wrong."""

    def __init__(self, *, name: str, expected: str = "", found: str = "", fact: str = "") -> None:
        fact = fact or f"SHA-256 is {found[:12]}…, expected {expected[:12]}…"
        super().__init__(f"model '{name}': {fact}; run `packshot models pull {name} --force`")
        self.name, self.expected, self.found = name, expected, found


class ProfileInvalid(PipelineError):
    """A file that describes a large model says what none can mean."""

    def __init__(self, *, file: str, key: str, fact: str) -> None:
        where = f"{key} " if key and not fact.startswith("no such") else f"{key}: " if key else ""
        super().__init__(f"{file}: {where}{fact}")
        self.file, self.key, self.fact = file, key, fact


class CheckpointUnusable(PipelineError):
    """A large model's files cannot be loaded or fetched: `fix` says what to do."""

    def __init__(self, *, name: str, fact: str, fix: str) -> None:
        super().__init__(f"model '{name}': {fact}; {fix}")
        self.name, self.fact, self.fix = name, fact, fix


class LicenceRefused(PipelineError):
    """A model's licence allows no commercial use, and the user has not said that this is none."""

    def __init__(self, *, name: str, licence: str) -> None:
        self.name, self.licence = name, licence
        super().__init__(
            f"model '{name}': its licence ({licence}) forbids commercial use; if yours is none, "
            "say so with PACKSHOT_NONCOMMERCIAL=true or --noncommercial"
        )


class OutOfMemory(PipelineError):
    """The device cannot hold what a model needs for `pictures` pictures at once; 0: to load it."""

    def __init__(self, *, name: str, device: str, pictures: int) -> None:
        self.name, self.device, self.pictures = name, device, pictures
        at_once = f"{pictures} pictures at once" if pictures > 1 else "one picture"
        at_once = at_once if pictures else "its weights"
        super().__init__(f"model '{name}': {device} has too little memory for {at_once}")


class EditorNeeded(PipelineError):
    """An edit needs a model that edits; `instead` is a command that needs none, or ""."""

    def __init__(self, *, models: Iterable[str], instead: str) -> None:
        self.models, self.instead = tuple(models), instead
        known = "; ".join(self.models) or "none is described"
        exactly = f"; without a model, {instead}" if instead else ""
        super().__init__(f"an edit needs a model that edits, give --model: {known}{exactly}")


class PaintingFailed(PipelineError):
    """A large model gave no picture."""

    def __init__(self, *, name: str, why: str) -> None:
        self.name, self.why = name, why
        super().__init__(f"model '{name}' gave no picture: {why}")
