"""The engine every recipe shares.

averages    Exponential moving averages of weights: what is validated and released.
checkpoint  Checkpoints: everything a run needs to go on with the same numbers, written so that a kill never costs
            more than one.
config      Settings of recipes: frozen dataclasses, from TOML or from `--set key=value`, checked before anything
            starts.
feeding     How a recipe comes by its batches: made ahead, of the size that the schedule wants, its own samples of
            each.
judgement   Whether a run gets better, in words: held-out figures beside those on what it learns from.
loop        The engine every recipe shares: steps, clock, log, validation, checkpoints, and the end.
muon        Muon: steepest descent for the matrices of a network (Jordan et al., 2024,
            github.com/KellerJordan/Muon).
processes   A run shared among several processes, one per device, started by `torchrun`.
profiling   What a training step costs and what stands in the way of more: `restore train … --profile`.
run_log     The log of a training run: lines of JSON, and TensorBoard where it is installed.
schedule    When a run ends, and how learning rates rise and fall on the way.
"""
