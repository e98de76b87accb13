"""What runs an ONNX network: an accelerator, OpenVINO where it is installed, or ONNX Runtime."""

import importlib.util
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from threading import Lock, local
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pipelines.matting.bindings import load_openvino
from pipelines.matting.compiled import CompiledNetworks
from pipelines.matting.eight_bits import Ranges, multiplies_eight_bits, narrow, ranges_of
from pipelines.matting.providers import DeviceWish, providers_for, refuse_fallback
from pipelines.matting.single_maps import ease_single_maps
from pipelines.weights import sha256_of

Floats = npt.NDArray[np.float32]
Shape = tuple[int, ...]


class Engine(Protocol):
    """A network that is loaded and ready to run; safe to call from several threads."""

    @property
    def device(self) -> str:
        """Where it runs, on what, and in which precision where that is not float32."""
        ...

    @property
    def side_px(self) -> int | None:
        """The file's own square input size; None where it has none."""
        ...

    @property
    def quick(self) -> "Engine | None":
        """The same network faster, in less precision, for any input size; None where none is."""
        ...

    def prepare(self, side_px: int, *, output: int = 0) -> None:
        """Do beforehand what the first picture of a size would wait for."""
        ...

    def run(self, picture: Floats, *, output: int = 0) -> Floats:
        """One output of the network, float32 (h, w), for float32 (1, 3, h, w).

        Parameters
        ----------
        output
            0 for the answer; others are the same one at earlier layers, which cost less.
        """
        ...


def open_engine(
    weights: Path, *, threads: int = 0, device: DeviceWish = "auto", compiled: Path | None = None
) -> Engine:
    """Load a network on the fastest engine that is here.

    Parameters
    ----------
    threads
        For one picture; 0 takes all cores.
    device
        Where it shall run.
    compiled
        Folder in which an engine that compiles keeps what it compiled for the next process.

    Raises
    ------
    DeviceMissing : it does not run where it was asked to
    """
    providers = providers_for(device)
    if len(providers) > 1 or importlib.util.find_spec("openvino") is None:
        return OnnxRuntimeEngine(weights, threads=threads, device=device)
    return OpenVinoEngine(weights, threads=threads, compiled=compiled)


class OnnxRuntimeEngine:
    """ONNX Runtime, on an accelerator where this build of it has one."""

    quick: Engine | None = None

    def __init__(self, weights: Path, *, threads: int = 0, device: DeviceWish = "auto") -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        # Threads that wait in a loop take the cores from the workers beside them.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        wanted = providers_for(device)
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=wanted)
        refuse_fallback(device, self._session.get_providers())
        self._fell_back = self._session.get_providers()[0] != wanted[0]
        self._input = self._session.get_inputs()[0].name
        self._outputs = [one.name for one in self._session.get_outputs()]
        side = self._session.get_inputs()[0].shape[-1]
        self.side_px: int | None = side if isinstance(side, int) else None

    @property
    def device(self) -> str:
        """Where the network really runs, and if not where it should."""
        first: str = self._session.get_providers()[0]
        name = first.removesuffix("ExecutionProvider").lower()
        return f"{name}, as the accelerator's libraries do not load" if self._fell_back else name

    def prepare(self, side_px: int, *, output: int = 0) -> None:
        """Nothing: it is ready for each size that its file knows."""

    def run(self, picture: Floats, *, output: int = 0) -> Floats:
        """One output of the network for one picture."""
        found = self._session.run([self._outputs[output]], {self._input: picture})[0]
        return np.asarray(found[0, 0], dtype=np.float32)


class OpenVinoEngine:
    """OpenVINO on the processor, a network compiled for each input size and output asked for.

    Its float32 gives what ONNX Runtime's gives to 1e-4, in four fifths of the time; bfloat16 takes
    half of that where the processor multiplies it natively, and moves soft edges; eight bits in
    the costliest layers take two thirds of that again.
    """

    def __init__(self, weights: Path, *, threads: int = 0, compiled: Path | None = None) -> None:
        core = load_openvino().Core()
        self._capable: list[str] = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self._weights = weights
        kept = None if compiled is None else CompiledNetworks(compiled)
        self._network = _Network(core, core.read_model(weights), _options(threads), kept=kept,
                                 about={"weights": sha256_of(weights)})  # fmt: skip
        side = self._network.model.input(0).partial_shape[-1]
        self.side_px: int | None = side.get_length() if side.is_static else None

    @cached_property
    def quick(self) -> Engine | None:
        """The same network in less precision, where the processor has it; else itself."""
        if "BF16" not in self._capable:
            return QuickEngine(self._network, device=self.device)
        narrowed = multiplies_eight_bits(self._capable)
        ranges = ranges_of(self._weights) if narrowed else {}
        device = f"{self.device} in bfloat16{' and eight bits' if ranges else ''}"
        network = _Network(
            self._network.core, self._network.model,
            self._network.options | {"INFERENCE_PRECISION_HINT": "bf16"}, ranges=ranges, quick=True,
            kept=self._network.kept, about=self._network.about,
        )  # fmt: skip
        return QuickEngine(network, device=device)

    @property
    def device(self) -> str:
        """The processor."""
        return "cpu by openvino"

    def prepare(self, side_px: int, *, output: int = 0) -> None:
        """Compile for a size, or read back what was compiled."""
        self._network.prepare((1, 3, side_px, side_px), output)

    def run(self, picture: Floats, *, output: int = 0) -> Floats:
        """One output of the network for one picture."""
        return self._network.run(picture, output)


class QuickEngine:
    """OpenVINO with less precision and any input size."""

    quick: Engine | None = None
    side_px: int | None = None

    def __init__(self, network: "_Network", *, device: str) -> None:
        self._network = network
        self.device = device

    def prepare(self, side_px: int, *, output: int = 0) -> None:
        """Compile for a size, or read back what was compiled."""
        self._network.prepare((1, 3, side_px, side_px), output)

    def run(self, picture: Floats, *, output: int = 0) -> Floats:
        """One output of the network for one picture."""
        return self._network.run(picture, output)


def _options(threads: int) -> dict[str, Any]:
    cores = os.cpu_count() or 1
    each = threads or cores
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "NUM_STREAMS": str(max(1, cores // each)),
        "INFERENCE_NUM_THREADS": each * max(1, cores // each),
        "ENABLE_CPU_PINNING": False,  # other processes use the cores as well
    }


class _Network:
    """A network that is compiled when it is first asked for a size and an output."""

    def __init__(
        self,
        core: Any,
        model: Any,
        options: Mapping[str, Any],
        *,
        kept: CompiledNetworks | None,
        about: Mapping[str, object],
        ranges: Ranges | None = None,
        quick: bool = False,
    ) -> None:
        self.core, self.model, self.options = core, model, dict(options)
        self.kept, self.about = kept, about
        self._ranges = ranges or {}
        self._quick = quick
        self._compiling = Lock()
        self._compiled: dict[tuple[Shape, int], Any] = {}
        self._requests = local()

    def prepare(self, shape: Shape, output: int) -> None:
        """Compile for a size and an output."""
        self._compile(shape, output)

    def run(self, picture: Floats, output: int) -> Floats:
        """One output for one picture, with no layer computed that it needs not."""
        request = self._request(picture.shape, output)
        request.infer([picture])
        return np.array(request.get_output_tensor(0).data[0, 0], dtype=np.float32)

    def _request(self, shape: Shape, output: int) -> Any:
        """A request of this thread's own: two threads must not write into one."""
        if not hasattr(self._requests, "known"):
            self._requests.known = {}
        known: dict[tuple[Shape, int], Any] = self._requests.known
        if (shape, output) not in known:
            known[shape, output] = self._compile(shape, output).create_infer_request()
        return known[shape, output]

    def _compile(self, shape: Shape, output: int) -> Any:
        with self._compiling:
            if (shape, output) not in self._compiled:
                self._compiled[shape, output] = self._made(shape, output)
            return self._compiled[shape, output]

    def _made(self, shape: Shape, output: int) -> Any:
        if self.kept is None:
            return self._anew(shape, output)
        ranges = {name: widest.tolist() for name, widest in self._ranges.items()}
        about = {**self.about, "options": self.options, "ranges": ranges, "shape": shape,
                 "output": output}  # fmt: skip
        return self.kept.get(self.core, about, lambda: self._anew(shape, output))

    def _anew(self, shape: Shape, output: int) -> Any:
        from openvino import Model

        whole = self.model.clone()
        model = Model([whole.outputs[output]], whole.get_parameters())
        model.reshape(list(shape))
        if self._quick:
            ease_single_maps(model)
        narrow(model, self._ranges)
        return self.core.compile_model(model, "CPU", self.options)
