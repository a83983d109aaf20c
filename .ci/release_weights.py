#!/usr/bin/env python3
"""Takes the weights of a finished run into pretrained/: copies the files, writes sizes and checksums into the manifest.

    .ci/release_weights.py RUN [--detail 0.5]     an inpainter's run
    .ci/release_weights.py RUN --model NUMBER     a codec's run, released under this number
    .ci/release_weights.py RUN                    an interpolator's or a damage detector's run

Of a codec with a number below 32768 the decoder is kept when a newer one takes its place: its files must open for ever.
Run this only when `restore bench` says that the new weights are better, and add the run to pretrained/RUNS.md.
"""

import argparse
import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent
PRETRAINED = HOME / "pretrained"
LARGEST = 25_000_000
"""Bytes a weight file may have."""
EXPERIMENTAL = 0x8000
"""Numbers of models that may vanish begin here."""


def main() -> None:
    """Copy a run's weights and list them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("--detail", type=float, default=0.5, help="default detail of an inpainter")
    parser.add_argument("--model", type=lambda text: int(text, 0), help="number of a codec")
    wished = parser.parse_args()
    path = PRETRAINED / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    if (wished.run / "codec.safetensors").exists():
        if wished.model is None:
            parser.error("a codec wants --model")
        release_codec(wished.run / "codec.safetensors", wished.model, manifest["models"])
    elif (wished.run / "interpolate.safetensors").exists():
        release_single(wished.run / "interpolate.safetensors", "interpolate.rnn", manifest["models"])
    elif (wished.run / "repair.safetensors").exists():
        release_single(wished.run / "repair.safetensors", "repair.detector", manifest["models"])
    else:
        release_inpainter(wished.run, wished.detail, manifest["models"])
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def release_inpainter(run: Path, detail: float, models: dict[str, Any]) -> None:
    """All of the run's sets become the model `inpaint`."""
    files = {}
    for path in sorted(run.glob("inpaint-*.safetensors")):
        shutil.copyfile(path, PRETRAINED / path.name)
        files[path.stem.removeprefix("inpaint-")] = entry_of(PRETRAINED / path.name)
    if not files:
        sys.exit(f"{run} holds no released weights; let the run end first")
    models["inpaint"] = {"kind": "inpaint.generator", "card": "inpaint.md", "default_detail": detail, "files": files}


def release_codec(path: Path, number: int, models: dict[str, Any]) -> None:
    """The run's weights become the model `codec`; of a former one with a lasting number the decoder is kept."""
    sys.path.insert(0, str(HOME))
    from restore.codecs.model import decoder_tensors
    from restore.pretrained import read_weights, save_weights

    target = PRETRAINED / "codec.safetensors"
    former = models.get("codec")
    if former is not None and former["model"] < EXPERIMENTAL:
        if former["model"] == number:
            sys.exit(f"model {number} is released, and its files must open for ever; choose another number")
        name = f"codec-{former['model']}"
        kept, old = PRETRAINED / f"{name}.safetensors", read_weights(target)
        parts = decoder_tensors(old.tensors)
        save_weights(kept, parts, kind=old.kind, role=old.role, config=old.config, training=old.training)
        models[name] = {**former, "files": {"codec": entry_of(kept)}}
    weights = read_weights(path)
    config = {**weights.config, "model": number}
    save_weights(
        target, weights.tensors, kind=weights.kind, role=weights.role, config=config, training=weights.training
    )
    models["codec"] = {
        "kind": weights.kind,
        "card": "codec.md",
        "model": number,
        "files": {"codec": entry_of(target)},
    }


def release_single(path: Path, kind: str, models: dict[str, Any]) -> None:
    """The run's only weights become the model of their file's name."""
    target, name = PRETRAINED / path.name, path.stem
    shutil.copyfile(path, target)
    models[name] = {"kind": kind, "card": f"{name}.md", "files": {name: entry_of(target)}}


def entry_of(path: Path) -> dict[str, Any]:
    """What the manifest says of a file."""
    data = path.read_bytes()
    if len(data) > LARGEST:
        sys.exit(f"{path} has {len(data)} bytes; a weight file has at most {LARGEST}")
    return {"file": path.name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


if __name__ == "__main__":
    main()
