"""Writing a model directory."""

import shutil
from pathlib import Path


def replace(target: Path, files: dict[str, bytes]) -> None:
    """Makes `target` hold exactly `files` (path inside it → content); until the end the old directory stays as it was."""
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for name, content in files.items():
        file = partial / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    partial.rename(target)
    shutil.rmtree(old, ignore_errors=True)
