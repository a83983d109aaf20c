"""`restore bench interpolate`: our frames beside those of other tools.

baselines  The ways to make a middle frame that our network is compared with, behind one signature.
bench      Measure ways to make a frame side by side, in one run, on the same frames.
clips      Frames out of a clip or a folder of numbered pictures, and which three in a row are fit for a bench.
methods    The methods of an interpolation bench: names to callables, our network with parts switched off among them.
report     The report of an interpolation bench: tables for a terminal, CSV, JSON, and a sheet of triplets.
rows       Rows of an interpolation bench, their means over sets, over bins of motion and over all, and the CSV of both.
sheet      A sheet of an interpolation bench: the frames of each method for typical and for the worst triplets.
sources    The sources of an interpolation bench: three frames in a row each, the middle one held back as the truth.
"""
