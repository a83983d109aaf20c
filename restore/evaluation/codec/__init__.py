"""`restore bench codec`: our codec beside other tools'.

baselines        The codecs ours is compared with, each at the settings that serve it best in this comparison.
bench            Measure codecs side by side, in one run, on the same pictures.
methods          The methods of a codec bench: names to codecs, our own with parts switched off among them.
plot             A plot of a codec bench's rate-distortion curves.
rate_distortion  Rate-distortion curves and what is read from them: a value at a rate, a BD-rate, a margin.
report           The report of a codec bench: tables for a terminal, CSV, JSON, a plot of the curves, and a sheet.
rows             Rows of a codec bench and the points of its curves.
sheet            A sheet of crops at one file size: the same picture from every codec with the same number of bytes.
summary          The summary of a codec bench: values at a few rates, margins over WebP, BD-rates, and costs.
"""
