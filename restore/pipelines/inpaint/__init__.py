"""Pictures with holes in, filled pictures out; the modules stand in the order in which a picture passes them.

inpainter  `Inpainter`, what `restore.inpaint` and `restore inpaint` call: request, plan, compute, compose.
extend     `restore.extend`: beyond the edges of a picture, on a larger canvas whose new part is the hole.
options    Request: what a caller can ask for, checked once.
masks      Request: which pixels a mask marks, when a Python caller hands it in as an image, an array or a tensor.
holes      Request: from a mask, an alpha channel or a colour to the pixels that are to be filled.
plan       Plan: the crops the network works on, and the regions that need more than one look.
budget     Plan: how many crops and distances at once, so that they stay within a memory.
networks   Compute: the network between two sets of weights.
regions    Plan: the wide parts of a hole, which are put together from pieces of the picture.
fill       Compute: prefill and network crop by crop, coarse regions first.
wide       Compute: wide regions, from pieces of the picture, mended by a second pass.
compose    Compose: crops cross-faded into the hole's pixels, a soft rim, all other pixels as they were.

cells      Used by the plan: boxes, masks on a grid of 16 pixels, connected components.
distance   Used throughout: distances up to a limit, masks grown and shrunk.
scales     Used by plan and compute: between a picture and a smaller one.
"""
