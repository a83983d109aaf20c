"""`restore bench repair`: what our network finds of damage, and repairs, beside classical detectors.

baselines  The classical detectors that our network is compared with, behind one signature.
bench      Measure detectors side by side, in one run, on the same damaged and undamaged pictures.
damage     The damaged pictures of a bench: at several scales, and their damage by kind, width and contrast.
methods    The methods of a repair bench: names to detectors, ours among them.
report     The report of a repair bench: tables for a terminal, CSV, JSON, and a sheet of cases.
rows       Rows of a repair bench, and their means per scale and method.
sheet      A contact sheet of a repair bench: what was found over the picture, and the picture repaired with it.
"""
