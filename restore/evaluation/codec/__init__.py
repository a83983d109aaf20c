"""`restore bench codec`: our codec beside those a user would pick instead.

bench            Our image codec beside what a user would pick instead, in one run, on the same pictures.
methods          Who takes part in a codec bench: names to codecs, our own with parts switched off among them.
plot             Rate-distortion curves of a codec bench, drawn: the figures of its tables between their rows.
rate_distortion  Rate-distortion curves and what is read from them: a value at a rate, a BD-rate, a margin.
report           Rows of a codec bench and the points of its curves.
rivals           The codecs a user would pick instead, each at the settings that serve it best in this comparison.
sheet            A sheet of crops at one size: what each codec makes of the same picture with the same number of
                 bytes.
summary          What a codec bench comes down to: values at a few rates, margins to WebP, BD-rates, and costs.
tables           The tables of a codec bench for a terminal: quality at equal rate, bits at equal quality, and what
                 they cost.
"""
