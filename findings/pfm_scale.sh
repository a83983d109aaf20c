#!/usr/bin/env bash
# A PFM picture (floats) carries a number, "scale", of which the sign says the byte order. Files hold the sample 0.25 with
# a scale of -1, -2 and -0.5. What do OpenCV, OpenImageIO, Pillow and PyAV give?
#
# Guesses, for a scale of -2: 0.5 from OpenCV, which multiplies, 0.25 from PyAV and OpenImageIO, which ignore it. Another:
#   0.125 from OpenCV, 0.5 from PyAV and OpenImageIO, 0.25 from Pillow.
# What happens: three answers from four readers. OpenCV and PyAV divide (0.125), OpenImageIO multiplies (0.5), Pillow
#   leaves the samples alone (0.25): between the two that use it lies a factor of 4. (OpenImageIO also reads the rows from
#   the top, which it documents.) Files that OpenCV and Pillow write themselves say -1.
#
# Here: not read by restore; depth, motion and HDR data sets come as PFM, some with a scale that is not 1.
#
# Version: opencv-python-headless 5.0.0.93, openimageio 3.2.2.0, Pillow 13.0.0, av 18.1.0 (FFmpeg 8.1.2), numpy 2.4.6.
# Output seen:
#   scale -1: OpenCV 0.25 PyAV 0.25 OpenImageIO 0.25 Pillow 0.25
#   scale 1: OpenCV 0.25 PyAV 0.25 OpenImageIO 0.25 Pillow 0.25
#   scale -2: OpenCV 0.125 PyAV 0.125 OpenImageIO 0.5 Pillow 0.25
#   scale 2: OpenCV 0.125 PyAV 0.125 OpenImageIO 0.5 Pillow 0.25
#   scale -0.5: OpenCV 0.5 PyAV 0.5 OpenImageIO 0.125 Pillow 0.25
#   scale 0.5: OpenCV 0.5 PyAV 0.5 OpenImageIO 0.125 Pillow 0.25
#   scale written: {'opencv': '-1', 'pillow': '-1.0'}
set -eu -o pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opencv-python-headless==5.0.0.93 openimageio==3.2.2.0 pillow==13.0.0 av==18.1.0 numpy==2.4.6
cd "$dir"
cat > look.py <<'PY'
import av
import cv2
import numpy as np
import OpenImageIO as oiio
from PIL import Image


def by_av(path):
    with av.open(path) as film:
        return next(film.decode(video=0)).to_ndarray()


READERS = {
    "OpenCV": lambda path: cv2.imread(path, cv2.IMREAD_UNCHANGED),
    "PyAV": by_av,
    "OpenImageIO": lambda path: oiio.ImageBuf(path).get_pixels(oiio.FLOAT),
    "Pillow": lambda path: np.asarray(Image.open(path)),
}
seen = {}
for scale in (1, 2, 0.5):
    for sign, order in (("-", "<f4"), ("", ">f4")):
        with open("x.pfm", "wb") as file:
            file.write(b"Pf\n16 8\n%s%.1f\n" % (sign.encode(), scale) + np.full((8, 16), 0.25, order).tobytes())
        for name, read in READERS.items():
            picture = np.asarray(read("x.pfm"), float)
            if picture.min() != picture.max():
                raise SystemExit(f"CHANGED: {name} no longer gives one value")
            seen[name, scale, sign] = float(picture.max())
        print(f"scale {sign}{scale}:", *(f"{name} {seen[name, scale, sign]}" for name in READERS))
writers = {}
samples = np.full((8, 16), 0.25, np.float32)
cv2.imwrite("opencv.pfm", samples)
Image.fromarray(samples).save("pillow.pfm")
for name in ("opencv", "pillow"):
    with open(f"{name}.pfm", "rb") as file:
        writers[name] = file.read().split(b"\n")[2].decode()
print("scale written:", writers)

for sign in ("-", ""):
    for scale in (1, 2, 0.5):
        right = {"OpenCV": 0.25 / scale, "PyAV": 0.25 / scale, "OpenImageIO": 0.25 * scale, "Pillow": 0.25}
        found = {name: seen[name, scale, sign] for name in READERS}
        if found != right:
            raise SystemExit(f"CHANGED: scale {sign}{scale} is read otherwise: {found}")
PY
"$dir/venv/bin/python" look.py
