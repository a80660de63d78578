"""What the site's builder cannot read: a fenced block with a file name after its language."""

import re


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return a page without those file names: Python-Markdown takes such a block for text."""
    return re.sub(r"^(```\w+) .+$", r"\1", markdown, flags=re.MULTILINE)
