"""Trains, quantises and writes the bundled models: `python main.py --data DIR`."""

import argparse
import os
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="train", description="Trains the bundled models on the data in DIR.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="holds sst2/ and tweets/, each train.tsv and validation.tsv")
    parser.add_argument("--only", metavar="NAME", help="train this model only")
    parser.add_argument("--out", type=Path, default=HERE.parent / "models", metavar="DIR", help="where NAME/ is written (default: worker/models)")
    parser.add_argument("--manifest", type=Path, default=HERE / "manifest.json", metavar="FILE")
    parser.add_argument("--config", type=Path, default=HERE / "config.toml", metavar="FILE")
    parser.add_argument("--checkpoints", type=Path, metavar="DIR", help="keep float weights here, and skip the training of those already there")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    config = tomllib.loads(chosen.config.read_text(encoding="utf-8"))
    models = {name: settings for name, settings in config.items() if isinstance(settings, dict)}
    if chosen.only is not None and chosen.only not in models:
        return fail(f"--only {chosen.only}: no such model, there are {', '.join(models)}")
    wanted = {n: s for n, s in models.items() if chosen.only in (None, n)}
    missing = [str(f) for s in wanted.values() for f in files(chosen.data, s).values() if not f.is_file()]
    if missing:
        return fail(f"--data {chosen.data}: missing {', '.join(missing)}")
    # Slow imports come after the arguments have been checked.
    import manifest
    import recipe
    import start_weights
    from export import export

    with tempfile.TemporaryDirectory() as scratch:
        for name, settings in wanted.items():
            print(f"{name}: training", file=sys.stderr)
            checkpoint = (chosen.checkpoints or Path(scratch)).resolve() / f"{name}.pt"
            trained = recipe.train(name, settings, chosen.data / settings["data"], checkpoint, config["processes"])
            print(f"{name}: quantising and measuring", file=sys.stderr)
            chosen.out.mkdir(parents=True, exist_ok=True)
            figures = export(name, settings, trained, chosen.data / settings["data"], chosen.out / name)
            start = start_weights.directory()
            inputs = {f"start/{f}": start / f for f in ("model.safetensors", "tokenizer.json")} | files(chosen.data, settings)
            manifest.record(chosen.manifest, name, settings, chosen.config, inputs, chosen.out / name, figures)
            metric = settings["metric"]
            print(f"{name}: {metric} float {figures['float'][metric]:.4f}, int8 {figures['int8'][metric]:.4f}", file=sys.stderr)
    return 0


def files(data: Path, settings: dict) -> dict[str, Path]:
    return {f"{settings['data']}/{f}": data / settings["data"] / f for f in ("train.tsv", "validation.tsv")}


def fail(message: str) -> int:
    print(f"train: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    sys.exit(main())
