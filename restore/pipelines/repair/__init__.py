"""Damaged pictures in, repaired ones out; the modules stand in the order in which a picture passes them.

repairer    `Repairer`, what `restore.repair` and `restore repair` call: find, mark, see, fill.
options     Request: what a caller can ask for, checked once.
finder      Find: how likely each pixel is damage, tile by tile.
marks       Mark: from that to the pixels to fill, and which kind of damage they are.
seethrough  See: where the picture is seen through wide damage, its own detail in its own tone.

What is left is filled by `restore.pipelines.inpaint`.
"""
