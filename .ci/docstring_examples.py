"""For the reference: examples that stand in a docstring without the heading `Examples:` are shown as such a section.

Without it, Markdown takes the `>>>` of an example for a quotation.
"""

from typing import Any

import griffe

PROMPT = ">>> "


def with_headings(text: str) -> str:
    """Put every unindented example of a docstring below a heading.

    >>> with_headings("A sum.\\n\\n>>> 1 + 1\\n2\\n\\nMore.").splitlines()
    ['A sum.', '', 'Examples:', '    >>> 1 + 1', '    2', '', 'More.']
    """
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        if line.startswith(PROMPT) and not inside:
            lines.append("Examples:")
            inside = True
        inside = inside and bool(line)
        lines.append(f"    {line}" if inside else line)
    return "\n".join(lines)


class DocstringExamples(griffe.Extension):
    """Gives every docstring its headings before it is parsed."""

    def on_object(self, *, obj: griffe.Object, **_options: Any) -> None:
        """Change one docstring."""
        if obj.docstring is not None:
            obj.docstring.value = with_headings(obj.docstring.value)
