"""Training: the engine all recipes share, and one recipe per model. The same code made the released weights."""
