"""The plan in what an agent prints: YAML, with talk around it."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from planner.agents.generate.instructions import EXAMPLE
from planner.plan.document.nodes import LARGEST_BYTES
from planner.plan.parse import parse
from planner.plan.schema import PLAN

_FENCE: Final = re.compile(r"^([ \t]*)(`{3,}|~{3,})(.*)$")
_TOP: Final = re.compile(rf"^([ \t]*)(?:{'|'.join(PLAN.keys)})[ \t]*:")
_MOST_TRIED: Final = 50  # blocks, and as many runs of lines


def plan_in(answer: bytes, told: str = "") -> str:
    """Return the plan that an agent printed, as far as there is one; else the whole answer.

    That is the whole answer if it is a plan; else the last fenced block that is one, for an agent
    may quote an earlier one; else the longest run of lines that is one. Where none is usable, it is
    in the same order the one that looks most like a plan, so that its faults can be told. A byte
    that is not UTF-8 is a lone surrogate.

    Args:
        told: what the agent was told. Some agents print that first, so a plan that stands in it
            counts only where there is no other, and its example never.
    """
    text = answer.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    lines = text.split("\n")
    blocks = [*_blocks(lines)][-_MOST_TRIED:]
    runs = sorted(_runs(lines), key=len)[-_MOST_TRIED:]
    candidates = (*reversed(blocks), *reversed(runs))
    fresh = [one for one in candidates if one.strip() not in told]
    again = [one for one in candidates if one.strip() in told and one.strip() not in EXAMPLE]
    is_whole = _rank(text) > 1
    best, best_rank = _best([text, *fresh] if is_whole else fresh)
    if not best_rank:
        best, best_rank = _best(again)
    return (best if best_rank else text).rstrip("\n") + "\n"


def _best(texts: Sequence[str]) -> tuple[str, int]:
    """The first text of those that are most like a plan, and how much it is."""
    best, best_rank = "", 0
    for text in texts:
        rank = _rank(text)
        if rank > best_rank:
            best, best_rank = text, rank
        if rank == _USABLE:
            break
    return best, best_rank


_USABLE: Final = 3


def _rank(text: str) -> int:
    """How much a text is like a plan: 3 for one that is usable, 0 for no plan at all."""
    content = text.encode("utf-8", "surrogateescape")
    if len(content) > LARGEST_BYTES or not any(map(_TOP.match, text.split("\n"))):
        return 0
    parsed = parse(content, "")
    if parsed.usable is not None:
        return _USABLE
    if parsed.plan is not None:
        return 2 if "slices" in parsed.plan.node.items else 0
    return 1 if re.search(r"^slices[ \t]*:", text, re.MULTILINE) else 0


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """Yield the content of each fenced block, without its indentation.

    Only a fence with no more indentation ends a block: texts in a plan may have blocks as well.
    """
    opening: re.Match[str] | None = None
    content: list[str] = []
    for line in lines:
        found = _FENCE.match(line)
        if opening is None:
            opening, content = found, []
        elif (
            found
            and found[2].startswith(opening[2])
            and not found[3].strip()
            and len(found[1]) <= len(opening[1])
        ):
            yield _plain(content)
            opening = None
        else:
            content.append(line)
    if opening is not None:  # the answer ends within the block
        yield _plain(content)


def _plain(lines: Sequence[str]) -> str:
    """Return the lines without common indentation, and as the file that a diff of them makes."""
    body = [line for line in lines if line.strip() and not _DIFF.match(line)]
    if body and all(line.startswith("+") for line in body):
        lines = [line[1:] for line in body]
    return textwrap.dedent("".join(f"{line}\n" for line in lines))


_DIFF: Final = re.compile(r"\+\+\+ |--- |@@ |diff |index |new file|\\ No newline")


def _runs(lines: Sequence[str]) -> Iterator[str]:
    """Yield each run of lines that starts with a key of a plan and may be a mapping."""
    run: list[str] = []
    indentation = ""
    for line in (*lines, "end"):
        top = _TOP.match(line)
        if run and not _goes_on(run, line, indentation, top):
            yield _plain(run)
            run = []
        if run:
            run.append(line)
        elif top is not None:
            run, indentation = [line], top[1]


def _goes_on(run: Sequence[str], line: str, indentation: str, top: re.Match[str] | None) -> bool:
    """Whether a line may belong to a mapping that starts with a run."""
    rest = line.removeprefix(indentation) if line.startswith(indentation) else "end"
    if not line.strip() or rest.startswith((" ", "\t", "#", "]", "}")):
        return True
    if rest.startswith("- "):  # the items of a list need no indentation
        before = next(
            (one for one in reversed(run) if not one[len(indentation) :].startswith(" ")), ""
        )
        return before.rstrip().endswith(":") or before.startswith(f"{indentation}- ")
    return top is not None and top[1] == indentation
