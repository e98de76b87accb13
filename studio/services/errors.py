"""What a use case on images refuses.

::

    ServiceError
    ├── InputMissing        a path that is not there, or holds no images
    ├── OutputUnwritable    the folder for results cannot be written
    ├── OutputBusy          another run writes to the same folder
    └── ManifestInvalid     a manifest that cannot be read at all
"""


class ServiceError(Exception):
    """A request that cannot be carried out; the sentence says why and what to do."""


class InputMissing(ServiceError):
    """A path that is not there, cannot be read, or holds no images."""

    def __init__(self, *, path: str, fact: str, fix: str) -> None:
        super().__init__(f"{path}: {fact}; {fix}")
        self.path = path


class OutputUnwritable(ServiceError):
    """The folder for results cannot be written."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(
            f"{path}: cannot be written ({why}); free some space or choose another --out"
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
