"""Read the pages of the documentation: their blocks, links and sections; run their commands.

Use it in tests of README.md and docs/. The first line of a fenced block says what it is: `console`
contains commands and what they print, a file name after the language (`yaml docs/plan/plan.yaml`)
makes it the content of that file, and `diff FILE` changes the file.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from planner.boundary.pattern import Pattern, is_wild

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"))
    if "examples" not in path.parts
)
UNTOUCHED = "files: [apps/web/components/list/], effort: 1d"
"""The end of a task of the web shop, whose files no branch of the tests touches."""
_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^ *```$", re.M | re.S)
_COMMIT = re.compile(r"\b(?:[0-9a-f]{40}|[0-9a-f]{12})\b")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00|\b\d+\.\d s\b")


class Block(NamedTuple):
    """A fenced block. `start` and `end` are the offsets of its text in the page."""

    language: str
    file: str
    text: str
    start: int
    end: int


def text_of(page: str) -> str:
    """Return the text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(text: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order, without their indentation."""
    for found in _FENCE.finditer(text):
        language, _, file = found["info"].strip().partition(" ")
        body = re.sub(f"^{found['indent']}", "", found["text"], flags=re.M)
        yield Block(language, file, body, found.start("text"), found.end("text"))


def prose(text: str) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", text)


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(text), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(text: str, heading: str) -> str:
    """Return the text between a heading and the next one of its level or above."""
    masked = _FENCE.sub(lambda block: re.sub("^#", " ", block[0], flags=re.M), text)
    found = re.search(
        rf"^(?P<level>#+) {re.escape(heading)}\n(?P<text>.*?)(?=^(?!(?P=level)#)#+ |\Z)",
        masked,
        flags=re.M | re.S,
    )
    assert found, f"no section {heading!r}"
    return text[found.start("text") : found.end("text")]


class Step(NamedTuple):
    """A command of a console block, and what it prints."""

    command: str
    printed: str


def steps(block: Block) -> list[Step]:
    """Return the commands of a console block; each starts with `$ ` and continues with `> `."""
    found: list[Step] = []
    for line in block.text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append(Step(line[2:], ""))
        elif line.startswith("> ") and not found[-1].printed:
            found[-1] = Step(found[-1].command + line[2:], "")
        else:
            found[-1] = Step(found[-1].command, found[-1].printed + line)
    return found


class Replay(NamedTuple):
    """A page whose commands were run: its text, its text with the new output, and what failed."""

    page: str
    replayed: str
    failures: list[str]


def replay(page: str, folder: Path) -> Replay:
    """Run the commands of a page in order, in one shell that starts in the folder.

    A command may exit with another code than 0 only if the next one prints it (`$ echo $?`).
    """
    text = text_of(page)
    script = [b for b in blocks(text) if b.language == "console" or (b.file and b.text)]
    printed = iter(_run(script, folder))
    replayed, failures, at = "", [], 0
    for block in script:
        if block.language != "console":
            continue
        new_text = ""
        every = steps(block)
        for step, after in zip(every, [*every[1:], None], strict=True):
            output, code = next(printed)
            new_text += "$ " + step.command.rstrip("\n").replace("\n", "\n> ") + "\n" + output
            if "Traceback (most recent call last)" in output:  # a pipe hides its exit code
                failures.append(f"{step.command.strip()}: a bug in planner")
            if code and (after is None or after.command.strip() != "echo $?"):
                failures.append(f"{step.command.strip()}: exit {code}")
        replayed += text[at : block.start] + new_text
        at = block.end
    return Replay(text, replayed + text[at:], failures)


def _run(story: list[Block], folder: Path) -> Iterator[tuple[str, int]]:
    """Yield what each command prints, and its exit code."""
    script = ""
    files: dict[str, str] = {}
    for block in story:
        if block.language == "diff":
            files[block.file] = changed(files[block.file], block.text)
        elif block.language != "console":
            files[block.file] = block.text
        if block.language != "console":
            script += f"mkdir -p {shlex.quote(str(Path(block.file).parent))}\n"
            script += f"cat > {shlex.quote(block.file)} <<'END OF FILE'\n"
            script += f"{files[block.file]}END OF FILE\n"
            continue
        for step in steps(block):
            script += f"{step.command}code=$?; printf '\\036%s\\036' $code; (exit $code)\n"
    done = subprocess.run(
        ["sh"],
        cwd=folder,
        env={**os.environ, "PATH": f"{with_planner(folder)}{os.pathsep}{os.environ['PATH']}"},
        input=script.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    pieces = done.stdout.decode().split("\036")
    for output, code in zip(pieces[0:-1:2], pieces[1::2], strict=True):
        yield output, int(code)


def with_planner(folder: Path) -> Path:
    """Return a folder with the command `planner`, to put on PATH."""
    bin_folder = folder.parent / f"{folder.name}-bin"
    bin_folder.mkdir(exist_ok=True)
    command = bin_folder / "planner"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m planner "$@"\n')
    command.chmod(0o755)
    return bin_folder


def without_planner(folder: Path) -> str:
    """Return a PATH with git alone."""
    bin_folder = folder.parent / f"{folder.name}-git"
    bin_folder.mkdir(exist_ok=True)
    (bin_folder / "git").symlink_to(str(shutil.which("git")))
    return str(bin_folder)


def changed(content: str, diff: str) -> str:
    """Return a file with a diff block applied; the lines before must be in it exactly once."""
    lines = diff.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    assert content.count(before) == 1, f"these lines are not in the file exactly once:\n{before}"
    return content.replace(before, after)


def comparable(text: str) -> str:
    """Return the text without what differs between runs: commits are numbered, times left out."""
    seen: dict[str, str] = {}
    text = _COMMIT.sub(lambda found: seen.setdefault(found[0][:12], f"commit {len(seen)}"), text)
    return _TIME.sub("a time", text)


def spelled(pattern: Pattern) -> str:
    """Return a path that the pattern holds, with `x` for each wildcard."""
    names = [
        bytes(ord("x") if is_wild(atom) else atom for atom in segment)
        for segment in pattern.segments
    ]
    return b"/".join([*names, b"x"] if pattern.is_folder else names).decode()
