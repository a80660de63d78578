"""A report as a Code Quality report of GitLab: https://docs.gitlab.com/ci/testing/code_quality/."""

import json
from collections.abc import Iterator
from typing import Any, Final

from planner.diagnostic import Severity
from planner.formats.json import writable
from planner.formats.placed import Placed, placed
from planner.formats.text import visible
from planner.paths import is_utf8
from planner.report import Report

_SEVERITIES: Final[dict[Severity, str]] = {"error": "major", "warning": "minor", "note": "info"}


def report(answer: Report) -> Iterator[str]:
    """Yield the list of findings; where the answer is not known, that is one of them."""
    entries = [_entry(one) for one in placed(answer, _may_name)]
    yield writable(json.dumps(entries, indent=2, ensure_ascii=False)) + "\n"


def _may_name(path: str) -> bool:
    return bool(path) and is_utf8(path)


def _entry(one: Placed) -> dict[str, Any]:
    finding = one.finding
    hint = f" (hint: {finding.hint})" if finding.hint else ""
    return {
        "description": visible(f"{one.message}{hint}"),
        "check_name": finding.rule,
        "fingerprint": one.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            # As it is: escaped for JSON, its value is the name of the file.
            "path": one.location.path,
            "lines": {"begin": one.location.line},
        },
    }
