"""What an agent is told, in few bytes: what is least important is cut, and that is said."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple

from planner.agents.generate import instructions
from planner.agents.generate.outline import joined, named, outline, size
from planner.agents.generate.survey import Survey
from planner.diagnostic import Diagnostic
from planner.formats.text import visible
from planner.paths import path_bytes
from planner.plan.model import Chosen, Entry

MOST_BYTES: Final = 24_000
MOST_GOAL_BYTES: Final = 4_000
_LONGEST: Final = 500  # bytes of a line
_MOST_FILES: Final = 25
_MOST_PATTERNS: Final = 250  # bytes of a list of them
_LONGEST_FENCE: Final = 20
_AROUND: Final = 3  # lines of an answer that are kept around a finding

Lines = Callable[[int], Iterable[str]]


class Draft(NamedTuple):
    """A plan that is to be changed, and what is wrong with it.

    Attributes:
        is_own: whether the agent wrote it just now.
    """

    text: str
    findings: tuple[Diagnostic, ...] = ()
    is_own: bool = True


class _Part(NamedTuple):
    """A part of the prompt.

    Attributes:
        lines: returns its lines for a number of bytes, with a line feed each.
        most: how many bytes it may have.
        rank: the higher, the later it is cut; 9 is never cut.
    """

    heading: str
    lines: Lines
    most: int
    rank: int


class Wanted(NamedTuple):
    """What the plan is for.

    Attributes:
        goal: at most 4,000 bytes.
        path: where the plan will lie.
        is_change: whether there is a plan, which is changed.
    """

    goal: str
    path: str
    is_change: bool = False


def prompt(wanted: Wanted, seen: Survey, draft: Draft | None = None) -> str:
    """Return what an agent is told, at most 24,000 bytes.

    Args:
        draft: the plan to change: that of the repository, or the last answer.
    """
    parts = [*_task(wanted, draft), *_repository(seen)]
    if draft is not None:
        parts += _draft(draft, wanted.path)
    texts = _filled(parts, MOST_BYTES)
    return "\n".join(text for text in texts if text)


def _filled(parts: Sequence[_Part], most: int) -> list[str]:
    """Return the text of each part: those of a high rank get what they need first."""
    most -= len(parts)  # the empty lines between them
    texts = [""] * len(parts)
    for at in sorted(range(len(parts)), key=lambda at: -parts[at].rank):
        part = parts[at]
        head = f"{part.heading}\n" if part.heading else ""
        space = min(part.most, most - size(head))
        lines = list(part.lines(space)) if space > 0 else []
        if lines:
            texts[at] = head + "".join(f"{line}\n" for line in lines)
            most -= size(texts[at])
    return texts


def _whole(text: str) -> Lines:
    return lambda _: text.rstrip("\n").split("\n")


def _listed(lines: Iterable[str], what: str) -> Lines:
    """Return as many lines as fit, and how many more there are."""
    every = [_short(line) for line in lines]

    def fitting(most: int) -> Iterator[str]:
        left = most - size(f"- and 1,000,000 more {what}\n")
        for at, line in enumerate(every):
            left -= size(line) + 1
            if left < 0:
                more = f"- and {len(every) - at:,} more {what}".rstrip()
                yield from [more] if size(more) < most else []
                return
            yield line

    return fitting


def _short(line: str) -> str:
    """Return a line, cut at a comma or a space if it has more bytes."""
    if size(line) <= _LONGEST:
        return line
    cut = line.encode("utf-8", "replace")[: _LONGEST - 3].decode("utf-8", "ignore")
    return (cut.rpartition(" ")[0] or cut) + "…"


def _task(wanted: Wanted, draft: Draft | None) -> Iterator[_Part]:
    yield _Part("", _whole(instructions.TASK), MOST_BYTES, 9)
    path = _short(named(path_bytes(wanted.path)))
    yield _Part("# Goal\n", _whole(wanted.goal), MOST_BYTES, 9)
    if wanted.is_change:
        change = (
            f"The goal is a change of the plan {path}. Keep the rest of it as it is: ids, "
            "branches, 'status', 'closed', comments. Print the whole plan."
        )
        yield _Part("", _whole(change), MOST_BYTES, 9)
    yield _Part("# Rules\n", _whole(instructions.RULES), MOST_BYTES, 9)
    about = f"* required; […] a list. The plan will be saved as {path}."
    keys = _whole(f"{about}\n\n{instructions.keys_of_plans()}")
    yield _Part("# Keys\n", keys, MOST_BYTES, 9)
    if draft is None or not draft.is_own:
        example = _whole(f"```yaml\n{instructions.EXAMPLE}```")
        yield _Part("# An example, of another repository\n", example, MOST_BYTES, 9)


def _repository(seen: Survey) -> Iterator[_Part]:
    base = named(path_bytes(seen.base))
    said = f"{len(seen.tracked):,} tracked files."
    if seen.base:
        said += f" The default branch is {base}"
        said += "." if seen.base == "main" else f": the plan needs 'base: {base}'."
    yield _Part("# The repository\n", _listed([said], ""), 400, 7)
    kinds = [f"{named(path_bytes(f'.{kind}'))} {count:,}" for kind, count in seen.kinds]
    yield _Part("", _listed([f"Files by extension: {joined(kinds, 300)}."], ""), 400, 3)
    yield _Part(
        "## Folders, and what is in them\n\nIn a line, what was changed most often of late comes "
        "first; (N) is the number of files below a folder.\n",
        lambda most: outline(seen.tracked, seen.often, most), 5_000, 1,
    )  # fmt: skip
    yield _Part(
        "## Commands that may be its tests, guessed\n", _listed(_commands(seen), "commands"), 900, 6
    )
    yield _Part(
        "## Files that were changed most often of late\n",
        _listed((f"- {named(path)}: {count}" for path, count in seen.hot[:_MOST_FILES]), "files"),
        900, 2,
    )  # fmt: skip
    yield _Part(
        "## CODEOWNERS: patterns and owners\n",
        _listed((f"- {_words(line)}" for line in seen.owners), "lines"), 1_000, 4,
    )  # fmt: skip
    yield _Part("# Open slices of other plans\n", _listed(_slices(seen), "slices"), 3_000, 5)


def _commands(seen: Survey) -> Iterator[str]:
    for one in seen.gates:
        where = f", cwd: {named(path_bytes(one.cwd))}" if one.cwd else ""
        yield f"- {one.kind}: {one.run}{where} ({one.because})"


def _words(line: str) -> str:
    return " ".join(named(path_bytes(word)) for word in line.split())


def _slices(seen: Survey) -> Iterator[str]:
    """The slices to stay clear of, and what holds for every plan."""
    if not seen.has_plan:
        yield "There is no other plan. So that all other branches go on as before, also write:"
        yield 'unplanned: [{branch: "**", include: ["**"]}]'
        return
    if seen.exclude:
        yield f"No slice may touch: {_patterns(seen.exclude)}."
    if not seen.slices:
        yield "There is none."
        return
    yield "What they hold must not be held by a slice that may run at the same time."
    for chosen in seen.slices:
        yield f"- {_slice(chosen)}"


def _slice(chosen: Chosen) -> str:
    slice_ = chosen.slice_
    waits = (
        f"; depends on {', '.join(map(visible, slice_.depends_on))}" if slice_.depends_on else ""
    )
    less = f", except {_patterns(slice_.scope.exclude)}" if slice_.scope.exclude else ""
    return (
        f"{slice_.id} of {named(path_bytes(chosen.plan.path))}{waits}; branch "
        f"{_patterns(slice_.branch)}; holds {_patterns(slice_.scope.include)}{less}"
    )


def _patterns(entries: Iterable[Entry]) -> str:
    return joined([named(path_bytes(entry.text)) for entry in entries], _MOST_PATTERNS)


def _draft(draft: Draft, path: str) -> Iterator[_Part]:
    whose = "Your last answer" if draft.is_own else f"The plan {_short(named(path_bytes(path)))}"
    yield _Part(f"# {whose}\n", lambda most: _quoted(draft, most), 9_000, 4 if draft.is_own else 8)
    lines = draft.text.split("\n")
    found = [_finding(one, lines, path) for one in draft.findings]
    yield _Part("# What is wrong with it\n", _listed(found, "findings"), 3_000, 8)
    if draft.is_own:
        yield _Part("", _whole(_AGAIN), MOST_BYTES, 9)


_AGAIN: Final = (
    "Correct every error, and print the whole plan once more: not a part of it, not a diff."
)


def _finding(one: Diagnostic, lines: Sequence[str], path: str) -> str:
    """A finding with the line that it is about, and what to do."""
    place = one.location
    where = "" if place.path == path else f"{named(path_bytes(place.path))}: "
    if not where and 0 < place.line <= len(lines):
        where = f"line {place.line} ({visible(lines[place.line - 1].strip()[:120])}): "
    others = "; ".join(
        f"{visible(related.message)} (line {related.location.line})"
        if related.location.path == path
        else f"{visible(related.message)} ({named(path_bytes(related.location.path))})"
        for related in one.related
    )
    rest = "".join(f". {text}" for text in (others, visible(one.hint)) if text)
    return f"- {where}{one.severity}: {visible(one.message)} [{one.rule}]{rest}"


def _quoted(draft: Draft, most: int) -> Iterator[str]:
    """A plan between two fences; where it is too long, the lines around its findings."""
    lines = draft.text.rstrip("\n").split("\n")
    left = most - 2 * _LONGEST_FENCE - len("yaml\n\n")
    kept = _kept(lines, [one.location.line - 1 for one in draft.findings], left)
    fence = "```"
    while any(fence in lines[at] for at in kept):
        fence += "`"
    yield f"{fence}yaml"
    last = -1
    for at in kept:
        if at > last + 1:
            yield _left_out(at - last - 1)
        yield lines[at]
        last = at
    if last + 1 < len(lines):
        yield _left_out(len(lines) - last - 1)
    yield fence


def _left_out(count: int) -> str:
    return f"# … {count} lines of it are left out here …"


def _kept(lines: Sequence[str], about: Sequence[int], most: int) -> list[int]:
    """The lines that are shown: all, else those around the findings, then from the top."""
    gap = size(_left_out(1_000_000)) + 1
    sizes = [most if "`" * _LONGEST_FENCE in line else size(line) + 1 for line in lines]
    if sum(sizes) <= most:
        return list(range(len(lines)))
    near = (at for line in about for at in range(line - _AROUND, line + _AROUND + 1))
    kept: set[int] = set()
    most -= gap
    for at in dict.fromkeys(chain(near, range(len(lines)))):
        if 0 <= at < len(lines) and at not in kept:
            cost = sizes[at] + (0 if at - 1 in kept or at + 1 in kept else gap)
            if cost > most:
                break
            most -= cost
            kept.add(at)
    return sorted(kept)
