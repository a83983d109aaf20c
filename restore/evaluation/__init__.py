"""Measuring: what the benches of all jobs share, and a folder per job.

conditions     The conditions of a bench: what a reader has to know to judge or repeat its figures.
extras         The libraries of the `[bench]` extra, imported only when a bench asks for them.
lossy_sources  Whether a picture's file was compressed with loss before a bench measures on it.
measure        What a call costs: wall seconds, seconds inside the network, and peak memory, measured alike for every
               method.
methods        The methods of a bench by name: ours, perhaps with an effort, and the baselines it is compared with.
metrics        PSNR and SSIM of two pictures, over the whole picture and inside a hole.
ms_ssim        Multi-scale structural similarity (Wang, Simoncelli & Bovik, Asilomar 2003) of RGB pictures.
pictures       The pictures of a bench: found, read as a user's would be, at 8 bits, whole or cropped at the centre.
running        What the loops of all benches share: counting runs, and what an untimed first call gets.
sheets         Contact sheets: which cases and which part of a picture a bench shows, and how they are drawn.
strokes        The damage of an old print as strokes and dots, for masks and for opaque damage.
tables         Measured rows as tables: means of a group, text for a terminal, CSV for a spreadsheet, plain values for
               JSON.

codec/         `restore bench codec`: our codec beside other tools'.
inpaint/       `restore bench inpaint`: our fills beside those of other tools.
interpolate/   `restore bench interpolate`: our frames beside those of other tools.
repair/        `restore bench repair`: what our network finds of damage, beside classical detectors.
"""
