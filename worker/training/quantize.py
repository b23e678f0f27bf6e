"""int8: a few ways to quantise, judged on validation."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic


@dataclass(frozen=True)
class Way:
    """One way to quantise the matrix products; embeddings are always int8 with one scale per row.

    `signed`: int8 weights (else uint8). `per_channel`: one scale per output column. `seven_bits`: weights in 7 bits, so that
    u8 x s8 products cannot saturate on processors without VNNI.
    """

    name: str
    signed: bool
    per_channel: bool
    seven_bits: bool

    @property
    def saturates(self) -> bool:
        """Whether results change on x86 processors without VNNI."""
        return self.signed and not self.seven_bits


def quantize(model: onnx.ModelProto, way: Way) -> onnx.ModelProto:
    """The int8 graph of the float `model`."""
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "int8.onnx"
        source = Path(directory) / "float.onnx"
        onnx.save(model, source)
        quantize_dynamic(
            source, target, op_types_to_quantize=["MatMul"], per_channel=way.per_channel, reduce_range=way.seven_bits,
            weight_type=QuantType.QInt8 if way.signed else QuantType.QUInt8,
            extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip
        result = onnx.load(target)
    for gather in ("embed_words", "embed_positions"):
        _quantize_rows(result, gather)
    onnx.checker.check_model(result, full_check=False)
    return result


def _quantize_rows(model: onnx.ModelProto, name: str) -> None:
    """Replaces the embedding table of Gather `name` by int8 rows, each with its own scale: Cast(Gather(q)) * Gather(scale)."""
    graph = model.graph
    position = next(i for i, n in enumerate(graph.node) if n.name == name)
    gather = graph.node[position]
    table_name, index = gather.input
    stored = next(t for t in graph.initializer if t.name == table_name)
    table = numpy_helper.to_array(stored)
    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-12).astype(np.float32) / 127
    graph.initializer.remove(stored)
    graph.initializer.append(numpy_helper.from_array(np.rint(table / scale).astype(np.int8), f"{table_name}.int8"))
    graph.initializer.append(numpy_helper.from_array(scale, f"{table_name}.scale"))
    nodes = [
        helper.make_node("Gather", [f"{table_name}.int8", index], [f"{name}.int8"], name=f"{name}.int8"),
        helper.make_node("Cast", [f"{name}.int8"], [f"{name}.cast"], name=f"{name}.cast", to=TensorProto.FLOAT),
        helper.make_node("Gather", [f"{table_name}.scale", index], [f"{name}.scale"], name=f"{name}.scale"),
        helper.make_node("Mul", [f"{name}.cast", f"{name}.scale"], list(gather.output), name=f"{name}.mul"),
    ]
    graph.node.remove(gather)
    for offset, node in enumerate(nodes):
        graph.node.insert(position + offset, node)


WAYS = (
    Way("uint8 per column", signed=False, per_channel=True, seven_bits=False),
    Way("int8 in 7 bits per column", signed=True, per_channel=True, seven_bits=True),
    Way("uint8 per tensor", signed=False, per_channel=False, seven_bits=False),
    Way("int8 per column", signed=True, per_channel=True, seven_bits=False),
)
