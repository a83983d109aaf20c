"""`restore bench interpolate`: our frames beside those a user would pick instead.

bench    Our interpolator beside what a user would pick instead, in one run, on the same frames.
clips    Frames out of a clip or a folder of numbered pictures, and which three in a row a method can be asked
         about.
gallery  The few triplets of an interpolation bench worth looking at, cut out and kept while it runs.
methods  Who takes part in an interpolation bench: names to methods, our network with parts switched off among them.
report   Rows of an interpolation bench, their means over sets, over bins of motion and over all, and the CSV of
         both.
rivals   The ways to make a middle frame that a user would pick instead, behind one signature.
run      One triplet through every method: warmed up, timed, checked and scored.
sheet    A sheet of an interpolation bench: what each method made of typical and of the worst triplets, beside the
         truth.
sources  What an interpolation bench runs on: three frames in a row each, the middle one held back as the truth.
tables   The tables of an interpolation bench for a terminal: all figures over all, then PSNR and SSIM by motion and
         set.
"""
