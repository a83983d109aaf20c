"""A file is replaced whole or not at all, whatever stops the writer."""

import errno
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from restore import files
from restore.errors import OutputError
from restore.files import atomic_write
from restore.images.picture import Picture
from restore.images.writing import write_picture

OLD = b"the old file, whole"
FULL = Path("/dev/full")


def entries(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def write_half(path: Path, error: BaseException) -> None:
    with atomic_write(path) as file:
        file.write(b"half")
        raise error


@pytest.fixture(params=["nameless", "named"])
def target(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An existing file, written in both ways of making the temporary one."""
    if request.param == "named":
        monkeypatch.setattr(files, "_open_nameless", lambda folder: None)
    path = tmp_path / "photo.png"
    path.write_bytes(OLD)
    return path


def test_file_appears_whole_at_the_end(target: Path) -> None:
    with atomic_write(target) as file:
        file.write(b"new ")
        file.flush()
        assert target.read_bytes() == OLD
        file.write(b"content")
    assert target.read_bytes() == b"new content"
    assert entries(target.parent) == ["photo.png"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError, SystemExit])
def test_failure_leaves_the_old_file_and_nothing_else(target: Path, error: type[BaseException]) -> None:
    with pytest.raises(error):
        write_half(target, error())
    assert target.read_bytes() == OLD
    assert entries(target.parent) == ["photo.png"]


def test_no_space_leaves_the_old_file_and_is_an_output_error(target: Path) -> None:
    with pytest.raises(OutputError, match="no space left") as caught:
        write_half(target, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert str(target) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert target.read_bytes() == OLD
    assert entries(target.parent) == ["photo.png"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_no_space_found_out_late(target: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, full)
    with pytest.raises(OutputError, match="no space left"), atomic_write(target) as file:
        file.write(b"all of it")
    assert target.read_bytes() == OLD
    assert entries(target.parent) == ["photo.png"]


KILLED = """
import sys, time
from pathlib import Path
from restore import files
if sys.argv[2] == "named":
    files._open_nameless = lambda folder: None
with files.atomic_write(Path(sys.argv[1])) as file:
    file.write(b"half of the new file" * 50000)
    file.flush()
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("way", ["nameless", "named"])
def test_killed_writer_leaves_the_old_file(tmp_path: Path, repository: Path, way: str) -> None:
    target = tmp_path / "photo.png"
    target.write_bytes(OLD)
    command = [sys.executable, "-c", KILLED, str(target), way]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=repository) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert target.read_bytes() == OLD
    left = [name for name in entries(tmp_path) if name != "photo.png"]
    if way == "nameless" and files._open_nameless(tmp_path) is not None:
        assert left == []
    else:
        assert all(name.startswith(".photo.png.") and name.endswith(".part") for name in left)


KILLED_ENCODER = """
import dataclasses, sys, os, signal
import numpy as np
from pathlib import Path
from restore import files
from restore.images import writing
from restore.images.picture import Picture
from restore.images.writing import write_picture
real = writing.write_png
def half(file, pixels, metadata, quality):
    real(file, pixels[: len(pixels) // 2], metadata, quality)
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
writing.FORMATS["PNG"] = dataclasses.replace(writing.FORMATS["PNG"], write=half)
write_picture(Picture(np.zeros((500, 500, 3), np.uint8)), Path(sys.argv[1]))
"""


def test_picture_writer_killed_in_the_middle(tmp_path: Path, repository: Path) -> None:
    target = tmp_path / "photo.png"
    target.write_bytes(OLD)
    done = subprocess.run([sys.executable, "-c", KILLED_ENCODER, str(target)], cwd=repository, check=False)
    assert done.returncode == -signal.SIGKILL
    assert target.read_bytes() == OLD


@pytest.mark.parametrize("size", [1, 64])
def test_full_device_is_an_output_error_and_stays_a_device(size: int) -> None:
    with pytest.raises(OutputError, match="no space left"):
        write_picture(Picture(np.zeros((size, size, 3), np.uint8)), FULL, format="PNG")
    assert stat.S_ISCHR(FULL.stat().st_mode)


LIMITED = """
import resource, signal, sys
import numpy as np
from restore.errors import OutputError
from restore.images.picture import Picture
from restore.images.writing import write_picture
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8)
for format in sys.argv[2:]:
    try:
        write_picture(Picture(noise), sys.argv[1], format=format)
    except OutputError as error:
        print(format, "\\n" in str(error), str(error))
"""


def test_every_format_leaves_the_old_file_when_the_disk_takes_no_more(tmp_path: Path, repository: Path) -> None:
    """A limit on file size fails writes in the kernel, half way, as a full disk does."""
    target = tmp_path / "photo.any"
    target.write_bytes(OLD)
    formats = ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "AVIF", "HEIF"]
    command = [sys.executable, "-c", LIMITED, str(target), *formats]
    lines = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [[format, "False"] for format in formats]
    assert target.read_bytes() == OLD
    assert entries(tmp_path) == ["photo.any"]


def test_missing_folder_and_folder_as_target(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="create its folder"), atomic_write(tmp_path / "none" / "a.png"):
        pass
    with pytest.raises(OutputError, match="is a folder"), atomic_write(tmp_path):
        pass


def test_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "photo.png"
    target.write_bytes(OLD)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(OutputError, match="read-only"), atomic_write(target):
        pass
    assert target.read_bytes() == OLD


def test_permissions_and_links_survive(target: Path) -> None:
    target.chmod(0o640)
    link = target.with_name("link.png")
    link.symlink_to(target.name)
    with atomic_write(link) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_new_file_has_the_permissions_of_any_new_file(target: Path) -> None:
    ordinary, ours = target.with_name("ordinary"), target.with_name("ours")
    ordinary.touch()
    with atomic_write(ours) as file:
        file.write(b"x")
    assert ours.stat().st_mode == ordinary.stat().st_mode


def test_longest_name(target: Path) -> None:
    path = target.with_name("n" * 251 + ".png")
    with atomic_write(path) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"


def test_pipe_is_written_directly(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        from pathlib import Path
        from restore.files import atomic_write
        with atomic_write(Path("/dev/stdout")) as file:
            file.write(b"through a pipe")
    """)
    root = Path(files.__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True)
    assert done.stdout == b"through a pipe"
