"""The command line; it imports as `restore.cli`.

Nothing in the library imports this room. Its modules load no torch, NumPy or Pillow until a command runs, so that
`restore --help` and shell completion answer at once.
"""
