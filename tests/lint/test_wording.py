"""Texts that other programs read: the branch names are checked against git itself."""

import itertools
import os
import random
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from planner.lint import wording
from planner.plan.branch_names import why_invalid_branch
from planner.plan.conventional import parse_subject
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


def git_accepts(names: Sequence[str]) -> list[bool]:
    # One shell runs git for all names: a process of Python for each would take minutes.
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
def test_a_branch_name_is_accepted_if_and_only_if_git_accepts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # outside a repository `@{-1}` is not a branch
    every = names()

    assert [(name, not why_invalid_branch(name)) for name in every] == list(
        zip(every, git_accepts(every), strict=True)
    )


def test_git_accepts_the_branch_name_of_every_hint() -> None:
    proposed = []
    for name in names():
        quoted = "'" + name.replace("'", "''") + "'"
        plan = parse(PLAN.format(quoted).encode(), "plan.yaml").plan
        if plan is not None:
            hints = " ".join(each.hint for each in wording.check(plan))
            proposed += re.findall(r"write '(.*)'", hints)

    assert len(proposed) > 100
    assert all(git_accepts([name.replace("*", "x") for name in proposed]))


# `cz check` and gitlint disagree about these; the specification decides.
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
def test_a_conventional_commit_is_accepted(subject: str) -> None:
    assert parse_subject(subject)


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
def test_other_commit_subjects_are_rejected(subject: str) -> None:
    assert parse_subject(subject) is None


def test_an_expression_that_python_warns_of_is_a_warning_without_output_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gate = "gates: [{id: g, run: make, expect_output: ['[[:digit:]]', '[a-z]']}]\n"
    plan = parse((PLAN.format("x") + gate).encode(), "plan.yaml").plan
    assert plan is not None

    (finding,) = wording.check(plan)
    assert (finding.rule, finding.severity) == ("bad-expression", "warning")
    assert capsys.readouterr().err == ""
