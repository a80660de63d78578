"""The pages of rules: what each means, and what to do about it."""

import re
from collections.abc import Mapping
from functools import cache

from planner.files import packaged


@cache
def rule_pages() -> Mapping[str, str]:
    """Return by name the page of each rule in Markdown, without its heading, in order."""
    text = (packaged("reference") / "rules.md").read_text(encoding="utf-8")
    pages = re.findall(r"^### (\S+)\n(.*?)(?=^##)", f"{text}\n##", re.M | re.S)
    return {name: page.strip() + "\n" for name, page in pages}


def rule_page(name: str) -> str:
    """Return the page of a rule; empty for an unknown name."""
    return rule_pages().get(name, "")


def rule_summary(name: str) -> tuple[str, str]:
    """Return what a rule means as plain text: in a sentence, and in a paragraph."""
    paragraph = rule_page(name).split("\n\n", 1)[0]
    paragraph = re.sub(r"^\*[^*]+\.\*\s*", "", paragraph).replace("*", "")
    text = " ".join(re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", paragraph).split())
    sentence = re.match(r"(?:`[^`]*`|.)*?[.:](?= |$)", text)
    return (sentence[0].rstrip(":.") if sentence else text), text
