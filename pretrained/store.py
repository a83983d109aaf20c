"""Reading, checking and saving weights.

    8 bytes      length n of the header, little-endian
    n bytes      JSON: name -> dtype, shape, place; "__metadata__" -> {"restore": JSON of kind, role, config, training}
    the rest     tensors, float16; tables of whole numbers int32

A file is read into memory once, and everything is checked on those bytes: size, sha256, header, kind, finite values.
float16 halves the size of the install without a visible difference in results; computing is done in float32.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from restore.errors import WeightsError
from restore.files import atomic_write

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = 1
"""Version of the manifest and of the metadata in a weight file."""
LARGEST_FILE = 1 << 30
"""Most bytes of a weight file."""
LARGEST_HEADER = 16 << 20
"""Most bytes of its header."""
LARGEST_HALF = 65504.0
"""Largest value of float16."""
SUFFIX = ".safetensors"
_HOME = Path(__file__).parent


@dataclass(frozen=True)
class Weights:
    """The contents of one weight file."""

    kind: str
    """Which network it is for, such as `inpaint.generator`."""
    role: str
    """Which of the network's sets it is, such as `regression`."""
    config: dict[str, Any]
    """The architecture's config."""
    tensors: dict[str, "Tensor"]
    """Parameters by name, float32 on the CPU; tables of whole numbers int32."""
    training: dict[str, Any]
    """How it was trained: recipe, steps, data."""


def manifest() -> dict[str, Any]:
    """Read the list of released models.

    Returns:
        `{"format": 1, "models": {name: {"kind", "card", "files": {role: {"file", "sha256", "bytes"}}}}}`; an inpainter
        also has its "default_detail", a codec the number of its "model".

    Raises:
        WeightsError: the manifest is missing, damaged or newer than this version.
    """
    path = _HOME / "manifest.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"the list of weights cannot be read ({error}): install restore anew") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("models"), dict):
        raise WeightsError(f"{path.name} is not of format {FORMAT}: install restore anew")
    return found


def available() -> list[str]:
    """Names of the released models, sorted."""
    return sorted(manifest()["models"])


def load_weights(name_or_path: str | Path) -> dict[str, Weights]:
    """Read all weights of a model.

    Args:
        name_or_path: a released model's name, a `.safetensors` file, or a folder that holds such files.

    Returns:
        Weights by role.

    Raises:
        WeightsError: nothing of that name, or a file that is damaged or unfit; the message lists what exists.
    """
    models = manifest()["models"]
    if str(name_or_path) in models:
        return _released(models[str(name_or_path)])
    path = Path(name_or_path)
    if path.is_dir():
        return _folder(path)
    if path.exists():
        weights = read_weights(path)
        return {weights.role: weights}
    names = ", ".join(sorted(models)) or "none"
    raise WeightsError(
        f"no weights '{name_or_path}': released are {names}; or give a {SUFFIX} file or a folder of them that exists"
    )


def load_kind(name_or_path: str | Path, kind: str, network: str) -> Weights:
    """Read the only weights of a kind that a model has.

    Args:
        name_or_path: as for `load_weights`.
        kind: which network they must be for, such as `codec.vae`.
        network: how messages name it.

    Raises:
        WeightsError: as `load_weights`, or there are no weights of that kind or several.
    """
    return only_of_kind(load_weights(name_or_path), kind, f"{name_or_path}", network)


def only_of_kind(found: Mapping[str, Weights], kind: str, name: str, network: str) -> Weights:
    """The only weights of a kind among those that were read.

    Args:
        found: weights by role, as `load_weights` returns them.
        kind: which network they must be for, such as `codec.vae`.
        name: where they come from, for messages.
        network: how messages name the network.

    Raises:
        WeightsError: there are no weights of that kind, or several.
    """
    fitting = [weights for weights in found.values() if weights.kind == kind]
    if not fitting:
        others = ", ".join(sorted({weights.kind for weights in found.values()}))
        raise WeightsError(f"{name}: these are weights of another network ({others}), not of the {network}")
    if len(fitting) > 1:
        raise WeightsError(f"{name}: {len(fitting)} sets of weights of the {network}; name one file")
    return fitting[0]


def kind_of(name_or_path: str | Path) -> str:
    """Which network weights are for, such as `inpaint.generator`, without reading their tensors.

    Args:
        name_or_path: as for `load_weights`.

    Returns:
        The kind of the first file; empty where there is nothing to read.

    Raises:
        WeightsError: the file is damaged, or not written by restore.
    """
    models = manifest()["models"]
    if str(name_or_path) in models:
        return str(models[str(name_or_path)]["kind"])
    path = Path(name_or_path)
    files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    try:
        with files[0].open("rb") as stream:
            head = stream.read(8)
            data = head + stream.read(min(int.from_bytes(head, "little"), LARGEST_HEADER))
    except (IndexError, OSError):
        return ""
    return str(_about(files[0], data)["kind"])


def read_weights(path: Path, sha256: str | None = None) -> Weights:
    """Read one weight file and check it.

    Args:
        path: a safetensors file written by `save_weights`.
        sha256: the hash that its bytes must have, in hexadecimal.

    Raises:
        WeightsError: missing, too large, damaged, of another hash or format, or with values that are not finite.
    """
    data = _bytes_of(path)
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise WeightsError(f"{path}: its sha256 is not the released one, so the file is damaged: install restore anew")
    about = _about(path, data)
    import safetensors
    import safetensors.torch
    import torch

    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise WeightsError(f"{path}: damaged weights ({error}): copy or train them again") from error
    for name, tensor in tensors.items():
        if tensor.dtype not in (torch.float16, torch.int32) or not bool(torch.isfinite(tensor).all()):
            raise WeightsError(f"{path}: '{name}' holds values that are not finite: copy or train the weights again")
    return Weights(
        about["kind"],
        about["role"],
        about["config"],
        {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()},
        about["training"],
    )


def save_weights(
    path: Path,
    tensors: Mapping[str, "Tensor"],
    *,
    kind: str,
    role: str,
    config: dict[str, Any],
    training: dict[str, Any],
) -> None:
    """Write one weight file, whole or not at all.

    Args:
        path: where to.
        tensors: parameters by name, stored as float16; those of whole numbers as int32.
        kind: which network it is for.
        role: which of the network's sets it is.
        config: the architecture's config, plain JSON values.
        training: how it was trained, plain JSON values.

    Raises:
        WeightsError: a value is not finite or does not fit float16.
        OutputError: the file cannot be written.
    """
    import safetensors.torch
    import torch

    halves = {}
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            halves[name] = tensor.detach().to(device="cpu", dtype=torch.int32).contiguous().clone()
            continue
        largest = float(tensor.detach().abs().amax()) if tensor.numel() else 0.0
        if not math.isfinite(largest) or largest > LARGEST_HALF:
            raise WeightsError(f"'{name}' holds {largest:g}, which float16 cannot store: the training has gone wrong")
        halves[name] = tensor.detach().to(device="cpu", dtype=torch.float16).contiguous().clone()
    about = {"format": FORMAT, "kind": kind, "role": role, "config": config, "training": training}
    data = safetensors.torch.save(halves, metadata={"restore": json.dumps(about, sort_keys=True)})
    with atomic_write(path) as stream:
        stream.write(data)


def _released(entry: dict[str, Any]) -> dict[str, Weights]:
    found = {}
    for role, file in entry["files"].items():
        weights = read_weights(_HOME / file["file"], file["sha256"])
        if weights.role != role or weights.kind != entry["kind"]:
            raise WeightsError(
                f"{file['file']}: holds {weights.kind} ({weights.role}), but is listed as {entry['kind']} ({role}): "
                "install restore anew"
            )
        found[role] = weights
    return found


def _folder(folder: Path) -> dict[str, Weights]:
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        raise WeightsError(f"{folder}: no {SUFFIX} file in this folder: give one that holds weights")
    found: dict[str, Weights] = {}
    places: dict[str, Path] = {}
    for file in files:
        weights = read_weights(file)
        if weights.role in found:
            raise WeightsError(
                f"{folder}: {places[weights.role].name} and {file.name} both hold {weights.role} weights: name one file"
            )
        found[weights.role], places[weights.role] = weights, file
    return found


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise WeightsError(
                f"{path}: {size} bytes are too many for weights: give a {SUFFIX} file that restore wrote"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise WeightsError(f"{path}: no such weights; released are {', '.join(available()) or 'none'}") from error
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror or error}): check the file") from error


def _about(path: Path, data: bytes) -> dict[str, Any]:
    """The description in the header, checked."""
    length = int.from_bytes(data[:8], "little") if len(data) >= 8 else 0
    if not 2 <= length <= min(len(data) - 8, LARGEST_HEADER):
        raise WeightsError(f"{path}: damaged, or not a {SUFFIX} file: copy or train the weights again")
    try:
        about = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["restore"])
        version = about["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{path}: its description is missing, so restore did not write it: give another file"
        ) from error
    if version != FORMAT:
        raise WeightsError(f"{path}: its format is {version}, this version of restore reads {FORMAT}: update restore")
    kinds = {"kind": str, "role": str, "config": dict, "training": dict}
    for key, kind in kinds.items():
        if not isinstance(about.get(key), kind):
            raise WeightsError(f"{path}: its description lacks '{key}': copy or train the weights again")
    return dict(about)
