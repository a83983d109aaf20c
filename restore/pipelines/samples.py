"""Between the samples of a picture and the range 0..1 the networks work in.

Known pixels never make this trip: only what is written into a hole is rounded back, so whatever lies outside stays the
input's to the bit.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def peak(dtype: np.dtype[Any]) -> float:
    """The sample value that means 1.0: 255 or 65535 for integers, 1 for floats."""
    return float(np.iinfo(dtype).max) if np.issubdtype(dtype, np.integer) else 1.0


def to_unit(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Samples as float32 in 0..1; floats beyond the range are clipped, NaN becomes 0."""
    if np.issubdtype(samples.dtype, np.integer):
        return np.divide(samples, np.float32(peak(samples.dtype)), dtype=np.float32)  # type: ignore[no-any-return]
    return np.clip(np.nan_to_num(samples.astype(np.float32)), 0.0, 1.0)


def from_unit(values: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Values in 0..1 as samples of `dtype`, rounded to the nearest for integers; overwrites `values`."""
    if np.issubdtype(dtype, np.integer):
        np.multiply(values, np.float32(peak(dtype)), out=values)
        np.rint(values, out=values)
    return values.astype(dtype)
