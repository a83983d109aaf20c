"""The three ways this project is used: an installed wheel, an editable install, a plain checkout.

Each is tried in a virtual environment of its own, which borrows the dependencies of the environment the tests run in,
so that nothing is fetched. The trap they all guard against is the folder codecs/: it must be found as `restore.codecs`
and never be taken for the standard library's `codecs`.
"""

import os
import shutil
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.processes import clean_environment, run

FOLDERS = ("cli", "codecs", "pretrained", "restore")
FILES = ("LICENSE", "README.md", "pyproject.toml")

BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"

WHERE = """
import codecs, importlib.util, sys, restore
print(restore.__file__)
for name in ("restore.cli", "restore.codecs", "restore.pretrained"):
    print(importlib.util.find_spec(name).origin)
print(codecs.__file__)
"""


@dataclass(frozen=True)
class Environment:
    folder: Path

    @property
    def scripts(self) -> Path:
        return self.folder / ("Scripts" if os.name == "nt" else "bin")

    @property
    def python(self) -> Path:
        return self.scripts / "python"


def output(command: list[str | Path], folder: Path) -> str:
    done = run(command, folder, clean_environment())
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def homes(environment: Environment, folder: Path) -> list[Path]:
    """Where restore, its three neighbours and the standard `codecs` come from, for a Python started in `folder`."""
    return [Path(line) for line in output([environment.python, "-c", WHERE], folder).splitlines()]


def build(hook: str, tree: Path, target: Path) -> Path:
    output([sys.executable, "-c", BUILD, hook, target], tree)
    (made,) = target.iterdir()
    return made


def checkout(repository: Path, target: Path) -> Path:
    for folder in FOLDERS:
        shutil.copytree(repository / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(repository / file, target / file)
    return target


def environment(folder: Path, wheel: Path | None = None) -> Environment:
    """A virtual environment with `wheel`, and with links to every dependency but never to an installed copy of ours."""
    venv.create(folder, symlinks=os.name != "nt")
    made = Environment(folder)
    if wheel is not None:
        pip = [sys.executable, "-m", "pip", "--quiet", "--python", made.python]
        output([*pip, "install", "--no-deps", "--no-index", wheel], folder)
    borrowed = folder / "borrowed"
    borrowed.mkdir()
    for site in [Path(entry) for entry in sys.path if Path(entry).name in {"dist-packages", "site-packages"}]:
        for entry in site.iterdir():
            ours = entry.name == "restore" or entry.name.startswith(("restore-", "__editable__"))
            if not ours and entry.suffix != ".pth" and not (borrowed / entry.name).exists():
                (borrowed / entry.name).symlink_to(entry)
    own = Path(output([made.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).strip())
    (own / "borrowed.pth").write_text(f"{borrowed}\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def tree(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(repository, tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="module")
def wheel(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("build_wheel", tree, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return environment(tmp_path_factory.mktemp("installed"), wheel)


@pytest.fixture(scope="module")
def editable(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return environment(
        tmp_path_factory.mktemp("editable"), build("build_editable", tree, tmp_path_factory.mktemp("link"))
    )


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The dependencies alone: nothing of ours is installed."""
    return environment(tmp_path_factory.mktemp("bare"))


def expect_one_home(found: list[Path], root: Path) -> None:
    """All of ours lie under `root`, and `codecs` is the standard library's."""
    *ours, standard = found
    assert [path for path in ours if not path.resolve().is_relative_to(root.resolve())] == []
    assert standard.resolve() == (Path(sysconfig.get_path("stdlib")) / "codecs.py").resolve()


def test_the_wheel_holds_every_file_and_every_weight(repository: Path, wheel: Path) -> None:
    output([sys.executable, repository / ".ci" / "look_into_wheel.py", wheel], repository)


def test_the_look_into_the_wheel_sees_what_is_missing(repository: Path, wheel: Path, tmp_path: Path) -> None:
    poorer = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(poorer, "w") as part:
        for name in whole.namelist():
            if name not in {"restore/codecs/__init__.py", "restore/py.typed"}:
                part.writestr(name, whole.read(name))
        part.writestr("restore/pretrained/stray.safetensors", b"")
    done = run([sys.executable, repository / ".ci" / "look_into_wheel.py", poorer], tmp_path)
    assert done.returncode == 1
    assert "restore/codecs/__init__.py is missing" in done.stderr
    assert "restore/py.typed is missing" in done.stderr
    assert "stray.safetensors is in no manifest" in done.stderr


def test_a_wheel_made_from_the_source_archive_is_the_same(tree: Path, wheel: Path, tmp_path: Path) -> None:
    archive = build("build_sdist", tree, tmp_path / "archive")
    with tarfile.open(archive) as source:
        source.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.3 and older have none
        source.extractall(tmp_path / "source")
    (unpacked,) = (tmp_path / "source").iterdir()
    again = build("build_wheel", unpacked, tmp_path / "wheel")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


def test_an_installed_wheel_works_anywhere(installed: Environment, tmp_path: Path) -> None:
    expect_one_home(homes(installed, tmp_path), installed.folder)
    assert "inpaint" in output([installed.scripts / "restore", "--help"], tmp_path)
    assert "inpaint" in output([installed.python, "-m", "restore", "--help"], tmp_path)


def test_an_installed_wheel_works_from_the_checkout(installed: Environment, tree: Path) -> None:
    """The checkout's restore/ wins over site-packages, and then the neighbours must be the checkout's too."""
    expect_one_home(homes(installed, tree), tree)
    assert "inpaint" in output([installed.scripts / "restore", "--help"], tree)
    assert "inpaint" in output([installed.python, "-m", "restore", "--help"], tree)


def test_an_editable_install_works_anywhere(editable: Environment, tree: Path, tmp_path: Path) -> None:
    expect_one_home(homes(editable, tmp_path), tree)
    expect_one_home(homes(editable, tree), tree)
    assert "inpaint" in output([editable.scripts / "restore", "--help"], tmp_path)
    assert "inpaint" in output([editable.python, "-m", "restore", "--help"], tree)


def test_another_checkout_does_not_mix_with_an_editable_install(
    repository: Path, editable: Environment, tmp_path: Path
) -> None:
    other = checkout(repository, tmp_path / "other")
    expect_one_home(homes(editable, other), other)


def test_a_plain_checkout_works_with_nothing_installed(bare: Environment, tree: Path) -> None:
    expect_one_home(homes(bare, tree), tree)
    assert "inpaint" in output([bare.python, "-m", "restore", "--help"], tree)


def test_a_plain_checkout_works_without_frozen_modules(bare: Environment, tree: Path) -> None:
    """Debuggers start Python so, and then `codecs` is looked for on the path."""
    assert "inpaint" in output([bare.python, "-X", "frozen_modules=off", "-m", "restore", "--help"], tree)


def test_a_plain_checkout_works_without_asserts(bare: Environment, tree: Path) -> None:
    assert "inpaint" in output([bare.python, "-OO", "-m", "restore", "--help"], tree)
