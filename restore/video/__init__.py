"""Films: pictures with exact times in and out of files, sound and subtitles carried past them untouched.

    file ── reading ── Frame, Frame, … ── (whoever makes the frames) ── SegmentedWriter ── joining ── file
              │                                                              │                │
         VideoInfo ─────────────── colour, rotation, depth ──────────────────┘    sound, subtitles, chapters

Times are `Fraction` seconds everywhere, never floats: at 23.976 frames per second a rounded rate drifts from the sound
by 3.6 s an hour. The room knows nothing of networks and imports no torch.

    rates             rates and output times
    info              what a video is: `VideoInfo`, `Colour`, `Frame`
    reading           `open_video`: files that FFmpeg decodes, animated pictures, folders of numbered pictures
    scenes            `is_cut`, `is_still`: what two consecutive frames are to each other
    writing           `open_writer`: a file that FFmpeg encodes, an animated picture, a folder of numbered pictures
    segments          `SegmentedWriter`: work that survives a kill
    joining           `join_segments`: the segments as one file, with the source's sound and subtitles

    colour    Between a stream's luma and chroma planes and RGB, both ways with the same numbers.
    info      What a video is, apart from its pictures; and one of its pictures.
    planes    Between FFmpeg's frames and arrays: which pixel formats are read as they are, and which are unpacked
              first.
    rates     Frame rates as the exact fractions they are, and the times of output frames.
    rotation  Rotation as containers write it, a matrix of nine numbers, and as pictures count it, EXIF's 1 to 8.
    scenes    What two consecutive frames are to each other: one shot, two shots with a cut between, or the same picture
              twice.

    read/     Reading moving pictures, whatever the file is.
    write/    Writing moving pictures, whatever the file is.
"""
