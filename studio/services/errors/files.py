"""Refusals of what is read from files and written to them."""

from __future__ import annotations

from studio.services.errors.base import ServiceError


class InputMissing(ServiceError):
    """A path that is not there, cannot be read, or holds no images."""

    def __init__(self, *, path: str, fact: str, fix: str) -> None:
        super().__init__(f"{path}: {fact}; {fix}")
        self.path = path


class OutputUnwritable(ServiceError):
    """The folder or file for results, which `option` names, cannot be written."""

    def __init__(self, *, path: str, why: str, option: str = "--out") -> None:
        super().__init__(
            f"{path}: cannot be written ({why}); free some space or choose another {option}"
        )
        self.path = path


class HomeUnwritable(ServiceError):
    """The folder that holds the database and the asset store cannot be made."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(
            f"{path}: cannot be made ({why}); free some space, or set PACKSHOT_HOME to a folder "
            "that you may write to"
        )
        self.path = path


class OutputBusy(ServiceError):
    """Another run writes to the same folder."""

    def __init__(self, *, path: str) -> None:
        super().__init__(
            f"{path}: another packshot run is writing here; wait for it or choose another --out"
        )
        self.path = path


class ManifestInvalid(ServiceError):
    """A manifest that cannot be read at all; single bad rows are reported as rows."""

    def __init__(self, *, path: str, fact: str, fix: str) -> None:
        super().__init__(f"{path}: {fact}; {fix}")
        self.path = path


class NamePatternInvalid(ServiceError):
    """A pattern for file names that no image can be named by."""

    def __init__(self, *, pattern: str, fact: str) -> None:
        super().__init__(
            f"name {pattern}: {fact}; write it of {{stem}}, {{n}}, {{kind}}, {{spec}}, "
            "{template} and {variant}"
        )
        self.pattern, self.fact = pattern, fact


class VariantsInvalid(ServiceError):
    """A set of variants that cannot be made."""

    def __init__(self, *, asked: str, fact: str, fix: str) -> None:
        super().__init__(f"--variants {asked}: {fact}; {fix}")
        self.asked, self.fact, self.fix = asked, fact, fix


class CountsInvalid(ServiceError):
    """A file of counts that cannot be analysed."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


class CredentialsTooLarge(ServiceError):
    """Signing would break the channel's byte limit."""

    def __init__(self, *, spec: str, limit_bytes: int, signed_bytes: int) -> None:
        super().__init__(
            f"with content credentials the file has {signed_bytes:,} bytes, {spec} takes at most "
            f"{limit_bytes:,}; choose a smaller --size, or leave --credentials out"
        )
        self.spec, self.limit_bytes, self.signed_bytes = spec, limit_bytes, signed_bytes
