"""`restore bench inpaint`: our fills beside those of other tools.

baselines    The fills our network is compared with, behind one signature.
bench        Measure fills side by side, in one run, on the same pictures and masks.
masks        The six mask classes of the bench, reproducible from a class and a seed.
methods      The methods of an inpainting bench: names to fills, ours in each way it can fill among them.
report       The report of an inpainting bench: a table for a terminal, CSV, JSON, and a sheet of cases.
rows         Rows of an inpainting bench, and their means per mask class and method.
sharpness    Figures that see fog in a filled hole: its sharpness, and the distance of its patches to those outside.
sheet        A contact sheet of an inpainting bench: the whole crops and a close-up of each.
silhouettes  Holes with the outline of what people take out of a picture.
"""
