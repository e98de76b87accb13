"""The first numbers that threads see, in a process of their own: a deadlock holds all threads."""

import subprocess
import sys

_FIRST_LOOKS = """
import sys, threading
import numpy as np
from pipelines.matting.bindings import load_openvino

openvino = load_openvino()
from openvino import opset13

seen = opset13.parameter([1, 3, 8, 8], np.float32)
model = openvino.Model([opset13.relu(seen)], [seen], "relu")
compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1})
tensors = [compiled.create_infer_request().get_input_tensor(0) for _ in range(16)]
sys.setswitchinterval(5e-5)
started = False


def first_look(tensor, later):
    while not started:
        pass
    for _ in range(40 * later):
        pass
    tensor.data[:] = 1


threads = [threading.Thread(target=first_look, args=(one, n)) for n, one in enumerate(tensors)]
for thread in threads:
    thread.start()
started = True
for thread in threads:
    thread.join()
print(sum(float(one.data.sum()) for one in tensors))
"""


def test_threads_that_look_for_the_first_time_at_once_do_not_wait_for_each_other_for_ever() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_LOOKS], capture_output=True, text=True, check=True, timeout=60
    )
    assert float(done.stdout) == 16 * 3 * 8 * 8
