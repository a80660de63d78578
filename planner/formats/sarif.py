"""A report as SARIF 2.1.0, with all that GitHub's code scanning demands.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/,
https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from planner import __version__
from planner.diagnostic import Diagnostic, Location
from planner.formats.json import writable
from planner.formats.placed import Placed, placed
from planner.formats.rule_page import rule_page, rule_summary
from planner.formats.text import place, visible
from planner.paths import path_bytes
from planner.report import Report
from planner.rules import RULES

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_MOST: Final = 25_000  # results that GitHub takes
_LONGEST: Final = 1_024  # characters of a description
_SEVERITIES: Final = ("error", "warning", "note")


def report(answer: Report) -> Iterator[str]:
    """Yield the log of one run; where the answer is not known, it says that it did not succeed."""
    every = [*placed(answer)]
    found = [one for one in every if one.finding.rule != "undecided"]
    undecided = [one.finding for one in every if one.finding.rule == "undecided"]
    # Of too many, those that stop the branch must be among the first.
    found.sort(key=lambda one: _SEVERITIES.index(one.finding.severity))
    names = list(dict.fromkeys(one.finding.rule for one in found))
    run = {
        "tool": {
            "driver": {
                "name": "planner",
                "semanticVersion": __version__,
                "rules": [_rule(name) for name in names],
            }
        },
        "automationDetails": {"id": f"planner/{answer.command}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(answer, undecided, len(found))],
        "results": [_result(one, names.index(one.finding.rule)) for one in found[:_MOST]],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    yield writable(json.dumps(log, indent=2, ensure_ascii=False)) + "\n"


def _invocation(answer: Report, undecided: list[Diagnostic], count: int) -> dict[str, Any]:
    notes = [_notification("warning", f"{count - _MOST:,} more findings are left out")]
    return {
        "executionSuccessful": not answer.all_undecided,
        "exitCode": answer.exit_code,
        "toolExecutionNotifications": [
            *(_notification("error", _reason(one)) for one in undecided),
            *(notes if count > _MOST else []),
        ],
    }


def _reason(one: Diagnostic) -> str:
    """Why the answer, or that of a part, is not known."""
    where = f"{place(one.location)}: " if one.location.path else ""
    return f"{where}{one.message}" + (f" (hint: {one.hint})" if one.hint else "")


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _plain(text)}}


def _rule(name: str) -> dict[str, Any]:
    sentence, paragraph = rule_summary(name)
    return {
        "id": name,
        "shortDescription": {"text": sentence[:_LONGEST]},
        "fullDescription": {"text": paragraph[:_LONGEST]},
        "help": {"text": rule_page(name), "markdown": rule_page(name)},
        "defaultConfiguration": {"level": RULES[name].severity},
    }


def _result(one: Placed, index: int) -> dict[str, Any]:
    finding: Diagnostic = one.finding
    hint = f"\nhint: {visible(finding.hint)}" if finding.hint else ""
    keys: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": _plain(one.message) + _literal(hint)},
        "locations": [_physical(one.location)],
        "partialFingerprints": {"primaryLocationLineHash": one.fingerprint},
    }
    if finding.related:
        keys["relatedLocations"] = [
            {**_physical(related.location), "message": {"text": _plain(related.message)}}
            for related in finding.related
        ]
    return keys


def _physical(location: Location) -> dict[str, Any]:
    line, column = location.line or 1, location.column or 1
    return {
        "physicalLocation": {
            # A colon in the first segment would read as a scheme.
            "artifactLocation": {"uri": quote(path_bytes(location.path), safe="/")},
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": line,
                "endColumn": column + 1,
            },
        }
    }


def _plain(text: str) -> str:
    return _literal(visible(text))


def _literal(text: str) -> str:
    """Escape what SARIF reads as a placeholder or as a link (§3.11.5, §3.11.6)."""
    text = text.replace("{", "{{").replace("}", "}}")
    return re.sub(r"\[(?=[^\]]*\]\()", r"\\[", text)
