"""Whether a run gets better, in words: held-out figures beside those on what it learns from.

held out rises, learned rises     it learns
held out falls, learned rises     it overfits, which is reported as soon as it is seen
the end against the start         whether weights were worth replacing; only where a run started from weights
"""

from dataclasses import dataclass

LEARNED = "learned_"
"""Before the name of a figure that was taken on what is learned from."""
WORSE = 0.05
"""A held-out figure has fallen if it lies so many dB below its best."""


@dataclass(frozen=True)
class Measured:
    """What one validation measured. Figures are in dB, higher is better."""

    step: int
    stage: str
    held_out: float
    learned: float | None
    """The figure on what is learned from; None if it was not measured."""


class Judgement:
    """What the validations of a run mean, taken together.

    Args:
        figure: name of the figure that is judged.
        one_goal: all stages want that figure to rise; else each is judged alone.
        of_best: the weights of the best validation are released, not the last ones.
    """

    def __init__(self, figure: str, one_goal: bool = False, of_best: bool = False) -> None:
        self.figure, self.one_goal, self.of_best = figure, one_goal, of_best
        self.rows: list[Measured] = []

    def forget_after(self, step: int) -> None:
        """The run went back to this step."""
        self.rows = [row for row in self.rows if row.step <= step]

    def add(self, row: Measured) -> str:
        """Add a validation, and say in a line how it compares with the earlier ones of its goal."""
        earlier = [one for one in self._with_goal_of(row) if one.step < row.step]
        self.rows.append(row)
        line = f"step {row.step}: {self.figure} {row.held_out:.2f} dB held out"
        if row.learned is None:
            return line
        line += f", {row.learned:.2f} dB on what it learns from"
        best = max(earlier, key=lambda one: one.held_out, default=row)
        if best.learned is None or row.held_out > best.held_out - WORSE or row.learned <= best.learned:
            return line
        return (
            f"{line}. It overfits: since step {best.step} the first fell by {best.held_out - row.held_out:.2f}"
            f" and the second rose by {row.learned - best.learned:.2f}; more pictures, fewer steps or a lower rate help"
        )

    def verdict(self) -> str | None:
        """Whether the run, or where goals differ its first stage, ended better than it started, if from weights."""
        if not self.rows or self.rows[0].step > 0:
            return None
        start = self.rows[0]
        rows = self._with_goal_of(start)
        end = max(rows, key=lambda row: row.held_out) if self.of_best else rows[-1]
        gain = end.held_out - start.held_out
        what = f"{self.figure} {end.held_out:.2f} dB held out, {start.held_out:.2f} with the weights it started from"
        if gain > 0:
            return f"better: {what}"
        return f"not better: {what}; keep those"

    def _with_goal_of(self, row: Measured) -> list[Measured]:
        return [one for one in self.rows if self.one_goal or one.stage == row.stage]
