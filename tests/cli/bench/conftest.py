"""Data for the commands of `restore bench`, and what all of them refuse."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

Refuse = Callable[..., None]


@pytest.fixture
def photos(desk: Any) -> Any:
    """A folder `photos` with two pictures of 200 x 200 px."""
    (desk.folder / "photos").mkdir()
    for seed, name in enumerate(("a.png", "b.png")):
        picture = Image.fromarray(desk.pixels(seed)).resize((200, 200))
        picture.save(desk.folder / "photos" / name)
    return desk


def frame(place: float) -> npt.NDArray[np.uint8]:
    """Soft stripes that move to the left by 2 px per place."""
    y, x = np.mgrid[:48, :64]
    waves = 128 + 60 * np.sin((x + 2 * place) / 5) + 40 * np.cos(y / 4)
    return (waves[..., None] * np.array([1, 0.8, 0.6])).clip(0, 255).astype(np.uint8)


@pytest.fixture
def videos(desk: Any) -> Any:
    """A folder `videos` with a clip of seven frames and a set of one triplet, and `list.csv`, which names the clip."""
    folder = desk.folder / "videos"
    (folder / "set" / "a").mkdir(parents=True)
    for number in range(3):
        Image.fromarray(frame(number)).save(folder / "set" / "a" / f"im{number + 1}.png")
    with av.open(str(folder / "clip.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(7):
            picture = av.VideoFrame.from_ndarray(frame(number), format="rgb24").reformat(format="yuv420p")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    (desk.folder / "list.csv").write_text("file\nclip.mp4\n")
    return desk


@pytest.fixture
def refuse(run: Any, desk: Any) -> Refuse:
    """Run a bench that must end with a code and a message, print nothing and write nothing."""

    def check(job: str, words: list[str], code: int, message: str) -> None:
        before = desk.names()
        done = run("bench", job, *words)
        assert (done.code, done.out) == (code, "")
        assert message in done.error
        assert desk.names() == before

    return check
