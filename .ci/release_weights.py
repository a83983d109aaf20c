#!/usr/bin/env python3
"""Takes the weights of a finished run into pretrained/: copies the files, writes sizes and checksums into the manifest.

    .ci/release_weights.py RUN [DEFAULT_DETAIL]

Run it only when `restore bench` says that the new weights are better, and add the run to pretrained/RUNS.md.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

LARGEST = 25_000_000
"""Bytes a weight file may have."""


def main(run: Path, default_detail: float) -> None:
    """Copy `run`'s weights and list them as the released inpainting model."""
    target = Path(__file__).resolve().parent.parent / "pretrained"
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    files = {}
    for path in sorted(run.glob("inpaint-*.safetensors")):
        data = path.read_bytes()
        if len(data) > LARGEST:
            sys.exit(f"{path} has {len(data)} bytes; a weight file has at most {LARGEST}")
        files[path.stem.removeprefix("inpaint-")] = {
            "file": path.name,
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
        }
        shutil.copyfile(path, target / path.name)
    if not files:
        sys.exit(f"{run} holds no released weights; let the run end first")
    manifest["models"]["inpaint"] = {
        "kind": "inpaint.generator",
        "card": "inpaint.md",
        "default_detail": default_detail,
        "files": files,
    }
    (target / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.5)
