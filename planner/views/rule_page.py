"""The page of a rule: what it means, and what to do about it."""

import re

from planner.files import packaged


def rule_page(name: str) -> str:
    """Return the page of a rule in Markdown, without its heading; empty for an unknown name."""
    text = (packaged("reference") / "rules.md").read_text(encoding="utf-8")
    page = re.search(rf"^### {re.escape(name)}\n(.*?)(?=^##)", f"{text}\n##", re.M | re.S)
    return page[1].strip() + "\n" if page else ""
