"""Trains and writes the bundled models: `python main.py --data DIR`."""

import argparse
import os
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from data import sources

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Wanted:
    """One model: its settings, and the configuration file that they stand in."""

    name: str
    settings: dict
    config: Path
    processes: int


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="train", description="Trains the bundled models on the data in DIR.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="holds sst2/ and tweets/, each train.tsv and validation.tsv")
    parser.add_argument("--only", metavar="NAME", help="train this model only")
    parser.add_argument("--out", type=Path, default=HERE.parent / "models", metavar="DIR", help="where NAME/ is written (default: worker/models)")
    parser.add_argument("--manifest", type=Path, default=HERE / "manifest.json", metavar="FILE")
    parser.add_argument(
        "--config", type=Path, action="append", metavar="FILE", help="may be given several times (default: config.toml and tiny.toml)"
    )
    parser.add_argument("--checkpoints", type=Path, metavar="DIR", help="keep float weights here, and skip the training of those already there")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    models = [model for file in chosen.config or (HERE / "config.toml", HERE / "tiny.toml") for model in read(file)]
    wanted = [model for model in models if chosen.only in (None, model.name)]
    if not wanted:
        return fail(f"--only {chosen.only}: no such model, there are {', '.join(model.name for model in models)}")
    missing = {str(f): f for model in wanted for f in files(chosen.data, model.settings).values() if not f.is_file()}
    if missing:
        return fail(f"--data {chosen.data}: missing {', '.join(missing)}")
    chosen.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for model in wanted:
            make = make_forest if model.settings.get("kind") == "forest" else make_transformer
            print(make(model, chosen, (chosen.checkpoints or Path(scratch)).resolve()), file=sys.stderr)
    return 0


# Slow imports come after the arguments have been checked.


def make_transformer(model: Wanted, chosen: argparse.Namespace, checkpoints: Path) -> str:
    import manifest
    import recipe
    import start_weights
    from export import export

    name, settings, metric = model.name, model.settings, model.settings["metric"]
    print(f"{name}: training", file=sys.stderr)
    trained = recipe.train(name, settings, chosen.data, checkpoints / f"{name}.pt", model.processes)
    print(f"{name}: quantising and measuring", file=sys.stderr)
    figures = export(name, settings, trained, chosen.data, chosen.out / name)
    start = start_weights.directory()
    inputs = {f"start/{f}": start / f for f in ("model.safetensors", "tokenizer.json")} | files(chosen.data, settings)
    manifest.record(chosen.manifest, name, settings, model.config, inputs, chosen.out / name, figures)
    return f"{name}: {metric} float {figures['float'][metric]:.4f}, int8 {figures['int8'][metric]:.4f}"


def make_forest(model: Wanted, chosen: argparse.Namespace, _: Path) -> str:
    import manifest
    from forest_export import export

    name, settings, metric = model.name, model.settings, model.settings["metric"]
    print(f"{name}: fitting and measuring", file=sys.stderr)
    figures = export(name, settings, chosen.data, chosen.out / name)
    manifest.record(chosen.manifest, name, settings, model.config, files(chosen.data, settings), chosen.out / name, figures)
    return f"{name}: {metric} {figures['quality'][metric]:.4f}"


def read(config: Path) -> list[Wanted]:
    content = tomllib.loads(config.read_text(encoding="utf-8"))
    return [Wanted(name, value, config, content["processes"]) for name, value in content.items() if isinstance(value, dict)]


def files(data: Path, settings: dict) -> dict[str, Path]:
    return {f"{source}/{f}": data / source / f for source in sources(settings) for f in ("train.tsv", "validation.tsv")}


def fail(message: str) -> int:
    print(f"train: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    sys.exit(main())
