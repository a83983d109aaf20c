"""Writing moving pictures, whatever the file is.

animation    Animated GIF and WebP, written frame by frame: Pillow encodes each, and what stands between frames is
             put here.
encoding     What a user may choose about a written video: codec, quality, preset; and what there is to choose from.
film         Pictures into a file that FFmpeg encodes, with exact times, in the source's depth, colours, rotation
             and aspect.
folder       Frames as numbered PNG files in a folder that has its name only when all of them are there.
joining      Segments into one file: their packets one after the other, and beside them the source's sound and
             subtitles.
opening      One way to write moving pictures, whatever the file is.
plan         From a user's choice and a source to everything that an encoder needs: pixel format, size, tags,
             options.
segments     Work that survives a kill: the output is encoded in segments of a fixed number of frames.
sidestreams  Sound, subtitles and attachments carried from the source past the new pictures, packet by packet,
             untouched.
sound        Sound that has to be encoded anew: stretched for slow motion, or of a kind that the container does not
             hold.
"""
