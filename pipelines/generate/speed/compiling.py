"""Compiling the blocks that a model repeats, and keeping the code for the next run.

Blocks, not whole models: the gain is the same and it takes a tenth of the time, as the code of
one block serves all of its kind.
"""

import os
from pathlib import Path
from typing import Any

from pipelines.generate.speed.options import SpeedOptions

_CACHE_VARIABLE = "TORCHINDUCTOR_CACHE_DIR"
_MOST_VERSIONS = 1024
"""Compiled versions of one block that torch keeps; its own limit of 8 is fewer than a model has
buckets, and beyond it torch refuses to run. SDXL: 9 buckets, 4 batch sizes, 2 widths, with and
without guidance, for 144."""


def compile_blocks(model: Any, options: SpeedOptions, *, any_length: bool) -> None:
    """Compile a denoiser's repeated blocks on their first use.

    Parameters
    ----------
    any_length
        Sizes are left open, which a model needs whose prompts differ in length; otherwise each
        size is compiled for itself, to somewhat faster code.
    """
    _prepare(options)
    # The first-block cache decides between blocks, outside of what can be compiled.
    whole = "first_block_cache" not in options.switches
    model.compile_repeated_blocks(
        fullgraph=whole, dynamic=any_length, backend=options.compile_backend
    )


def compile_decoder(vae: Any, options: SpeedOptions) -> None:
    """Compile the VAE's decoder on its first use, for each size."""
    _prepare(options)
    vae.decoder.compile(fullgraph=True, dynamic=False, backend=options.compile_backend)


def _prepare(options: SpeedOptions) -> None:
    import torch._dynamo.config as dynamo

    dynamo.recompile_limit = max(dynamo.recompile_limit, _MOST_VERSIONS)
    dynamo.accumulated_recompile_limit = max(dynamo.accumulated_recompile_limit, _MOST_VERSIONS)
    if options.compile_cache is not None:
        _keep_code_in(options.compile_cache)


def _keep_code_in(folder: Path) -> None:
    """Tell torch where compiled code is kept, by the variable that it looks at each time.

    It writes its own choice there as soon as it is imported, a folder that does not outlive the
    machine; only a folder that the user chose stays.
    """
    from torch._inductor.runtime.cache_dir_utils import default_cache_dir

    set_before = os.environ.get(_CACHE_VARIABLE, "")
    if set_before and Path(set_before) != Path(default_cache_dir()):
        return
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[_CACHE_VARIABLE] = str(folder)
