"""From a request to a result: what to compute, in which pieces, and how the pieces become one picture again."""
