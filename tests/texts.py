"""A plan that has a text in every place where a page shows one, to be replaced by others."""

from typing import Any

from planner.plan.document.nodes import Mapping
from planner.plan.parse import usable

# A plan with every kind of text: `plain` where it is text in a line, `MARKED` where it is Markdown,
# `short` in a command, which is a block of its own when it has several lines.
PLAN = b"""
version: 1
title: plain
overview: MARKED
base: plain
owners: {plain: {kind: agent, role: plain}}
shared: [plain]
generated: [plain]
exclude: [plain]
limits: {files: 3}
gates:
  - {id: g1, title: Described, description: MARKED, run: short, cwd: short, env: {plain: plain}}
slices:
  - id: a
    title: plain
    overview: MARKED
    owner: plain
    reviewers: [plain, plain]
    branch: [plain, plain]
    from: plain
    base: plain
    commit: plain
    scope: {summary: plain, include: [{path: plain, why: plain}, plain], exclude: [plain]}
    gates:
      - id: g2
        title: plain
        run: short
        needs: [g1]
        expect_output: [plain]
        forbid_output: [plain, plain]
      - {id: g3, title: plain, run: [short, short], cwd: short}
    success_criteria: [plain, plain]
    risk: {level: low, reason: plain, mitigation: plain, rollback: plain}
    timeline: {plain: plain}
    tasks:
      - id: t1
        title: plain
        description: MARKED
        owner: plain
        files: [plain]
        effort: 1h
        done_when: [plain, plain]
      - {id: t2, title: plain, files: [plain], depends_on: [t1], effort: 1h}
  - {id: b, title: plain, branch: c, closed: merged, scope: {include: [d]}}
milestones: [{title: plain, tasks: [t1], due: plain}]
success_metrics: {plain: plain}
"""
BASE = usable(PLAN, "docs/plan/plan.yaml")


def replace(value: Any, texts: dict[str, str]) -> Any:
    """Return the value with its texts replaced."""
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, Mapping) or not isinstance(value, tuple):
        return value
    parts = [replace(part, texts) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
