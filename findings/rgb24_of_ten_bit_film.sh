#!/usr/bin/env bash
# Grey pictures (white, mid grey, and a ramp of all 256 levels), rgb24, are stored without loss by FFV1 in .mkv in a YUV
# pixel format, 8 bits or 10 to 16, subsampled or not (PyAV, no options). PyAV reads them; to_ndarray("rgb24"),
# to_ndarray("bgr24") and to_ndarray("gray") give the picture.
#
# Guess: 255 and 128 from all; ten bits keep at least what eight bits keep, and rgb24 and bgr24 hold the same numbers in
#   another order.
# What happens: the planes hold exactly white (235 of 8 bits, 940 of 10) every time, but to_ndarray("rgb24") makes 253 of it,
#   126 of 128 and is 1.6 levels too dark on average over the ramp, for *every* subsampled format of more than 8 bits
#   (10-bit 4:2:2 is what ProRes 422 decodes to); to_ndarray("bgr24") of the very same frame says 255 and 128 (127 from 12
#   and 16 bits). 8-bit yuv420p and yuv422p and all of 4:4:4 give white and 128 both ways. So ten bits are worse than
#   eight, and rgb24 is another picture than bgr24.
#   With the processor's flags forced off (av_force_cpu_flags), 8-bit yuv420p and yuv422p, and bgr24, are 253 as well: the
#   dark one is the plain C converter, and x86-64 (SSSE3 on, as seen here) has no faster one for just this pair.
#
# Here: films are converted by restore/video/planes.py and colour.py, not by FFmpeg. The clips of restore bench interpolate
#   and of training are read as rgb24 (restore/evaluation/interpolate/clips.py, restore/training/interpolate/clips.py): all
#   frames of a triplet alike, so they are compared with each other rightly, and 10-bit clips are 1.6 levels darker.
#
# Version: av 18.1.0 (FFmpeg 8.1.2), numpy 2.4.6. Output seen (white, 128, mean error over the ramp):
#   yuv420p      white in the file   235; rgb24 (255, 128, -0.49), bgr24 (255, 128, -0.49), gray (255, 128, 0.01)
#   yuv422p      white in the file   235; rgb24 (255, 128, -0.49), bgr24 (255, 128, -0.49), gray (255, 128, 0.01)
#   yuv444p      white in the file   235; rgb24 (255, 128, 0.01), bgr24 (255, 128, 0.01), gray (255, 128, 0.01)
#   yuv420p10le  white in the file   940; rgb24 (253, 126, -1.6), bgr24 (255, 128, -0.5), gray (255, 128, -0.0)
#   yuv422p10le  white in the file   940; rgb24 (253, 126, -1.6), bgr24 (255, 128, -0.5), gray (255, 128, -0.0)
#   yuv444p10le  white in the file   940; rgb24 (255, 128, 0.0), bgr24 (255, 128, 0.0), gray (255, 128, -0.0)
#   yuv422p12le  white in the file  3760; rgb24 (253, 126, -1.7), bgr24 (255, 127, -0.71), gray (255, 128, -0.0)
#   yuv444p12le  white in the file  3760; rgb24 (255, 128, 0.0), bgr24 (255, 128, 0.0), gray (255, 128, -0.0)
#   yuv420p16le  white in the file 60160; rgb24 (253, 126, -1.73), bgr24 (255, 127, -0.95), gray (255, 128, -0.01)
#   yuv444p16le  white in the file 60160; rgb24 (255, 128, 0.0), bgr24 (255, 128, 0.0), gray (255, 128, -0.01)
set -eu -o pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/python" -m pip install --quiet --disable-pip-version-check av==18.1.0 numpy==2.4.6
cd "$dir"
cat > look.py <<'PY'
import av
import numpy as np

WHITE = {8: 235, 10: 940, 12: 3760, 16: 60160}
RAMP = np.repeat(np.tile(np.arange(256, dtype=np.uint8), (64, 1))[..., None], 3, 2)


def stored(grey, pixels):
    """The frame that comes back from a lossless file."""
    with av.open("film.mkv", "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = grey.shape[1], grey.shape[0], pixels
        frame = av.VideoFrame.from_ndarray(grey, format="rgb24").reformat(format=pixels)
        before = [bytes(plane) for plane in frame.planes]
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with av.open("film.mkv") as film:
        frame = next(film.decode(video=0))
        frame = frame if frame.format.name == pixels else frame.reformat(format=pixels)
        assert [bytes(plane) for plane in frame.planes] == before  # FFV1 is lossless
        return frame


results = {}
for pixels, bits in (
    ("yuv420p", 8), ("yuv422p", 8), ("yuv444p", 8), ("yuv420p10le", 10), ("yuv422p10le", 10), ("yuv444p10le", 10),
    ("yuv422p12le", 12), ("yuv444p12le", 12), ("yuv420p16le", 16), ("yuv444p16le", 16),
):  # fmt: skip
    white = stored(np.full((64, 256, 3), 255, np.uint8), pixels)
    level = int(np.frombuffer(bytes(white.planes[0]), np.uint8 if bits == 8 else np.uint16)[0])
    assert level == WHITE[bits], (pixels, level)
    grey, ramp = stored(np.full((64, 256, 3), 128, np.uint8), pixels), stored(RAMP, pixels)
    row = []
    for form in ("rgb24", "bgr24", "gray"):
        values = [int(frame.to_ndarray(format=form)[32, 128].flat[0]) for frame in (white, grey)]
        error = ramp.to_ndarray(format=form).reshape(64, 256, -1)[..., 0].astype(float) - RAMP[..., 0]
        row.append((*values, round(float(error.mean()), 2)))
    results[pixels] = row
    print(f"{pixels:12} white in the file {level:5}; rgb24 {row[0]}, bgr24 {row[1]}, gray {row[2]}")

for pixels, (rgb, bgr, grey) in results.items():
    if bgr[0] != 255 or grey[0] != 255:
        raise SystemExit(f"CHANGED: white from {pixels} is no longer 255 as bgr24 and gray: {bgr[0]}, {grey[0]}")
    dark = pixels[:6] in ("yuv420", "yuv422") and not pixels.endswith("p")
    if dark and (rgb[:2] != (253, 126) or rgb[2] > -1):
        raise SystemExit(f"CHANGED: white and 128 from {pixels} are no longer 253 and 126 as rgb24: {rgb}")
    if not dark and rgb[:2] != (255, 128):
        raise SystemExit(f"CHANGED: white and 128 from {pixels} are no longer 255 and 128 as rgb24: {rgb}")
PY
"$dir/venv/bin/python" look.py
