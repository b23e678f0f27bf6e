"""Runs an ONNX model the way the worker does: onnxruntime on CPU, one intra-op thread."""

import os
import time

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402

MAX_TOKENS = 512


def session(model: bytes | str) -> onnxruntime.InferenceSession:
    """A session over a serialised model or a path to one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def cut(ids: list[int]) -> list[int]:
    """At most 512 token ids, the last (special) one kept."""
    return ids if len(ids) <= MAX_TOKENS else ids[: MAX_TOKENS - 1] + ids[-1:]


def run(runtime: onnxruntime.InferenceSession, rows: list[list[int]], padding: int = 0) -> np.ndarray:
    """Logits [rows, labels] of token id rows, padded on the right to the longest row."""
    longest = max(map(len, rows))
    ids = np.full((len(rows), longest), padding, dtype=np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return runtime.run(["logits"], {"input_ids": ids, "attention_mask": mask})[0]


def run_alone(runtime: onnxruntime.InferenceSession, rows: list[list[int]]) -> np.ndarray:
    """Logits [rows, labels], every row in a batch of its own: what a single request gets."""
    return np.concatenate([run(runtime, [cut(r)]) for r in rows])


def run_texts(runtime: onnxruntime.InferenceSession, texts: list[str]) -> np.ndarray:
    """What a graph that takes strings answers, float32 [texts, labels] or [texts, 1], every text in a batch of its own."""
    name = runtime.get_inputs()[0].name
    floats = [output.name for output in runtime.get_outputs() if output.type == "tensor(float)"]
    return np.concatenate([runtime.run(floats, {name: np.array([[text]], dtype=object)})[0] for text in texts])


def latency(runtime: onnxruntime.InferenceSession, rows: list[list[int]]) -> float:
    """Mean seconds per row at batch 1, after ten rows of warm-up."""
    for row in rows[:10]:
        run(runtime, [cut(row)])
    start = time.perf_counter()
    for row in rows:
        run(runtime, [cut(row)])
    return (time.perf_counter() - start) / len(rows)
