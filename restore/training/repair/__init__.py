"""Training of the network that finds damage.

config      The settings of the recipe.
data        Crops of photographs, half of them with damage laid over them, by a pure function of (seed, step).
losses      Cross entropy and overlap, where there is no doubt.
recipe      The recipe: one stage from the classical detector on.
validation  Validation on held-out photographs with held-out shapes, and on the same photographs undamaged.
"""
