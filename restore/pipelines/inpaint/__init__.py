"""Pictures with holes in, filled pictures out.

components  Connected components of a small grid, in numpy alone.
crops       Which pieces of a picture the network looks at: the crop plan.
distance    Distances up to a limit, in numpy alone.
fill        Runs a crop plan: prefill, network, and the pieces put together.
guide       Wide holes, first filled at a smaller scale.
holes       From a mask, an alpha channel or a colour to the pixels that are to be filled.
inpainter   Fills the holes of pictures: what `restore.inpaint` and `restore inpaint` do.
masks       Which pixels a mask marks, when a Python caller hands it in as a Pillow image, an array or a tensor.
networks    The network between two sets of weights.
options     What a caller can ask of an inpainting, checked once.
pieces      Where a hole is wide, its inside is put together from pieces of the picture, if that is asked for.
"""
