"""Measuring: what the benches of all jobs share, and a folder per job.

extras           The libraries of the `[bench]` extra, imported only when a bench asks for them.
lossy_sources    Whether a picture's file has lost something before a bench ever saw it.
measure          What a call costs: wall seconds, seconds inside the network, and peak memory, measured alike for
                 every method.
methods          Who can take part in a bench, and what is said of those who cannot; alike for every bench with
                 released weights.
metrics          PSNR and SSIM of a filled picture against the original, over the whole picture and inside the hole.
ms_ssim          Multi-scale structural similarity (Wang, Simoncelli & Bovik, Asilomar 2003) of RGB pictures.
perceptual       The perceptual network as a bench uses it: it looks at each original once and not once per method.
pictures         The pictures of a bench: found, read as a user's would be, at 8 bits, whole or cropped at the
                 centre.
selection        Which cases and which part of a picture a bench shows: evenly spaced ones, and where most of
                 something lies.
sheets           What every contact sheet of a bench shares: colours, measures, file formats, and blocks one below
                 the other.
tables           Text tables for a terminal: the first column to the left, numbers to the right, a dash for what is
                 not known.
training_curves  Curves of a training run, drawn from its log.

codec/           `restore bench codec`: our codec beside those a user would pick instead.
inpaint/         `restore bench inpaint`: our fills beside those a user would pick instead.
interpolate/     `restore bench interpolate`: our frames beside those a user would pick instead.
"""
