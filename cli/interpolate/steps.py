"""Steps of `restore interpolate` for one clip: open it, load the network, write the result, show how far it is."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from restore.cli import outputs
from restore.cli.batch import Item
from restore.cli.console import Console, InterruptedRunError
from restore.cli.interpolate.plan import ClipTask
from restore.errors import OutputError, RestoreError

if TYPE_CHECKING:
    from restore.cli.interpolate.sheet import Moments
    from restore.pipelines.interpolate.interpolator import FrameInterpolator
    from restore.pipelines.interpolate.video.classification import OutputFrame
    from restore.pipelines.interpolate.video.files import VideoRequest, WrittenVideo
    from restore.pipelines.interpolate.video.progress import FrameCounts
    from restore.video.info import VideoInfo
    from restore.video.read.reader import VideoReader

MOST_NOTES = 12
"""Lines about one clip; further ones are only counted."""


class LazyInterpolator:
    """The interpolator, loaded when it is first needed.

    Args:
        weights: a released model's name, a file or a folder.
        device: where to compute.
        max_memory: bytes that the network may take; None is what there is.
    """

    def __init__(self, weights: str, device: str, max_memory: int | None) -> None:
        self._weights, self._device, self._max_memory = weights, device, max_memory
        self._loaded: FrameInterpolator | None = None

    def load(self, console: Console) -> "FrameInterpolator":
        """The interpolator.

        Raises:
            UsageError: the device is not available.
            WeightsError: no such weights, or damaged ones.
        """
        if self._loaded is None:
            from restore.pipelines.interpolate.interpolator import load_interpolator

            self._loaded = load_interpolator(self._weights, self._device, max_memory=self._max_memory)
            console.detail(f"weights {self._weights} on {self._loaded.device}")
        return self._loaded

    @property
    def identity(self) -> str:
        """A text that changes with the program, the weights and the memory; a resumed run must have the same."""
        from restore import __version__
        from restore.pretrained import manifest
        from restore.video.write.segments import file_identity

        path = Path(self._weights)
        if path.is_dir():
            known = " ".join(file_identity(file) for file in sorted(path.glob("*.safetensors")))
        elif path.exists():
            known = file_identity(path)
        else:
            known = str(manifest()["models"].get(self._weights))
        return f"{__version__} {self._weights} {known} {self._max_memory}"


@dataclass(frozen=True, slots=True)
class ClipSteps:
    """Makes the result of one clip after the other.

    Attributes:
        request: what is made of every clip.
        rate: pictures per second of folders of pictures.
        resume: whether an interrupted run is resumed; else what it left is removed.
        network: makes the frames.
    """

    request: "VideoRequest"
    rate: Fraction | None
    resume: bool
    network: LazyInterpolator

    def read(self, task: ClipTask, item: Item) -> "VideoReader":
        """Open a clip and refuse what cannot be written."""
        from restore.pipelines.interpolate.video.files import check_request
        from restore.video.read.opening import open_video

        video = open_video(task.source, rate=self._rate_of(task))
        info = video.info
        item.values |= {"width": info.width, "height": info.height, "source_rate": info.rate and str(info.rate)}
        try:
            item.values["rate"] = str(check_request(video, task.output, self.request))
        except RestoreError:
            video.close()
            raise
        for line in _remarks(info, self.request, task.output):
            item.note(line)
        return video

    def load(self, content: "VideoReader", item: Item) -> "FrameInterpolator":
        """The interpolator."""
        interpolator = self.network.load(item.batch.console)
        item.values["device"] = str(interpolator.device)
        return interpolator

    def make(self, task: ClipTask, content: "VideoReader", model: "FrameInterpolator", item: Item) -> None:
        """Write the clip, and the sheet and the comparison that were asked for.

        Raises:
            InterruptedRunError: Ctrl-C; the message says how to go on.
        """
        from restore.cli.interpolate.sheet import Moments

        moments = None if task.preview is None else Moments(self.request.retiming.stretch, content.info.duration)
        try:
            result = self._write(task, content, model, item, moments)
            _report(result, item)
            if task.preview is not None and moments is not None:
                _write_sheet(moments, task.preview, item)
            if task.compare is not None:
                self._write_comparison(task, task.compare, item, result.frames)
        except KeyboardInterrupt as interruption:
            raise InterruptedRunError(_how_to_go_on(task.output)) from interruption

    def _write(
        self, task: ClipTask, video: "VideoReader", model: "FrameInterpolator", item: Item, moments: "Moments | None"
    ) -> "WrittenVideo":
        from restore.pipelines.interpolate.video.files import discard_segments, finished_frames, write_video

        outputs.make_folder(task.output)
        left = finished_frames(task.output)
        if left is not None and not self.resume:
            if left:
                item.note(f"{left} frames of an earlier run are thrown away; --resume would keep them")
            discard_segments(task.output)
        speed = SpeedMeter(item, self.request.retiming.expected_frames(video.info))

        def on_frame(frame: "OutputFrame", counts: "FrameCounts") -> None:
            speed.show(frame.index, counts.given["made"])
            if moments is not None:
                moments.add(frame)

        with _limited_notes(item) as notify, _advice_added(task.output):
            return write_video(
                video,
                (task.source, task.output),
                self.request,
                model,
                identity=self.network.identity,
                on_frame=on_frame,
                notify=notify,
            )

    def _write_comparison(self, task: ClipTask, path: Path, item: Item, frames: int) -> None:
        from restore.cli.interpolate.compare import write_comparison

        outputs.make_folder(path)
        write_comparison(
            (task.source, task.output),
            path,
            self.request.retiming,
            self._rate_of(task),
            lambda done: item.on_progress(done, frames),
        )
        item.values["compare"] = str(path)

    def _rate_of(self, task: ClipTask) -> Fraction | None:
        return self.rate if task.source.is_dir() else None


class SpeedMeter:
    """Shows how far a clip is: output frames of this run, and how many the network makes a second.

    Args:
        item: the clip.
        expected: output frames in all; None where that is not known.
    """

    def __init__(self, item: Item, expected: int | None) -> None:
        self._item, self._expected = item, expected
        self._began = time.perf_counter()
        self._first: tuple[int, int] | None = None

    def show(self, frame: int, made: int) -> None:
        """Show that an output frame is done, and how many have been made up to it."""
        if self._first is None:
            self._first = frame, made
        first, made_before = self._first
        done = frame + 1 - first
        total = None if self._expected is None else max(self._expected - first, done)
        seconds = time.perf_counter() - self._began
        speed = (made - made_before) / max(seconds, 1e-9)
        self._item.on_progress(done, total, f"{self._item.name}: {speed:.3g} made/s")


def _report(result: "WrittenVideo", item: Item) -> None:
    counts = result.counts
    given = counts.given
    item.values |= {
        "frames_in": counts.read,
        "frames_out": result.frames,
        "resumed": result.resumed,
        "counts": counts.as_dict(),
    }
    if counts.read == 1:
        item.note("it has one frame, and so nothing in between: it is shown for the whole length")
    item.detail(
        f"{counts.read} frames in, {result.frames} out: {given['made']} made, {given['real']} real, "
        f"{given['still']} still, {given['cut']} beside {counts.scene_cuts} cuts, {given['held']} held, "
        f"{counts.damaged} damaged"
    )


def _write_sheet(moments: "Moments", path: Path, item: Item) -> None:
    from restore.cli import pictures

    sheet = moments.sheet()
    if sheet is None:
        item.note("no frame was made in this run, and so no preview")
        return
    console = item.batch.console
    pictures.write(sheet, path, console, strip="none", quality=None, notify=console.detail)
    item.values["preview"] = str(path)


def _remarks(info: "VideoInfo", request: "VideoRequest", output: Path) -> Iterator[str]:
    """What a user should know before a clip is worked on."""
    from restore.video.rates import rate_name
    from restore.video.write.opening import output_kind

    if info.is_interlaced:
        yield "it is interlaced, and its half pictures are not taken apart: combs stay"
    retiming = request.retiming
    if retiming.mode == "fps" and info.rate is not None and not info.is_variable:
        if retiming.source_rate == info.rate:
            yield f"it has {rate_name(info.rate)} frames per second already: none are made"
        elif retiming.source_rate < info.rate:
            rates = f"{rate_name(retiming.source_rate)} frames per second are fewer than its {rate_name(info.rate)}"
            yield f"{rates}: some are left out"
    if not info.audio_streams:
        return
    if (kind := output_kind(output)) != "film":
        yield f"{'a folder of pictures' if kind == 'folder' else kind} holds no sound"
    elif retiming.stretch != 1 and request.sound is None:
        yield "slow motion leaves the sound out; --sound stretch slows it down too"
    elif retiming.stretch != 1 and request.sound == "keep":
        yield "the sound keeps its speed, and so ends before the pictures"


@contextlib.contextmanager
def _limited_notes(item: Item) -> Iterator[Callable[[str], None]]:
    """A callback that shows the first few notes about a clip and counts the rest."""
    count = 0

    def notify(line: str) -> None:
        nonlocal count
        count += 1
        if count <= MOST_NOTES:
            item.note(line)
        else:
            item.detail(line)

    try:
        yield notify
    finally:
        if count > MOST_NOTES:
            item.note(f"… and {count - MOST_NOTES} more of the kind; -v shows all")


@contextlib.contextmanager
def _advice_added(output: Path) -> Iterator[None]:
    """Add how to go on to an error about the output."""
    from restore.pipelines.interpolate.video.files import finished_frames

    try:
        yield
    except OutputError as error:
        if left := finished_frames(output):
            raise OutputError(f"{error}; {left} finished frames are kept, --resume goes on with them") from error
        raise


def _how_to_go_on(output: Path) -> str:
    from restore.pipelines.interpolate.video.files import finished_frames

    if left := finished_frames(output):
        return f"interrupted; the first {left} frames of {output} are kept: the same command with --resume goes on"
    return "interrupted; nothing half-written was left"
