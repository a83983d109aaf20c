"""Reading moving pictures, whatever the file is.

animation  Animated GIF, WebP and PNG, read through Pillow: each frame as it is seen, its time, transparency and the
           loop count.
film       Videos that FFmpeg decodes, one frame after the other, with the source's own times.
folder     A folder of numbered pictures as a video, at a rate that somebody has to say.
opening    One way to read moving pictures, whatever the file is; what it is, is read from its first bytes.
probing    Opening a file with FFmpeg so that every failure is one line, and finding out what it holds.
source     What every reader of moving pictures offers, whatever the file is.
"""
