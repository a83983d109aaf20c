"""The engine every recipe shares: request to recipe and plan, the loop, what a run leaves on disk.

    request ──► recipe and plan ──► loop: steps, log, validation, checkpoints ──► released weights

best        The best averaged weights of a stage: what a run releases.
checkpoint  Checkpoints: everything a run needs to go on with the same numbers, written so that a kill never costs
            more than one.
config      Settings of recipes: frozen dataclasses, from TOML or from `--set key=value`, checked before anything
            starts.
judgement   Whether a run gets better, in words: held-out figures beside those on what it learns from.
loop        The loop of a training run: steps, clock, log, validation, checkpoints, and the end.
muon        Muon: steepest descent for the matrices of a network (Jordan et al., 2024,
            github.com/KellerJordan/Muon).
processes   A run shared among several processes, one per device, started by `torchrun`.
profiling   What a training step costs and what stands in the way of more: `restore train … --profile`.
recipe      What the engine asks of a recipe, and what all recipes share: batches, the optimiser step, averages.
request     From what a user asks for to a run: the same way for every job.
run_log     The log of a training run: lines of JSON, and TensorBoard where it is installed.
schedule    When a run ends, how often it does what, and how learning rates rise and fall on the way.
sheets      Sheets of what a network made of its validation pictures.
"""
