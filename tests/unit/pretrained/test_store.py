"""Weight files: what is saved is read, and whatever is damaged or of another kind is refused."""

import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from restore import pretrained
from restore.errors import WeightsError
from restore.pretrained import store

KIND = "inpaint.generator"


def saved(path: Path, role: str = "regression", value: float = 0.1) -> Path:
    tensors = {"a.weight": torch.full((2, 3), value), "a.bias": torch.tensor([1.0, -2.0])}
    pretrained.save_weights(path, tensors, kind=KIND, role=role, config={"widths": [4, 8]}, training={"steps": 7})
    return path


def rewritten(path: Path, about: object) -> Path:
    """The same tensors with another description."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = {"restore": json.dumps(about)}
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length :])
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of released weights with one model of two roles."""
    files = {}
    for role in ("regression", "adversarial"):
        file = saved(tmp_path / f"inpaint-{role}.safetensors", role)
        files[role] = {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "bytes": 1}
    models = {"inpaint": {"kind": KIND, "card": "inpaint.md", "default_detail": 0.5, "files": files}}
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 1, "models": models}))
    monkeypatch.setattr(store, "_HOME", tmp_path)
    return tmp_path


def test_what_is_saved_is_read(tmp_path: Path) -> None:
    weights = pretrained.read_weights(saved(tmp_path / "w.safetensors"))
    assert (weights.kind, weights.role) == (KIND, "regression")
    assert weights.config == {"widths": [4, 8]}
    assert weights.training == {"steps": 7}
    assert all(tensor.dtype == torch.float32 for tensor in weights.tensors.values())
    assert weights.tensors["a.weight"][0, 0] == float(np.float16(0.1))
    assert weights.tensors["a.bias"].tolist() == [1.0, -2.0]


def test_on_disk_it_is_float16_and_the_same_each_time(tmp_path: Path) -> None:
    first, second = saved(tmp_path / "1.safetensors"), saved(tmp_path / "2.safetensors")
    assert first.read_bytes() == second.read_bytes()
    assert b'"F16"' in first.read_bytes()
    assert b'"F32"' not in first.read_bytes()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 70000.0])
def test_values_that_cannot_be_stored_are_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(WeightsError, match=r"a\.weight.*training has gone wrong"):
        saved(tmp_path / "w.safetensors", value=value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", [0, 4, 8, 60, -1])
def test_a_cut_file_is_damaged(tmp_path: Path, kept: int) -> None:
    path = saved(tmp_path / "w.safetensors")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(WeightsError, match=r"w\.safetensors"):
        pretrained.read_weights(path)


def test_a_picture_is_no_weight_file(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(WeightsError, match="damaged, or not a"):
        pretrained.read_weights(path)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "w.pt"
    torch.save({"a": torch.zeros(1)}, path)
    with pytest.raises(WeightsError):
        pretrained.read_weights(path)


def test_another_hash_is_damage(tmp_path: Path) -> None:
    path = saved(tmp_path / "w.safetensors")
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    assert pretrained.read_weights(path, right).role == "regression"
    with pytest.raises(WeightsError, match="sha256"):
        pretrained.read_weights(path, "0" * 64)


def test_values_that_are_not_finite_are_found(tmp_path: Path) -> None:
    path = saved(tmp_path / "w.safetensors")
    data = bytearray(path.read_bytes())
    data[-2:] = struct.pack("<e", float("nan"))
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="not finite"):
        pretrained.read_weights(path)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"format": 2}, "update restore"),
        ({"format": 1, "kind": KIND}, "lacks 'role'"),
        ({"format": 1, "kind": KIND, "role": "r", "config": [], "training": {}}, "lacks 'config'"),
        ([], "description is missing"),
        ("x", "description is missing"),
    ],
)
def test_a_description_that_does_not_fit(tmp_path: Path, about: object, message: str) -> None:
    with pytest.raises(WeightsError, match=message):
        pretrained.read_weights(rewritten(saved(tmp_path / "w.safetensors"), about))


def test_a_foreign_safetensors_file_is_told_apart(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(1)}, tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="description is missing"):
        pretrained.read_weights(tmp_path / "w.safetensors")


def test_released_weights_by_name(home: Path) -> None:
    assert pretrained.available() == ["inpaint"]
    assert set(pretrained.load_weights("inpaint")) == {"regression", "adversarial"}


def test_released_weights_are_checked_at_each_load(home: Path) -> None:
    saved(home / "inpaint-adversarial.safetensors", "adversarial", value=0.2)
    with pytest.raises(WeightsError, match=r"inpaint-adversarial.*sha256"):
        pretrained.load_weights("inpaint")
    (home / "inpaint-adversarial.safetensors").unlink()
    with pytest.raises(WeightsError, match="no such weights"):
        pretrained.load_weights("inpaint")


def test_released_weights_of_another_role_are_refused(home: Path) -> None:
    path = saved(home / "inpaint-adversarial.safetensors", "regression")
    manifest = json.loads((home / "manifest.json").read_text())
    manifest["models"]["inpaint"]["files"]["adversarial"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (home / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(WeightsError, match="listed as"):
        pretrained.load_weights("inpaint")


def test_a_file_and_a_folder(tmp_path: Path) -> None:
    one = saved(tmp_path / "inpaint-regression.safetensors")
    assert list(pretrained.load_weights(one)) == ["regression"]
    saved(tmp_path / "inpaint-adversarial.safetensors", "adversarial")
    assert set(pretrained.load_weights(str(tmp_path))) == {"regression", "adversarial"}
    saved(tmp_path / "other.safetensors", "adversarial")
    with pytest.raises(WeightsError, match=r"inpaint-adversarial\.safetensors and other\.safetensors both"):
        pretrained.load_weights(tmp_path)


def test_the_only_weights_of_a_kind(tmp_path: Path) -> None:
    saved(tmp_path / "inpaint-regression.safetensors")
    assert pretrained.load_kind(tmp_path, KIND, "inpainter").role == "regression"
    with pytest.raises(WeightsError, match=r"weights of another network \(inpaint\.generator\), not of the codec"):
        pretrained.load_kind(tmp_path, "codec.vae", "codec")
    saved(tmp_path / "inpaint-adversarial.safetensors", "adversarial")
    with pytest.raises(WeightsError, match="2 sets of weights of the inpainter"):
        pretrained.load_kind(tmp_path, KIND, "inpainter")


def test_what_does_not_exist_lists_what_does(home: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no weights 'inpant': released are inpaint"):
        pretrained.load_weights("inpant")
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match=r"no \.safetensors file in this folder"):
        pretrained.load_weights(tmp_path / "empty")


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2, "models": {}}', '{"format": 1}'])
def test_a_damaged_manifest(home: Path, text: str) -> None:
    (home / "manifest.json").write_text(text)
    with pytest.raises(WeightsError, match="install restore anew"):
        pretrained.manifest()


def test_a_manifest_that_is_missing(home: Path) -> None:
    (home / "manifest.json").unlink()
    with pytest.raises(WeightsError, match="install restore anew"):
        pretrained.available()
