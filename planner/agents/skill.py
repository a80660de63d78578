"""The skill file that tells an agent how to work with planner, by the rules of Agent Skills.

The rules: https://agentskills.io/specification
"""

import hashlib
import re
from typing import Final

NAME: Final = "planner"
FOLDER: Final = ".agents/skills"
"""Where clients share skills, from the root of a repository."""
PATH: Final = f"{NAME}/SKILL.md"

_DESCRIPTION: Final = (
    "Work on one planned pull request (a slice) and stay in its scope. Use this skill when the "
    "repository has docs/plan/plan.yaml or docs/plan/NAME/plan.yaml, when a task or slice is "
    "named by its id, or when you are asked what to work on next: before you edit files, before "
    "each commit, and before you report that the work is done."
)
_BODY: Final = """\
# Work on a slice with planner

A plan (`docs/plan/plan.yaml`, or `docs/plan/NAME/plan.yaml`) says which pull requests are made and
which paths each of them may change. One pull request is a *slice*. Others work on other slices at
the same time, so change nothing outside yours: CI rejects it.

Every command exits 0 (nothing wrong), 1 (something is wrong) or 2 (could not tell, which is not a
pass). Add `--format json` for one JSON document on standard output.

## 1. Take a slice

If you were given a slice or a task, use its id. Otherwise take the first that is ready:

```sh
planner next --claim
```

It creates the branch of the slice on the remote, so that nobody else takes it, and prints what to
do. Exit code 1: nothing can be started now; report that and stop. `planner next` only lists what is
ready and what the rest waits for.

## 2. Read the brief

```sh
planner brief ID
```

It says the goal, the branch and how to get onto it, the paths that the branch may change, what
belongs to other slices, the tasks in order, and the gates. Get onto the branch before you edit.

## 3. Edit, inside the scope

- Change only the paths that the brief lists. Not sure about a path: `planner who PATH`.
- Follow the order of the tasks. When you start one: `planner mark TASK in-progress`.
- Do not edit `docs/plan/`, `PLAN.md`, `TASKS.md` or `.planner/` by hand. `planner mark` changes a
  status, `planner render` writes the pages.
- Where hooks are installed (`planner guard --install CLIENT`), an edit outside the scope is denied.
  Do not work around a denial, such as by a shell command: CI judges the whole branch.

## 4. Check yourself

Before each commit, and after every larger edit:

```sh
planner check-scope --worktree
```

Exit code 1: it lists the paths that the branch may not change, and what to do about each. Undo
those changes. Exit code 2: report the message and stop.

Commit with the Conventional Commit that the brief shows as the title of the pull request.

## 5. Finish

1. `planner mark TASK done` for each task that is done, and commit that.
2. `planner check`, with everything committed. It checks the scope, the title, the size, conflicts
   with other branches, the pages, and runs the gates. You are done only if it exits 0.
3. Push, and open the pull request against the base that the brief names.

If `stale-document` is found: `planner render`, then commit. If a gate fails, fix the cause in the
scope of the slice. Never weaken a gate, a test or the plan to make it pass.

Do not merge unless you were told to. After the merge the slice is done; take the next one.

## When the fence is wrong

If the work needs a path that the slice does not hold:

1. Stop. Do not edit the path, and do not change the plan on this branch.
2. Say which path is needed, and why. `planner who PATH` says whose it is.
3. `foreign-path`: another open slice holds it. That change belongs to that slice.
4. `outside-scope`, `excluded-path`: the plan must be changed first, in a pull request of its own.
   Propose the line, such as `- {path: src/db.py, why: opens the connections}`.
5. Only if the brief says that exceptions are allowed: a line
   `Scope-Exception: PATH -- REASON` in a commit message, one for each path.

If you cannot finish, give the slice back while it has no commit: `planner release ID`.
"""
_DIGEST: Final = re.compile(rb"^  written-by: planner ([0-9a-f]{64})\n", re.MULTILINE)


def skill() -> bytes:
    """Return the file; it contains a digest of itself, so that planner knows its own text."""
    head = f"---\nname: {NAME}\ndescription: >-\n  {_DESCRIPTION}\nmetadata:\n"
    start, rest = head.encode(), f"---\n\n{_BODY}".encode()
    return start + b"  written-by: planner %s\n" % _digest(start + rest) + rest


def is_own(content: bytes) -> bool:
    """Whether a file is as some version of planner wrote it."""
    found = _DIGEST.search(content)
    return found is not None and found[1] == _digest(
        content[: found.start()] + content[found.end() :]
    )


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
