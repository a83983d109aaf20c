"""What finds damage: a network that marks it pixel by pixel, and the classical filters that it is built on.

detector   The network: a U-Net whose answer starts as the best threshold on a top-hat.
folded     The same network for a CPU that only looks, in little more than half the time.
responses  Top-hats of several sizes and openings along lines: what is smaller than its surroundings, and lighter or
           darker.
"""
