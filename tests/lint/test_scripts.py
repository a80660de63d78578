"""Lines whose failure a shell ignores: what is reported is true of the real shell."""

import subprocess
from pathlib import Path

import pytest

from planner.lint.scripts import check
from planner.plan.parse import parse

PLAN = """\
version: 1
title: P
slices:
  - id: api
    title: A
    branch: feature/api
    scope: {include: [src/]}
    gates:
      - id: tests
        shell: %s
        run: |
%s
"""


def reported(script: str, shell: str = "bash") -> list[str]:
    indented = "\n".join(f"          {line}" for line in script.split("\n"))
    plan = parse((PLAN % (shell, indented)).encode(), "plan.yaml").plan
    assert plan is not None
    return [finding.message for finding in check(plan)]


def goes_on(script: str, shell: str, folder: Path) -> bool:
    """Whether a script passes in which each program but the last fails."""
    flags = ["-e", "-o", "pipefail"] if shell == "bash" else ["-e"]
    for name in ("pytest", "make", "npm", "go", "cargo", "tox", "ruff"):
        program = folder / name
        program.write_text("#!/bin/sh\nexit 1\n")
        program.chmod(0o755)
    env = {"PATH": f"{folder}:/usr/bin:/bin"}
    words = [shell, *flags, "-c", script]
    return subprocess.run(words, env=env, cwd=folder, check=False).returncode == 0


TRUE = [
    ("npm ci && npm test\ntrue", "bash"),
    ("npm ci && npm test; true", "sh"),
    ("npm ci &&\n  npm test\n# the end\ntrue", "bash"),
    ("CI=1 npm ci \\\n  && true\ntrue", "bash"),
    ("true && make && true\ntrue", "bash"),
    ("make -j4 'a && b' && true # so\n\ntrue", "bash"),
    ("! true\ntrue", "bash"),
    ("! grep -q x *.py; true", "bash"),
    ("make | tee log", "sh"),
    ("make 2>&1 | tail -5 | cat\ntrue", "sh"),
    ("go test ./... | tee log; true", "sh"),
]


@pytest.mark.parametrize(("script", "shell"), TRUE)
def test_a_reported_line_fails_without_ending_the_script(
    script: str, shell: str, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("x")

    assert len(reported(script, shell)) == 1
    assert goes_on(script, shell, tmp_path)


@pytest.mark.parametrize(
    ("script", "shell"),
    [
        ("npm ci\nnpm test", "bash"),
        ("true\nnpm ci && npm test", "bash"),
        ("npm ci && npm test\n# the end\n", "bash"),
        ("! grep -q x y", "bash"),
        ("! grep -q x y || exit 1\ntrue", "bash"),
        ("make || true\ntrue", "bash"),
        ("make && true || exit 1\ntrue", "bash"),
        ("make | tee log\ntrue", "bash"),
        ("echo x | make", "sh"),
        ("[ -f x ] && make\ntrue", "bash"),
        ("git diff --quiet && make\ntrue", "bash"),
        ("pytest --version && true\ntrue", "bash"),
        ("make && true &\nwait", "bash"),
        ("echo 'make && true' # make && true\ntrue", "bash"),
        ("if make && true; then exit 1; fi\ntrue", "bash"),
        ("f() { make && true; }\nf", "bash"),
        ("(make && true)\ntrue", "bash"),
        ("cat <<E\nmake && true\nE\ntrue", "bash"),
        ("echo '\nmake && true\n'", "bash"),
        ("set +e\nmake && true\ntest $? = 1", "bash"),
        ("make 2>&1 >log\ntrue", "bash"),
        ("maketest && true\ntrue", "bash"),
    ],
)
def test_what_may_be_meant_is_not_reported(script: str, shell: str) -> None:
    assert reported(script, shell) == []
