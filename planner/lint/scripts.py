"""Report lines of gate scripts whose failure the shell certainly ignores, in spite of `-e`.

Only simple scripts are read, and only what nobody writes on purpose is reported: `[ -f x ] && y`
and `x || true` are choices. https://www.gnu.org/software/bash/manual/html_node/The-Set-Builtin.html
"""

import re
from collections.abc import Iterator
from typing import Final

from planner.diagnostic import Diagnostic
from planner.plan.model import Gate, Plan
from planner.rules import IGNORED_FAILURE

_QUOTED: Final = re.compile(r"""'[^'\n]*'|"(?:[^"\\\n`$]|\\.|\$(?!\())*"|\$\{\w+\}|\\.""")
_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#.*", re.MULTILINE)
_CONTINUED: Final = re.compile(r"(?<=&&)\s*\n|(?<=\|)\s*\n")
# Blocks, substitutions and here-documents: the script is not simple. `set +e` is a choice.
_COMPLEX: Final = re.compile(
    r"[(){}`'\"]|<<|\bset\s+\+|pipefail|(?:^|[\s;])(?:if|while|until|for|case|select|function|trap|eval)\b"
)
# Commands that are run for their work: none is a condition.
_WORK: Final = re.compile(
    r"(?:\w+=\S*\s+)*(?:npx\s+|(?:uv|poetry|pdm|hatch)\s+run\s+|bundle\s+exec\s+|python3?\s+-m\s+)?"
    r"(?:pytest|tox|nox|unittest|ctest|jest|vitest|mocha|phpunit|rspec|tsc|mypy|pyright|eslint|ruff"
    r"|flake8|pylint|make|ninja|mvn|gradle|\./mvnw|\./gradlew"
    r"|(?:npm|pnpm|yarn|bun)\s+(?:ci|install|test|run)|cargo\s+(?:test|build|check|clippy|nextest)"
    r"|go\s+(?:test|build|vet|generate)|dotnet\s+(?:test|build|restore)|pip3?\s+install"
    r"|uv\s+(?:sync|pip)|(?:poetry|bundle|composer)\s+install)(?=\s|$)(?!.*\s--?(?:version|help)\b)"
)


def check(plan: Plan) -> Iterator[Diagnostic]:
    """Report lines of scripts that fail without ending the script."""
    for gate in (*plan.gates, *(gate for slice_ in plan.slices for gate in slice_.gates)):
        for key, script in (("run", gate.run), ("setup", gate.setup)):
            if isinstance(script, str):
                yield from _script(plan, gate, key, script)


def _script(plan: Plan, gate: Gate, key: str, script: str) -> Iterator[Diagnostic]:
    statements = _statements(script)
    for number, (written, plain) in enumerate(statements, 1):
        is_last = number == len(statements)
        message, hint = "", "write each command on a line of its own"
        if plain.startswith("! ") and not is_last and not re.search(r"&&|\|\|", plain):
            command = written.removeprefix("! ").strip()
            message = f"{written!r} never ends the script: with -e a command after '!' cannot"
            hint = f"write: if {command}; then exit 1; fi"
        elif gate.shell == "sh" and _ignored(plain, r"(?<!\|)\|(?!\|)"):
            message = f"of {written!r} only the last command counts: sh has no pipefail"
            hint = "write shell: bash"
        elif not is_last and "||" not in plain and _ignored(plain, "&&"):
            message = f"of {written!r} only the last command ends the script where it fails"
        if message:
            yield IGNORED_FAILURE.at(plan.where(gate.node, key), message, hint, gate=gate.id)


def _statements(script: str) -> list[tuple[str, str]]:
    """Return each statement as written, and with quotes blanked; none of a script with blocks."""
    # Of the same length, so that both are cut at the same places.
    plain = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), script.replace("\\\n", "  "))
    plain = _COMMENT.sub(lambda comment: " " * len(comment[0]), plain)
    plain = _CONTINUED.sub(lambda end: " " * len(end[0]), plain)
    if _COMPLEX.search(plain):
        return []
    ends = [match.start() for match in re.finditer(r"\n|;|(?<!&)&(?![&>\d])", plain)]
    statements = []
    for start, end in zip([0, *(end + 1 for end in ends)], [*ends, len(plain)], strict=True):
        if plain[start:end].strip() and plain[end : end + 1] != "&":
            written = re.sub(r"\s+", " ", script[start:end]).strip()
            statements.append((written, plain[start:end].strip()))
    return statements


def _ignored(plain: str, separator: str) -> bool:
    """Whether a command that is not the last of a list or pipe does the work of the gate."""
    *others, _ = re.split(separator, plain)
    return any(_WORK.match(other.strip()) for other in others)
