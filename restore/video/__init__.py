"""Films: pictures with exact times in and out of files, sound and subtitles carried past them untouched.

    file ── read.opening ── Frame, Frame, … ── (whoever makes the frames) ── write.segments ── write.joining ── file
              │                                                                    │                 │
          VideoInfo ───────────────────── colour, rotation, depth ─────────────────┘     sound, subtitles, chapters

Times are `Fraction` seconds everywhere, never floats: at 23.976 frames per second a rounded rate drifts from the sound
by 3.6 s an hour. No module here imports torch.

info      `VideoInfo`, what a video is apart from its pictures; `Frame`, one of its pictures; `Colour`, its tags.
colour    Between a stream's luma and chroma planes and RGB, both ways with the same numbers.
planes    Between FFmpeg's frames and arrays: which pixel formats are read as they are, and which are unpacked first.
rates     Frame rates as exact fractions, and the times of output frames.
rotation  Rotation as containers write it, a matrix of nine numbers, and as pictures count it, EXIF's 1 to 8.
scenes    `is_cut` and `is_still`: whether two consecutive frames belong to one shot, or are the same picture twice.

read/     Reading moving pictures; `opening.open_video` takes any file or folder.
write/    Writing moving pictures; `opening.open_writer` takes any target, `segments` and `joining` survive a kill.
"""
