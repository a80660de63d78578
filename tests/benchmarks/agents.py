"""What `guard`, `brief` and `next` cost beside `python -c pass`, with plans of 5 and 200 slices.

Run `python -m tests.benchmarks.agents` on an idle machine. All that is compared is run in turns.
The bars are 8 times for `guard`, 15 times for `brief` and `next`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .check_scope import ROUNDS, SEALED, table


def main() -> None:
    """Print a table for each size of the plan."""
    for slices in (5, 200):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _build(folder, slices)
            planner = [sys.executable, "-m", "planner"]
            for title, path in (("allowed", "src/m1/a.py"), ("denied", "src/m2/a.py")):
                print(
                    f"{slices} slices, an edit that is {title}, medians of {ROUNDS} rounds in turns"
                )
                guard = {"planner guard": [*planner, "guard"]}
                asked = {
                    "planner brief": [*planner, "brief", "s1"],
                    "planner next": [*planner, "next"],
                }
                pass_ = {"python -c pass": [sys.executable, "-c", "pass"]}
                table(
                    folder, {**pass_, **guard, **(asked if title == "allowed" else {})}, _edit(path)
                )


def _edit(path: str) -> bytes:
    sent = {
        "hook_event_name": "PreToolUse",
        "session_id": "s",
        "transcript_path": "/t",
        "cwd": "",
        "tool_name": "Write",
        "tool_input": {"file_path": path, "content": "x"},
    }
    return json.dumps(sent).encode()


def _plan(slices: int) -> str:
    lines = ["version: 1", "title: Measured", "shared: [CHANGELOG.md]", "slices:"]
    for at in range(slices):
        lines += [
            f"  - id: s{at}",
            f"    title: Slice {at}",
            f"    branch: feature/s{at}",
            f"    commit: 'feat: slice {at}'",
            "    scope:",
            "      include:",
            f"        - {{path: src/m{at}/**, why: the module}}",
            f"        - tests/m{at}/test_*.py",
            f"    gates: [{{id: tests, run: pytest tests/m{at}}}]",
            "    tasks:",
            f"      - {{id: t{at}, title: Do {at}, files: [src/m{at}/a.py], effort: 1h}}",
        ]
    return "\n".join([*lines, ""])


def _build(folder: Path, slices: int) -> None:
    """A repository with a plan, and the branch of its second slice checked out."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    path = folder / "docs/plan/plan.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(_plan(slices), encoding="utf-8")
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--message=plan"],
        ["switch", "--quiet", "-c", "feature/s1"],
    ):
        subprocess.run([*git, *words], cwd=folder, env={**os.environ, **SEALED}, check=True)


if __name__ == "__main__":
    main()
