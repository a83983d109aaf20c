"""How much is worked on at once, so that it stays within a memory; the result is the same for every amount.

A network's crops take memory in proportion to their area, and as many times as run side by side. Pieces of the picture
take it in proportion to their region, which is searched as a whole; only the distances computed at once can be fewer.
"""

from dataclasses import dataclass

from restore.callbacks import Notify
from restore.models.inpaint.patches import DISTANCES_AT_ONCE
from restore.models.inpaint.pieces import MOST_SEARCHED
from restore.pipelines.inpaint.plan import Plan

CROP_BYTES = 500
"""Memory a crop takes at its peak, per pixel of the crop, measured with the released generator on a CPU: 475 for the
largest crops, in which the libraries' own code is counted."""
REGION_BYTES = 110
"""Memory that pieces take at their peak, per pixel of the region around a wide part of a hole, what the allocator keeps
included; measured on regions of 2.7, 4.9 and 9.8 megapixels."""
SEARCHED_BYTES = 270
"""And what they take besides, per pixel of the largest size of the region that is searched."""
DISTANCE_BYTES = 12
"""And per distance computed at once."""
FEWEST_DISTANCES = 1 << 14
"""Fewer distances at once take more time and save nothing worth having."""


@dataclass(frozen=True)
class Budget:
    """How much is worked on at once."""

    crops: int | None = None
    """Most crops side by side, where fewer than suit the device are wanted."""
    distances: int = DISTANCES_AT_ONCE
    """Distances between patches computed at once."""

    @classmethod
    def within(cls, max_memory: int | None, plan: Plan, notify: Notify) -> "Budget":
        """What fits into a memory: at least one crop, and a whole region for pieces.

        Args:
            max_memory: bytes; None is what there is.
            plan: what is to be filled.
            notify: is called with a line where even the least takes more.
        """
        if max_memory is None:
            return cls()
        crop = plan.largest * CROP_BYTES
        if crop > max_memory:
            notify(
                f"a single crop takes about {crop / 1e6:.0f} MB, more than the memory allowed: going on with one at a "
                "time"
            )
        area = searched = max((region.box.area for region in plan.wide), default=0)
        while searched > MOST_SEARCHED:
            searched //= 4
        region = area * REGION_BYTES + searched * SEARCHED_BYTES
        least = region + FEWEST_DISTANCES * DISTANCE_BYTES
        if area and least > max_memory:
            notify(
                f"pieces for the widest part of the hole take about {least / 1e6:.0f} MB, more than the memory "
                "allowed: going on with as little as it takes (--fill smooth takes less)"
            )
        fitting = (max_memory - region) // DISTANCE_BYTES
        return cls(max(1, max_memory // max(1, crop)), min(max(fitting, FEWEST_DISTANCES), DISTANCES_AT_ONCE))
