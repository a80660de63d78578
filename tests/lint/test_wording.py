"""Texts that another program will read: git itself says which branch names it takes."""

import itertools
import os
import random
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from planner.lint import wording
from planner.lint.wording import is_conventional, why_no_branch
from planner.plan.parse import parse

ALPHABET = (
    "a",
    "é",
    "/",
    ".",
    "-",
    "@",
    "{",
    "~",
    "*",
    "[",
    "\\",
    ":",
    " ",
    "?",
    "^",
    "\x7f",
    "\t",
)
WORDS = (*ALPHABET, ".lock", "..", "//", "@{", "HEAD", "refs/heads/", "main", "-", "}", "!", "#")
PLAN = """\
version: 1
title: Orders
slices:
  - id: api
    title: The API
    branch: {}
    scope: {{include: [src/]}}
"""


def git_takes(names: Sequence[str]) -> list[bool]:
    # A shell is the only way to ask git a thousand times in a second.
    script = 'for name; do git check-ref-format --branch "$name" && echo yes || echo no; done'
    command = [b"sh", b"-c", f"({script}) 2>&1".encode(), b"sh", *map(os.fsencode, names)]
    answers = subprocess.run(command, check=True, capture_output=True).stdout.splitlines()
    return [answer == b"yes" for answer in answers if answer in (b"yes", b"no")]


def names() -> list[str]:
    short = ["".join(each) for n in (1, 2) for each in itertools.product(ALPHABET, repeat=n)]
    chance = random.Random(20261122)
    long = ["".join(chance.choices(WORDS, k=chance.randint(3, 6))) for _ in range(300)]
    return list(dict.fromkeys([*short, *long, "@", "HEAD", "@{-1}", "a.lock/b", "a./b", "yes/no"]))


@pytest.mark.slow
def test_a_branch_name_is_refused_exactly_when_git_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # no repository: `@{-1}` names nothing
    every = names()

    assert [(name, not why_no_branch(name)) for name in every] == list(
        zip(every, git_takes(every), strict=True)
    )


def test_a_name_that_is_proposed_instead_is_one_that_git_takes() -> None:
    proposed = []
    for name in names():
        quoted = "'" + name.replace("'", "''") + "'"
        plan = parse(PLAN.format(quoted).encode(), "plan.yaml").plan
        if plan is not None:
            hints = " ".join(found.hint for found in wording.check(plan))
            proposed += re.findall(r"write '(.*)'", hints)

    assert len(proposed) > 100
    assert all(git_takes([name.replace("*", "x") for name in proposed]))


# What `cz check` and gitlint make of these differs; the specification decides.
@pytest.mark.parametrize(
    "subject",
    [
        "feat(scope)!: break",
        "feat!: break",
        "FEAT: upper",
        "wip: x",
        "fix: a: b",
        "fix(the api): x",
        "build(deps-dev): bump x from 1 to 2",
        "revert: let us never again speak of the noodle incident",
    ],
)
def test_a_conventional_commit_is_taken(subject: str) -> None:
    assert is_conventional(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "feat:no space",
        "feat : x",
        "feat(): x",
        "feat( ): x",
        "feat: ",
        "feat:",
        ": x",
        "feat(a)(b): x",
        "feat(a\nb): x",
        "feat: x\n\nbody",
        "feat!(a): x",
        "Mergesort is bad",
        "Revertable design",
        "Merge branch 'a' into b",
        "fixup! feat: x",
        'Revert "feat: x"',
        "1.2.3",
        "",
    ],
)
def test_what_is_no_conventional_commit_is_refused(subject: str) -> None:
    assert not is_conventional(subject)


def test_an_expression_that_python_doubts_is_a_warning_and_nothing_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gate = "gates: [{id: g, run: make, expect_output: ['[[:digit:]]', '[a-z]']}]\n"
    plan = parse((PLAN.format("x") + gate).encode(), "plan.yaml").plan
    assert plan is not None

    (found,) = wording.check(plan)
    assert (found.rule, found.severity) == ("bad-expression", "warning")
    assert capsys.readouterr().err == ""
