"""`restore bench inpaint`: our fills beside those a user would pick instead.

baselines  The fills a user would pick instead, behind one signature.
bench      Our network beside what a user would pick instead, in one run, on the same pictures and masks.
gallery    The few cases of a bench worth looking at, kept while it runs.
masks      The five mask classes of the bench, reproducible from a class and a seed.
methods    Who takes part in an inpainting bench: names to callables, our network at several details among them.
report     Rows of a bench, their means per class and method, and the ways out: text, CSV, JSON.
sheet      A contact sheet of an inpainting bench: figures say how far, only eyes say what went wrong.
"""
