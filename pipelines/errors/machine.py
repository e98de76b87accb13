"""What this machine lacks."""

from pipelines.errors.base import PipelineError


class DeviceMissing(PipelineError):
    """A device was demanded that is not here; nothing falls back to another one in silence."""

    def __init__(self, *, device: str, why: str, fix: str) -> None:
        super().__init__(f"device {device} was asked for: {why}; {fix}, or use --device auto")
        self.device, self.why, self.fix = device, why, fix


class SigningUnavailable(PipelineError):
    """Content credentials need a library that is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "content credentials need c2pa-python; pip install 'packshot[c2pa]', or leave "
            "--credentials out"
        )


class SigningKeyUnusable(PipelineError):
    """The key or certificate for content credentials cannot be used."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class RendererMissing(PipelineError):
    """3D models need Blender's module, which is not here."""

    def __init__(self, *, why: str) -> None:
        self.why = why
        super().__init__(
            f"3D models are rendered by Blender: {why}; pip install 'packshot[render]' brings it "
            "for Python 3.11, or set PACKSHOT_BLENDER_PYTHON to an interpreter that has bpy"
        )


class ExtraMissing(PipelineError):
    """An optional library is not installed: `what` needs it, `extra` brings it."""

    def __init__(self, *, what: str, extra: str) -> None:
        self.what, self.extra = what, extra
        super().__init__(f"{what} need a library; pip install 'packshot[{extra}]' brings it")
