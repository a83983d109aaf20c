"""What every command that fills holes does with one picture once its hole is known: load the model, fill and write."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from restore.cli.batch import Item
from restore.cli.inpaint.options import FillOptions
from restore.cli.inpaint.results import FillTask

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from restore.callbacks import ProgressCallback
    from restore.images.picture import Picture
    from restore.pipelines.inpaint.inpainter import Inpainter
    from restore.pipelines.inpaint.options import InpaintOptions

TaskKind = TypeVar("TaskKind", bound=FillTask)


@dataclass(frozen=True, slots=True)
class Marked:
    """A picture and what is to be filled in it.

    Attributes:
        picture: as it goes to the model.
        hole: (H, W), True to fill.
        before: as a preview shows it.
        shown: the panel of a preview that shows what is marked, `(h, w, 3)`; None: the hole, white on black.
    """

    picture: "Picture"
    hole: "NDArray[np.bool_]"
    before: "Picture"
    shown: "NDArray[np.uint8] | None" = None


@dataclass
class FillSteps(Generic[TaskKind]):
    """The part of `batch.Steps` that commands share; each adds `read`.

    Attributes:
        request: how a hole is filled.
        given: the options of the run.
    """

    request: "InpaintOptions"
    given: FillOptions

    def __post_init__(self) -> None:
        self._inpainter: Inpainter | None = None

    def load(self, content: Marked, item: Item) -> "Inpainter | None":
        """Return the model; None where there is nothing to fill."""
        if not content.hole.any():
            return None
        if self._inpainter is None:
            from restore.pipelines.inpaint.inpainter import load_inpainter

            self._inpainter = load_inpainter(self.given.weights, device=self.given.device)
            item.batch.console.detail(f"weights {self.given.weights} on {self._inpainter.device}")
        return self._inpainter

    def make(
        self,
        task: TaskKind,
        content: Marked,
        model: "Inpainter | None",
        item: Item,
        on_progress: "ProgressCallback | None" = None,
    ) -> None:
        """Fill the hole and write the results, and the preview that was asked for.

        Args:
            task: where they go.
            content: what is filled.
            model: what fills it; None where there is nothing to fill.
            item: the input.
            on_progress: is called with the crops done and the crops in all; left out, the item is told.
        """
        from restore.cli import pictures
        from restore.cli.inpaint.preview import panel

        console, given = item.batch.console, self.given
        panels, written, several = [], [], bool(task.variants)
        for file, filled in zip(task.files, self._filled(content, model, item, on_progress), strict=False):
            result = self.finished(task, filled, content.hole)
            written.append(str(file.path))
            if task.preview is not None:
                panels.append(panel(result, several=several))
            if not file.skip:
                pictures.write(
                    result, file.path, console, strip=given.strip, quality=given.quality, notify=item.note_once
                )
        if model is not None:
            item.values["device"] = str(model.device)
        if several:
            item.values["outputs"] = written
            item.made = [str(file.path) for file in task.files[: len(written)] if not file.skip]
        self.write_preview(task, content, panels, item)

    def write_preview(self, task: TaskKind, content: Marked, panels: "list[NDArray[np.uint8]]", item: Item) -> None:
        """Write the picture before, what is marked, and the panels of what came out, where a preview was asked for."""
        from restore.cli import pictures
        from restore.cli.inpaint.preview import contact_sheet

        if task.preview is None:
            return
        several, console = bool(task.variants), item.batch.console
        sheet = contact_sheet(content.before, content.hole, panels, several=several, shown=content.shown)
        pictures.write(sheet, task.preview, console, strip="none", quality=None, notify=console.detail)

    def _filled(
        self, content: Marked, model: "Inpainter | None", item: Item, on_progress: "ProgressCallback | None"
    ) -> "Iterator[Picture]":
        """The filled pictures, the likeliest first; the picture itself where there is nothing to fill."""
        if model is None:
            yield content.picture
            return
        yield from model.pictures(
            content.picture,
            content.hole,
            self.request,
            self.given.variants,
            on_progress=on_progress or item.on_progress,
            notify=item.note,
        )

    def finished(self, task: TaskKind, picture: "Picture", hole: "NDArray[np.bool_]") -> "Picture":
        """The picture as it is written; a command changes here what the model does not."""
        return picture

    def describe(self, content: Marked, item: Item) -> None:
        """Put down for `--json` what is known of a picture once it is read."""
        picture = content.picture
        item.values |= {"width": picture.width, "height": picture.height, "depth": picture.depth}
        item.values["hole"] = round(float(content.hole.mean()), 6)
