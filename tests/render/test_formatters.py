"""The pages stay as they are under prettier, mdformat and markdownlint in their defaults.

The tools are looked for on PATH and in the folders of PLANNER_FORMATTERS, else their tests are
skipped: `npm install prettier markdownlint-cli`, `pip install mdformat mdformat-gfm`. The rules
that they hold pages to are tested without them as well.
"""

import os
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from texts import BASE, replace

from planner.plan.parse import usable
from planner.render.documents import render
from planner.render.markdown import width
from planner.schedule import schedule

TOP = Path(__file__).parents[2]
# Read here: the fixture `sealed` clears the environment.
PLACES = os.pathsep.join(
    filter(None, (os.environ.get("PLANNER_FORMATTERS"), os.environ.get("PATH")))
)
TOOLS = {
    "prettier": ("--check",),
    "mdformat": ("--check",),
    "markdownlint": ("--disable", "MD013", "--"),
}
# What people write in an overview and a description.
MARKED = {
    "paragraphs": "One line.\nA line with trailing spaces  \nand a third.\n\nA _second_ one.",
    "lists": "Steps:\n* one\n* two\n    * nested\n\nSo:\n\n1) first\n2) second\n\nOr:\n+ a\n\n- b",
    "loose": "- one\n\n  more\n- two\n\n> quoted\n> text\n\n> again",
    "code": "Run:\n```\nmake test\n```\nor\n~~~ py\nx = 1\n~~~\nor\n\n    indented\n",
    "tables": "| a | b |\n|---|:-:|\n| `x\\|y` | *two* |\n| 日本 | 🚀 |\n\nText",
    "marks": "*em* __strong__ ~~no~~ a*b*c snake_case __init__.py 2 * 3 [the page](http://a.b 't')",
    "html": "<b>bold</b> a<br>b <https://a.b> &amp; <!-- --> https://x.y/z_z, a@x.org, www.x.org",
    "headings": "# One\n\nText\n\nTwo\n---\n\n***\n\n## Three ##",
    "signs": "C:\\dir `code` [x] $5 ~2 h a|b #12 {x} R&D \u00e9 \u65e5\u672c (really)! 50% *.md",
    "ticks": "- [ ] to do\n- [x] done",
    "odd": "Text\n- a\ntext\n\n[docs]: y\n\n[docs] and [y]\n1986. A year\n+ b\n\n>",
}
PLAIN = (
    "Fix it; it's *done*, snake_case in __init__.py < 3 h (a|b) [x] C:\\d \u65e5\u672c R&D.",
    "- 1. # > a very long title " + "of many words " * 20 + "end",
)


def write_pages(folder: Path) -> list[Path]:
    """Write the pages of the examples, of hostile plans, and of plans with every kind of text."""
    paths = [*TOP.glob("docs/examples/*/plan.yaml"), *TOP.glob("tests/cases/render/*/plan.yaml")]
    plans = {path.parent.name: usable(path.read_bytes(), "docs/plan/plan.yaml") for path in paths}
    del plans["hostile"]  # it has text between dollar signs, which mdformat makes math
    plans["small"] = usable(
        b"version: 1\ntitle: S\nslices: [{id: a, title: A, branch: a, scope: {include: [a]}}]", "p"
    )
    for name, text in MARKED.items():
        plans[name] = replace(BASE, {"MARKED": text})
    for number, text in enumerate(PLAIN):
        plans[f"plain-{number}"] = replace(BASE, {"plain": text, "MARKED": text})
    written = []
    for plan_name, plan in plans.items():
        for name, text in render(plan, schedule(plan)).items():
            written.append(folder / f"{plan_name}-{name}")
            written[-1].write_text(text, encoding="utf-8", newline="\n")
    return written


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_the_formatter_leaves_every_page_alone(tool: str, tmp_path: Path) -> None:
    found = shutil.which(tool, path=PLACES)
    if not found:
        pytest.skip(f"{tool} is neither on PATH nor in PLANNER_FORMATTERS")
    every = write_pages(tmp_path)

    done = subprocess.run(
        [found, *TOOLS[tool], *every], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, done.stdout + done.stderr)


def lines_without_code(page: str) -> list[str]:
    return re.sub(r"^( *)(```+).*?^ *\2$", r"\1```", page, flags=re.M | re.S).split("\n")


def test_pages_keep_the_rules_of_the_formatters(tmp_path: Path) -> None:
    for path in write_pages(tmp_path):
        page = path.read_text("utf-8")
        lines = lines_without_code(page)
        assert [line for line in lines if line != line.rstrip()] == [], path.name
        assert "\n\n\n" not in page, path.name
        assert page.endswith("\n"), path.name
        headings = [line for line in lines if re.match("#+ ", line)]
        assert len(headings) == len(set(headings)), path.name
        assert [line for line in headings if line[-1] in ".,;:!"] == [], path.name
        assert not re.search(r"^ *(?:[*+]|\d+\)) ", "\n".join(lines), re.M), path.name
        assert not re.search(r"^ *(?:~~~|```$\n(?!\s*$))", page, re.M) or "text" in page
        for before, after in pairwise(lines):
            if re.match("#+ ", before):
                assert after == "", (path.name, before)
            if before and re.match("#+ |```", after):
                assert re.match("- ", after), (path.name, after)
            if re.match("- ", after) and before:
                assert re.match("[ -]", before), (path.name, after)


def test_the_columns_of_a_table_are_even(tmp_path: Path) -> None:
    for path in write_pages(tmp_path):
        lines = lines_without_code(path.read_text("utf-8"))
        for before, after in pairwise(lines):
            if before.startswith("| ") and after.startswith("| "):
                assert width(before) == width(after), path.name
