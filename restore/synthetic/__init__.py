"""Damage made up on good pictures, whose truth is known to the pixel: to learn from, and to measure on.

agreement How well marks agree with damage that is known: precision and recall, a rim of some pixels apart.
ageing   What time, cameras and scanners do to a whole picture: grey, sepia, faded colours, softness, grain, JPEG.
damage   Damage laid over a picture: which shapes, how light or dark, how opaque; and what of it can be seen.
drawing  Shapes drawn by rules: scratches, hairs, cracks, folds, stains, torn corners.
shapes   Shapes of real damage from a folder: outlines from scans of blank film, and drawn ones.
"""
