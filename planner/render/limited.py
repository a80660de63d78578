"""Renders by a repository's own templates in a process of its own, with limits on time and memory.

A template is a program: it may come from a branch that nobody has reviewed, and may never end.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from planner.diagnostic import Location
from planner.errors import PlannerError
from planner.plan.find import DOCUMENTS
from planner.plan.parse import usable
from planner.render import documents
from planner.render.templates import Template, Templates
from planner.schedule import schedule

MOST_SECONDS: Final = 10
MOST_BYTES: Final = 512 << 20
_LARGEST_ANSWER: Final = 64 << 20
_STATM: Final = Path("/proc/self/statm")
_PS: Final = Path("/bin/ps")

# The child finds the same modules as this process, and nothing in the current folder.
_CHILD: Final = (
    "import sys; sys.path[:] = sys.argv[1:]; from planner.render.limited import answer; answer()"
)


def render(content: bytes, path: str, templates: Templates) -> dict[str, str]:
    """Return the documents of a plan by name.

    Args:
        content: of the plan.
        path: of the plan, from the repository root.
        templates: the repository's own.

    Raises:
        PlannerError: the plan is unusable, or a template has an error, or needs more than 10 s or
            512 MiB.
    """
    plan = usable(content, path)
    if not templates:
        return documents.render(plan, schedule(plan))
    # latin-1 keeps every byte.
    question = {"content": content.decode("latin-1"), "path": path, "templates": templates}
    started, answered = _ask(json.dumps(question).encode())
    if isinstance(answered, str):
        name = f"{started}.j2"
        shown = templates[name].shown if name in templates else name
        raise PlannerError(
            f"the template was stopped: {answered}",
            hint="look for a loop or a text that grows without end",
            location=Location(shown),
        )
    if "error" in answered:
        fault = answered["error"]
        raise PlannerError(
            fault["message"], hint=fault["hint"], location=Location(*fault["location"])
        )
    texts: dict[str, str] = answered["documents"]
    return texts


class _Answer(NamedTuple):
    """The document that was started last, and the answer, or why there is none."""

    document: str
    content: dict[str, Any] | str


def _ask(question: bytes) -> _Answer:
    # -P: no module of the current folder, which is the user's, may stand in for one of ours.
    child = subprocess.Popen(
        [sys.executable, "-P", "-c", _CHILD, *map(str, sys.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        printed, stopped = _watch(child, question)
    finally:
        child.kill()
        child.wait()
    *started, last = printed.decode().split("\n")
    document = started[-1] if started else DOCUMENTS[0]
    if not stopped and (child.returncode or not last):
        stopped = f"it ended its process ({child.returncode})"
    return _Answer(document, stopped or json.loads(last))


def _watch(child: "subprocess.Popen[bytes]", question: bytes) -> tuple[bytes, str]:
    """Return what the child printed, and why it was stopped."""
    deadline = time.monotonic() + MOST_SECONDS
    stopped = ""
    rest: bytes | None = question
    while True:
        try:
            return child.communicate(rest, timeout=0.2)[0], stopped
        except subprocess.TimeoutExpired:
            rest = None
            if time.monotonic() > deadline:
                stopped = f"it needs more than {MOST_SECONDS} s"
            elif _resident_bytes(child.pid) > MOST_BYTES:
                stopped = f"it needs more than {MOST_BYTES >> 20} MiB"
            if stopped:
                child.kill()


def _resident_bytes(pid: int) -> int:
    """Return the memory of a process where no limit can be set on it: macOS has none."""
    if _STATM.exists() or not _PS.exists():
        return 0
    words = [str(_PS), "-o", "rss=", "-p", str(pid)]
    printed = subprocess.run(words, capture_output=True, check=False).stdout
    return int(printed) * 1024 if printed.strip().isdigit() else 0


def answer() -> None:
    """Render what is asked on stdin: the names of the documents, then JSON, on stdout."""
    _limit()
    question = json.loads(sys.stdin.buffer.read())
    templates = {name: Template(*values) for name, values in question["templates"].items()}
    plan = usable(question["content"].encode("latin-1"), question["path"])

    def started(name: str) -> None:
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()

    try:
        texts = documents.render(plan, schedule(plan), templates, started=started)
        if sum(map(len, texts.values())) > _LARGEST_ANSWER:
            raise PlannerError(f"the page is larger than {_LARGEST_ANSWER >> 20} MiB")
        told: dict[str, Any] = {"documents": texts}
    except PlannerError as error:
        location = error.location or Location(DOCUMENTS[0])
        told = {"error": {"message": error.message, "hint": error.hint, "location": location}}
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()


def _limit() -> None:
    """Limit the memory and the processor time of this process, as far as the system can."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):
        # For a child whose parent was killed and cannot stop it.
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS + 1, MOST_SECONDS + 1))
    with contextlib.suppress(OSError, ValueError, IndexError):
        # Relative: what the system has mapped so far (locales, libraries) is not the template's.
        pages = int(_STATM.read_text("ascii").split()[0])
        most = pages * os.sysconf("SC_PAGESIZE") + MOST_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
