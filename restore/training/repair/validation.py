"""Validation on held-out photographs with held-out shapes, and on the same photographs undamaged."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from restore.models.repair.detector import Detector, threshold_logits
from restore.models.repair.responses import damage_responses
from restore.synthetic.agreement import Agreement, agreement
from restore.synthetic.damage import KINDS, Damaged, lay_damage
from restore.synthetic.shapes import NO_SHAPES, Shapes
from restore.training.engine.sheets import to_bytes, write_sheet
from restore.training.photos import centre, decode_photo

OPAQUE_SHARE = 0.4
"""Part of the cases whose damage hides what is under it."""
SIDE = 384
"""Side of a case in pixels."""
SHOWN = 12
"""Rows of the sheet."""


@dataclass(frozen=True)
class _Case:
    """A photograph, undamaged and damaged."""

    clean: Tensor
    """`(1, 3, S, S)` uint8."""
    damaged: Damaged


class RepairValidation:
    """Middles of photographs, each with damage and without.

    Args:
        photos: files.
        shapes: shapes of real damage that are not learned from.
        side: of a case in pixels.
    """

    def __init__(self, photos: list[Path], shapes: Shapes = NO_SHAPES, side: int = SIDE) -> None:
        self.cases = []
        for number, photo in enumerate(photos):
            clean = np.ascontiguousarray(centre(decode_photo(photo, 2 * side), side))
            damaged = lay_damage(np.random.default_rng([16, number]), clean, shapes, opaque_share=OPAQUE_SHARE)
            self.cases.append(_Case(torch.from_numpy(clean.transpose(2, 0, 1).copy())[None], damaged))
        self._threshold: float | None = None

    @torch.no_grad()
    def run(self, network: Detector, device: torch.device, sheet: Path | None = None) -> dict[str, float]:
        """Look for damage in every case, and show some of them in a sheet: picture, marks, truth.

        Returns:
            "gain": by how much 1 - F1 is below that of the best threshold, in dB; F1, precision and recall, recall by
            kind; and the share of undamaged pixels that are marked in the undamaged pictures, in per cent, the mean
            and the worst.

        Raises:
            OutputError: the sheet cannot be written.
        """
        total, by_kind = Agreement(), {kind: Agreement() for kind in KINDS}
        classical = Agreement()
        false: list[float] = []
        rows: list[NDArray[np.uint8]] = []
        for case in self.cases:
            picture = torch.from_numpy(case.damaged.picture.transpose(2, 0, 1).copy())[None].to(device).float() / 255
            logits = network(picture).float()
            marks, kinds = (logits > 0).cpu(), torch.from_numpy(case.damaged.kinds)[None, None]
            doubt = torch.from_numpy(case.damaged.doubt)[None, None]
            total += agreement(marks, kinds > 0, doubt)
            for number, kind in enumerate(KINDS, start=1):
                by_kind[kind] += agreement(marks, kinds == number)
            if self._threshold is None:
                found = threshold_logits(damage_responses(picture.mean(1, keepdim=True))) > 0
                classical += agreement(found.cpu(), kinds > 0, doubt)
            false.append(100 * float((network(case.clean.to(device).float() / 255) > 0).float().mean()))
            if sheet is not None and len(rows) < SHOWN:
                shown = [picture, logits.sigmoid().expand(-1, 3, -1, -1), (kinds > 0).float().expand(-1, 3, -1, -1)]
                rows.append(to_bytes(torch.cat([part.cpu() for part in shown], 3)[0]))
        if sheet is not None:
            write_sheet(rows, sheet)
        if self._threshold is None:
            self._threshold = classical.f1
        figures = {"gain": 10 * math.log10((1 - self._threshold + 1e-6) / (1 - total.f1 + 1e-6))}
        figures |= {"f1": total.f1, "precision": total.precision, "recall": total.recall}
        figures |= {f"recall_{kind}": counted.recall for kind, counted in by_kind.items()}
        return figures | {
            "f1_threshold": self._threshold,
            "false_percent": float(np.mean(false)),
            "false_percent_worst": float(np.max(false)),
        }
