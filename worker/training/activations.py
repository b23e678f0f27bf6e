"""Other ways to quantise what goes into the matrix products of the bundled models, beside the shipped one.

`python activations.py --data DIR [--only NAME] [--rounds N]` prints a table. The weights stay those of the shipped graph; only its
DynamicQuantizeLinear nodes (one scale for a whole batch, found while running) are replaced:

- static: one scale for ever, calibrated on texts of the training set;
- per token: one symmetric scale for each row, found while running, so that a text's answer does not depend on its batch;
- float: not at all, with the shipped weights made float again; what the others are measured against.
"""

import argparse
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import inference  # first: it turns telemetry off

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession
from tokenizers import Tokenizer

import data
from quality import judge

HERE = Path(__file__).resolve().parent
NAMES = ("distilbert-mini-sst2", "roberta-mini-tweets")
CALIBRATION_TEXTS, VALUES_PER_TEXT, SEED = 400, 4000, 7
# Share of the values that the static range holds; what lies outside is clipped.
SHARES = (1.0, 0.9999, 0.999)
TIMED_TEXTS = 256
# Texts in a run, sorted by length; 1 is a text alone.
SIZES = (1, 4, 8)


def main() -> int:
    parser = argparse.ArgumentParser(prog="activations", description="Compares ways to quantise activations.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="as for training")
    parser.add_argument("--only", choices=NAMES, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=7, help="timed rounds; every round times each way once (default 7)")
    chosen = parser.parse_args()
    config = tomllib.loads((HERE / "config.toml").read_text(encoding="utf-8"))
    for name in NAMES if chosen.only is None else [chosen.only]:
        print("\n".join(compare(name, config[name], chosen.data, chosen.rounds)), flush=True)
    return 0


def compare(name: str, settings: dict, root: Path, rounds: int) -> Iterator[str]:
    """The lines of a table. Times are processor time of this process: other load on the machine counts less."""
    directory = HERE.parent / "models" / name
    tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
    shipped = onnx.load(directory / "onnx" / "model_quantized.onnx")
    padding = tokenizer.token_to_id("[PAD]") if "distilbert" in name else tokenizer.token_to_id("<pad>")
    validation = data.load(root, settings, "validation")
    rows = [inference.cut(e.ids) for e in tokenizer.encode_batch(validation.texts)]
    ways = {"dynamic (shipped)": shipped, "per token": per_token(shipped)}
    values = calibrate(shipped, tokenizer, data.load(root, settings, "train").texts)
    for share in SHARES:
        ways[f"static, range of {100 * share:g} %"] = static(shipped, values, share)
    ways["float"] = floats(shipped)
    runtimes = {way: inference.session(model.SerializeToString()) for way, model in ways.items()}
    seconds = {way: {size: [] for size in SIZES} for way in ways}
    some = sorted(np.random.default_rng(SEED).permutation(len(rows))[:TIMED_TEXTS], key=lambda i: len(rows[i]))
    for _ in range(rounds):
        for size in SIZES:
            for way, runtime in runtimes.items():
                seconds[way][size].append(timed(runtime, [rows[i] for i in some], size, padding))
    yield f"\n**{name}**, {len(rows):,} validation texts, {rounds} rounds of {TIMED_TEXTS} texts\n"
    times = "".join(f" ms per text, {size} a run |" for size in SIZES)
    metric = settings["metric"].replace("_", "-")
    yield f"| activations | {metric} | mean logit difference from float |{times} batched and alone: largest difference | labels |"
    yield "|" + " --- |" * (len(SIZES) + 5)
    answers = {way: inference.run_alone(runtime, rows) for way, runtime in runtimes.items()}
    for way, alone in answers.items():
        # In file order: texts of any length share a run, so there is padding.
        batches = [inference.run(runtimes[way], rows[first : first + 8], padding) for first in range(0, len(rows), 8)]
        batched = np.concatenate(batches)
        quality = judge(alone, validation.labels, settings)[settings["metric"]]
        times = "".join(f" {1000 * np.median(seconds[way][size]) / TIMED_TEXTS:.3f} |" for size in SIZES)
        changed = int((batched.argmax(axis=1) != alone.argmax(axis=1)).sum())
        from_float = np.abs(alone - answers["float"]).mean()
        yield f"| {way} | {100 * quality:.1f} % | {from_float:.3f} |{times} {np.abs(batched - alone).max():.1e} | {changed} |"


def timed(runtime: InferenceSession, rows: list[list[int]], size: int, padding: int) -> float:
    start = time.process_time()
    for first in range(0, len(rows), size):
        inference.run(runtime, rows[first : first + size], padding)
    return time.process_time() - start


def calibrate(model: onnx.ModelProto, tokenizer: Tokenizer, texts: list[str]) -> dict[str, np.ndarray]:
    """Values of every quantised activation, by its name, sampled over texts of the training set; the extremes are always among them."""
    names = sorted({node.input[0] for node in _dynamic(model)})
    watched = onnx.ModelProto.FromString(model.SerializeToString())
    watched.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    runtime = inference.session(watched.SerializeToString())
    rng = np.random.default_rng(SEED)
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for at in rng.permutation(len(texts))[:CALIBRATION_TEXTS]:
        ids = np.array([inference.cut(tokenizer.encode(texts[at]).ids)])
        outputs = runtime.run(names, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        for name, output in zip(names, outputs, strict=True):
            flat = output.reshape(-1)
            found[name].append(np.concatenate([rng.choice(flat, VALUES_PER_TEXT), [flat.min(), flat.max()]]))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def static(model: onnx.ModelProto, values: dict[str, np.ndarray], share: float) -> onnx.ModelProto:
    """The graph with constant scales that hold the middle `share` of the calibrated `values`; zero is always among them."""

    def replace(node: onnx.NodeProto, constants: list[onnx.TensorProto]) -> list[onnx.NodeProto]:
        sample = values[node.input[0]]
        low, high = np.quantile(sample, [(1 - share) / 2, (1 + share) / 2])
        low, high = min(float(low), 0.0), max(float(high), 0.0)
        scale = np.array((high - low) / 255, dtype=np.float32)
        _, scale_name, zero_name = node.output
        constants.append(numpy_helper.from_array(scale, scale_name))
        constants.append(numpy_helper.from_array(np.array(round(-low / scale), dtype=np.uint8), zero_name))
        return [helper.make_node("QuantizeLinear", [node.input[0], scale_name, zero_name], [node.output[0]])]

    return _rewritten(model, replace)


def per_token(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with a symmetric scale per row: standard operators only, zero point 128 everywhere."""

    def replace(node: onnx.NodeProto, constants: list[onnx.TensorProto]) -> list[onnx.NodeProto]:
        x, (q, scale, zero) = node.input[0], node.output
        constants.append(numpy_helper.from_array(np.array(128, dtype=np.uint8), zero))
        constants.append(numpy_helper.from_array(np.array(1, dtype=np.float32), scale))
        return [
            helper.make_node("Abs", [x], [f"{x}.abs"]),
            helper.make_node("ReduceMax", [f"{x}.abs"], [f"{x}.largest"], axes=[-1], keepdims=1),
            helper.make_node("Max", [f"{x}.largest", "rows.least"], [f"{x}.safe"]),
            helper.make_node("Mul", [f"{x}.safe", "rows.step"], [f"{x}.step"]),
            helper.make_node("Reshape", [f"{x}.step", "rows.flat"], [f"{x}.scales"]),
            helper.make_node("Shape", [f"{x}.scales"], [f"{x}.count"]),
            helper.make_node("ConstantOfShape", [f"{x}.count"], [f"{x}.zeros"], value=helper.make_tensor("v", TensorProto.UINT8, [1], [128])),
            helper.make_node("Shape", [x], [f"{x}.shape"]),
            helper.make_node("Gather", [f"{x}.shape", "rows.last"], [f"{x}.width"]),
            helper.make_node("Concat", ["rows.flat", f"{x}.width"], [f"{x}.matrix"], axis=0),
            helper.make_node("Reshape", [x, f"{x}.matrix"], [f"{x}.rows"]),
            helper.make_node("QuantizeLinear", [f"{x}.rows", f"{x}.scales", f"{x}.zeros"], [f"{x}.q"], axis=0),
            helper.make_node("Reshape", [f"{x}.q", f"{x}.shape"], [q]),
        ]

    result = _rewritten(model, replace)
    _scale_rows(result)
    result.graph.initializer.extend(
        [
            numpy_helper.from_array(np.array([-1], dtype=np.int64), "rows.flat"),
            numpy_helper.from_array(np.array([-1], dtype=np.int64), "rows.last"),
            numpy_helper.from_array(np.array(1e-9, dtype=np.float32), "rows.least"),
            numpy_helper.from_array(np.array(1 / 127, dtype=np.float32), "rows.step"),
        ]
    )
    return result


def _scale_rows(model: onnx.ModelProto) -> None:
    """Multiplies every product by its rows' scales, behind the Mul by the weights' scale.

    Not in front of it: onnxruntime 1.30 fuses that pattern as if the rows had one scale, and answers something else.
    """
    rows = {}  # a tensor on its way from the product to that Mul → the activation
    nodes = []
    for node in model.graph.node:
        nodes.append(node)
        if node.op_type == "MatMulInteger":
            rows[node.output[0]] = node.input[0].removesuffix("_quantized")
        elif node.op_type in ("Cast", "Mul") and node.input[0] in rows:
            x = rows[node.input[0]]
            if node.op_type == "Cast":
                rows[node.output[0]] = x
                continue
            result = node.output[0]
            node.output[0] = f"{result}.unscaled"
            nodes.append(helper.make_node("Mul", [f"{result}.unscaled", f"{x}.step"], [result]))
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def floats(model: onnx.ModelProto) -> onnx.ModelProto:
    """The graph with float products of float weights: what the shipped weights stand for."""
    stored = {t.name: t for t in model.graph.initializer}

    def replace(node: onnx.NodeProto, constants: list[onnx.TensorProto]) -> list[onnx.NodeProto]:
        constants.append(numpy_helper.from_array(np.array(1, dtype=np.float32), node.output[1]))
        return [helper.make_node("Identity", [node.input[0]], [node.output[0]])]

    result = _rewritten(model, replace)
    for node in result.graph.node:
        if node.op_type == "MatMulInteger":
            # The scale of the weights follows in a Mul of its own.
            weight, zero = (numpy_helper.to_array(stored[name]).astype(np.float32) for name in (node.input[1], node.input[3]))
            result.graph.initializer.append(numpy_helper.from_array(weight - zero, f"{node.input[1]}.float"))
            node.CopyFrom(helper.make_node("MatMul", [node.input[0], f"{node.input[1]}.float"], list(node.output)))
    return result


def _dynamic(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.op_type == "DynamicQuantizeLinear"]


def _rewritten(model: onnx.ModelProto, replace) -> onnx.ModelProto:
    result = onnx.ModelProto.FromString(model.SerializeToString())
    constants: list[onnx.TensorProto] = []
    nodes = []
    for node in result.graph.node:
        nodes += replace(node, constants) if node.op_type == "DynamicQuantizeLinear" else [node]
    del result.graph.node[:]
    result.graph.node.extend(nodes)
    result.graph.initializer.extend(constants)
    return result


if __name__ == "__main__":
    sys.exit(main())
