"""Compare a built wheel with the repository: every package, every file, every weight file with its sha256.

    python .ci/look_into_wheel.py WHEEL

Exits with 1 and one line per fault. What the wheel must hold is read from the folders on disk, so neither a package
that pyproject.toml forgets nor a file that its package-data does not name can be left behind unseen.
"""

import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {"restore": "restore", "cli": "restore/cli", "codecs": "restore/codecs", "pretrained": "restore/pretrained"}
MANIFEST = "restore/pretrained/manifest.json"
ENTRY_POINT = "restore = restore.cli.app:main"
LARGEST_WEIGHTS = 25 * 1000 * 1000  # bytes


def on_disk(root: Path) -> dict[str, Path]:
    """Name in the wheel to file, for everything in the four folders that is not a cache."""
    return {
        f"{home}/{path.relative_to(root / folder).as_posix()}": path
        for folder, home in FOLDERS.items()
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def weight_faults(manifest: dict[str, Any], held: dict[str, bytes]) -> list[str]:
    """What is wrong with the weights: manifest against the wheel's content, both ways."""
    faults = []
    listed = set()
    for name, model in manifest["models"].items():
        home = MANIFEST.rpartition("/")[0]
        if f"{home}/{model['card']}" not in held:
            faults.append(f"the card of {name}, {model['card']}, is missing")
        for role, entry in model["files"].items():
            file = f"{home}/{entry['file']}"
            listed.add(file)
            content = held.get(file)
            if content is None:
                faults.append(f"{name}/{role}: {file} is listed but missing")
                continue
            if hashlib.sha256(content).hexdigest() != entry["sha256"]:
                faults.append(f"{name}/{role}: {file} has another sha256 than the manifest")
            if len(content) != entry["bytes"]:
                faults.append(f"{name}/{role}: {file} has {len(content)} bytes, the manifest says {entry['bytes']}")
            if len(content) > LARGEST_WEIGHTS:
                faults.append(f"{name}/{role}: {file} is over {LARGEST_WEIGHTS} bytes")
    stray = sorted(name for name in held if name.endswith(".safetensors") and name not in listed)
    return faults + [f"{name} is in no manifest" for name in stray]


def look(wheel: Path, root: Path) -> list[str]:
    """Every fault of `wheel`, measured against the repository at `root`; an empty list if there is none."""
    with zipfile.ZipFile(wheel) as archive:
        everything = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    held = {name: content for name, content in everything.items() if ".dist-info/" not in name}
    about = {name.partition(".dist-info/")[2]: content for name, content in everything.items() if name not in held}

    wanted = on_disk(root)
    faults = [f"{name} is missing from the wheel" for name in sorted(set(wanted) - set(held))]
    faults += [f"{name} is in the wheel but not in the repository" for name in sorted(set(held) - set(wanted))]
    faults += [
        f"{name} differs from the repository"
        for name in sorted(set(held) & set(wanted))
        if held[name] != wanted[name].read_bytes()
    ]
    if ENTRY_POINT not in about.get("entry_points.txt", b"").decode().splitlines():
        faults.append(f"no console script: {ENTRY_POINT}")
    if "licenses/LICENSE" not in about:
        faults.append("the licence is missing")
    if MANIFEST in held:
        faults += weight_faults(json.loads(held[MANIFEST]), held)
    else:
        faults.append(f"{MANIFEST} is missing")

    packages = [name for name in held if name.endswith("/__init__.py")]
    weights = [name for name in held if name.endswith(".safetensors")]
    print(
        f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB, {len(held)} files, {len(packages)} packages, "
        f"{len(weights)} weight files of {sum(len(held[name]) for name in weights) / 1e6:.1f} MB"
    )
    return faults


def main(arguments: list[str]) -> int:
    """Print what is wrong with the one wheel named; 0 if nothing is."""
    if len(arguments) != 1:
        print("usage: look_into_wheel.py WHEEL", file=sys.stderr)
        return 2
    faults = look(Path(arguments[0]), ROOT)
    for fault in faults:
        print(f"wheel: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
