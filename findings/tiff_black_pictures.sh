#!/usr/bin/env bash
# tifffile writes one picture as TIFF with eight kinds of compression. Which readers that do not know a compression say
# so, and what do they give otherwise? cv2.imread as IMREAD_UNCHANGED and by default, PyAV, and Pillow.
#
# Guesses: None from OpenCV and an exception from PyAV and Pillow wherever the compression is not known; JPEG, the old and
#   common one, is read by all. Another: PyAV makes JPEG a black picture, and reads LZMA.
# What happens: OpenCV gives None for Zstandard, LZMA, WebP and LERC, but for JPEG 2000, JPEG XL and JPEG XR a picture of
#   the right size that is black (a 16-bit one too by default, None with IMREAD_UNCHANGED; imreadmulti says True).
#   PyAV raises for all of these, and decodes JPEG in TIFF into a picture of one colour: black if the file says RGB or
#   grey, green (0, 135, 0) if it says YCbCr, which is what tifffile writes. Pillow reads or raises, always.
#   OpenCV's libtiff knows the first four by name ("not configured") and asks before; of the others it has never heard,
#   and a strip that cannot be decoded counts as read. FFmpeg leaves out the strip and hands on the empty frame.
#
# Here: restore reads 8-bit TIFF by Pillow and deeper ones by tifffile (restore/images/tiff.py), so it reads or refuses; a
#   scan that a tool built on OpenCV was to look at first was black without a word.
#
# Version: opencv-python-headless 5.0.0.93, av 18.1.0 (FFmpeg 8.1.2), Pillow 13.0.0, tifffile 2026.3.3,
#   imagecodecs 2026.3.6, numpy 2.4.6. Output seen:
#   jpeg           OpenCV right         PyAV all (0, 135, 0)  Pillow right
#   jpeg2000       OpenCV all (0, 0, 0) PyAV raises           Pillow raises
#   jpegxl         OpenCV all (0, 0, 0) PyAV raises           Pillow raises
#   jpegxr         OpenCV all (0, 0, 0) PyAV raises           Pillow raises
#   webp           OpenCV None          PyAV raises           Pillow raises
#   zstd           OpenCV None          PyAV raises           Pillow right
#   lzma           OpenCV None          PyAV raises           Pillow right
#   lerc           OpenCV None          PyAV raises           Pillow raises
#   zlib           OpenCV right         PyAV right            Pillow right
#   jpeg by Pillow OpenCV right         PyAV all (0, 0, 0)    Pillow right
#   jpeg2000       16 bits, OpenCV None as IMREAD_UNCHANGED, all (0, 0, 0) by default
#   jpegxl         16 bits, OpenCV None as IMREAD_UNCHANGED, all (0, 0, 0) by default
#   zstd           16 bits, OpenCV None as IMREAD_UNCHANGED, None by default
set -eu -o pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check opencv-python-headless==5.0.0.93 av==18.1.0 \
    pillow==13.0.0 tifffile==2026.3.3 imagecodecs==2026.3.6 numpy==2.4.6
cd "$dir"
cat > look.py <<'PY'
import os

os.environ["OPENCV_LOG_LEVEL"] = "OFF"  # it writes warnings to stderr

import av
import cv2
import numpy as np
import tifffile
from PIL import Image

y, x = np.mgrid[:96, :128]
COLOUR = np.dstack([200 - y, 40 + x, 90 + (x + y) // 4]).astype(np.uint8)
DEEP = COLOUR[..., 0].astype(np.uint16) * 257
PATHS = {}
for name in ("jpeg", "jpeg2000", "jpegxl", "jpegxr", "webp", "zstd", "lzma", "lerc", "zlib"):
    PATHS[name] = f"{name}.tif"
    tifffile.imwrite(PATHS[name], COLOUR, compression=name, photometric="rgb")
Image.fromarray(COLOUR).save("pillow.tif", compression="jpeg")
PATHS["jpeg by Pillow"] = "pillow.tif"


def named(read, original):
    """What a reader makes of a file, in words."""
    try:
        picture = read()
    except Exception:  # each reader has its own
        return "raises"
    if picture is None:
        return "None"
    picture = np.asarray(picture)
    if picture.shape == original.shape and np.abs(picture.astype(int) - original).max() <= 40:
        return "right"
    colours = np.unique(picture.reshape(-1, picture.shape[-1] if picture.ndim == 3 else 1), axis=0)
    return f"all {tuple(map(int, colours[0]))}" if len(colours) == 1 else "wrong"


def by_av(path):
    with av.open(path) as film:
        return next(film.decode(video=0)).to_ndarray(format="rgb24")


seen = {}
for name, path in PATHS.items():
    row = seen[name] = (
        named(lambda: cv2.imread(path, cv2.IMREAD_UNCHANGED), COLOUR[..., ::-1]),
        named(lambda: by_av(path), COLOUR),
        named(lambda: Image.open(path).convert("RGB"), COLOUR),
    )
    print(f"{name:14} OpenCV {row[0]:13} PyAV {row[1]:16} Pillow {row[2]}")
deep = {}
for name in ("jpeg2000", "jpegxl", "zstd"):
    tifffile.imwrite("deep.tif", DEEP, compression=name)
    deep[name] = tuple(
        named(lambda: cv2.imread("deep.tif", flag), DEEP) for flag in (cv2.IMREAD_UNCHANGED, cv2.IMREAD_COLOR)
    )
    print(f"{name:14} 16 bits, OpenCV {deep[name][0]} as IMREAD_UNCHANGED, {deep[name][1]} by default")

black = "all (0, 0, 0)"
if any(seen[name][0] != black for name in ("jpeg2000", "jpegxl", "jpegxr")) or deep["jpegxl"] != ("None", black):
    raise SystemExit("CHANGED: OpenCV no longer gives a black picture for JPEG 2000, JPEG XL and JPEG XR in TIFF")
if any(seen[name][0] != "None" for name in ("webp", "zstd", "lzma", "lerc")):
    raise SystemExit("CHANGED: OpenCV no longer gives None for WebP, Zstandard, LZMA and LERC in TIFF")
if seen["jpeg"][1] != "all (0, 135, 0)" or seen["jpeg by Pillow"][1] != black:
    raise SystemExit("CHANGED: PyAV no longer gives one colour for JPEG in TIFF")
if any(row[2] not in ("right", "raises") for row in seen.values()):
    raise SystemExit("CHANGED: Pillow gives something else than the picture or an exception")
PY
"$dir/venv/bin/python" look.py
