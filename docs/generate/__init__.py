"""Pages of the site that are made from the package itself when the site is built: none of them is a file.

`pages()` is all of them: path below docs/ → Markdown.
"""

from docs.generate import causes, reasons, rules


def pages() -> dict[str, str]:
    """Path of each generated page → its Markdown."""
    return rules.pages() | reasons.pages() | causes.pages()
