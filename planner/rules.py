"""The rules of all findings; docs/reference/rules.md explains each of them."""

from typing import Any, Final, NamedTuple

from planner.diagnostic import Diagnostic, Location, Related, Severity


class Rule(NamedTuple):
    """A rule. A finding of a rule that `leaves_open` the answer makes the command exit 2."""

    name: str
    severity: Severity = "error"
    leaves_open: bool = False

    def at(
        self,
        location: Location,
        message: str,
        hint: str = "",
        *,
        severity: Severity | None = None,
        related: tuple[Related, ...] = (),
        **details: Any,  # noqa: ANN401 - JSON
    ) -> Diagnostic:
        """Make a finding of this rule.

        Args:
            severity: replaces that of the rule.
            details: further keys of the JSON output.
        """
        return Diagnostic(
            location,
            self.name,
            message,
            hint,
            severity or self.severity,
            related,
            tuple(details.items()),
        )


# The file as YAML
YAML_SYNTAX: Final = Rule("yaml-syntax")
ALIAS: Final = Rule("alias")
ANCHOR: Final = Rule("anchor")
MERGE_KEY: Final = Rule("merge-key")
TAG: Final = Rule("tag")
KEY: Final = Rule("key")
DUPLICATE_KEY: Final = Rule("duplicate-key")
SEVERAL_DOCUMENTS: Final = Rule("several-documents")
CONTROL_CHARACTER: Final = Rule("control-character")
NOT_UTF8: Final = Rule("not-utf8", leaves_open=True)
TOO_LARGE: Final = Rule("too-large", leaves_open=True)
TOO_DEEP: Final = Rule("too-deep")
TOO_MANY_NODES: Final = Rule("too-many-nodes")
TOO_MANY_MISTAKES: Final = Rule("too-many-mistakes")
EMPTY_PLAN: Final = Rule("empty-plan")

# The keys of a plan
UNKNOWN_KEY: Final = Rule("unknown-key")
MISSING_KEY: Final = Rule("missing-key")
CONFLICTING_KEYS: Final = Rule("conflicting-keys")
WRONG_KIND: Final = Rule("wrong-kind")
EMPTY_VALUE: Final = Rule("empty-value")
REVERSED_RANGE: Final = Rule("reversed-range")
REFUSED_PATTERN: Final = Rule("refused-pattern")

# Names and references
DUPLICATE_ID: Final = Rule("duplicate-id")
DUPLICATE_GATE: Final = Rule("duplicate-gate")
AMBIGUOUS_BRANCH: Final = Rule("ambiguous-branch")
STACKED_DEPENDENCIES: Final = Rule("stacked-dependencies")
UNKNOWN_OWNER: Final = Rule("unknown-owner")
UNKNOWN_SLICE: Final = Rule("unknown-slice")
UNKNOWN_TASK: Final = Rule("unknown-task")
UNKNOWN_GATE: Final = Rule("unknown-gate")
DROPPED_DEPENDENCY: Final = Rule("dropped-dependency", "warning")
DEPENDENCY_CYCLE: Final = Rule("dependency-cycle")
EMPTY_MILESTONE: Final = Rule("empty-milestone")
COMMIT_CONVENTION: Final = Rule("commit-convention")
BRANCH_NAME: Final = Rule("branch-name")
BAD_EXPRESSION: Final = Rule("bad-expression")
NO_SUCH_DATE: Final = Rule("no-such-date")
LATE_MILESTONE: Final = Rule("late-milestone", "warning")
IGNORED_FAILURE: Final = Rule("ignored-failure", "warning")

# Patterns and boundaries
OVERLAPPING_SCOPE: Final = Rule("overlapping-scope")
UNPROVED_OVERLAP: Final = Rule("unproved-overlap", leaves_open=True)
SHARED_SWALLOWS_SCOPE: Final = Rule("shared-swallows-scope")
TASK_OUTSIDE_SLICE: Final = Rule("task-outside-slice")
NAMES_A_FOLDER: Final = Rule("names-a-folder")
MATCHES_NOTHING: Final = Rule("matches-nothing", "warning")
MATCHES_ONLY_FOLDERS: Final = Rule("matches-only-folders", "warning")
REDUNDANT_PATTERN: Final = Rule("redundant-pattern", "warning")
UNPLANNED_RULE: Final = Rule("unplanned-rule", "note")
UNREACHED_RULE: Final = Rule("unreached-rule", "warning")

# Branches
OUTSIDE_SCOPE: Final = Rule("outside-scope")
FOREIGN_PATH: Final = Rule("foreign-path")
EXCLUDED_PATH: Final = Rule("excluded-path")
EXCEPTION_REFUSED: Final = Rule("exception-refused", "warning")
CHANGED_BACK: Final = Rule("changed-back", "warning")
BURIED_COMMITS: Final = Rule("buried-commits")
UNKNOWN_HISTORY: Final = Rule("unknown-history", "note")
PARENT_OUT_OF_SCOPE: Final = Rule("parent-out-of-scope")
SYMLINK_ESCAPE: Final = Rule("symlink-escape")
PATH_COLLISION: Final = Rule("path-collision", "warning")
UNPLANNED_BRANCH: Final = Rule("unplanned-branch")
NO_TRUSTED_PLAN: Final = Rule("no-trusted-plan")

# Changes of plans
PLAN_EDIT: Final = Rule("plan-edit")
PLAN_REMOVED: Final = Rule("plan-removed")
PLAN_UNREADABLE: Final = Rule("plan-unreadable")
PLAN_CHANGE: Final = Rule("plan-change", "note")
SCOPE_WIDENED: Final = Rule("scope-widened", "note")
FENCE_CHANGED: Final = Rule("fence-changed", "note")

# Pull requests
WRONG_BASE: Final = Rule("wrong-base")
BEHIND_PARENT: Final = Rule("behind-parent", "warning")
TITLE_GRAMMAR: Final = Rule("title-grammar")
TITLE_DIFFERS: Final = Rule("title-differs")
COMMIT_GRAMMAR: Final = Rule("commit-grammar", "warning")
FIXUP_COMMIT: Final = Rule("fixup-commit", "warning")
TOO_MANY_FILES: Final = Rule("too-many-files")
TOO_MANY_LINES: Final = Rule("too-many-lines")
MERGE_CONFLICT: Final = Rule("merge-conflict")

# Gates and claims
GATE_FAILED: Final = Rule("gate-failed")
GATE_FLAKY: Final = Rule("gate-flaky")
GATE_TIMEOUT: Final = Rule("gate-timeout")
GATE_SKIPPED: Final = Rule("gate-skipped")
GATE_ERROR: Final = Rule("gate-error")
GATE_CHANGED: Final = Rule("gate-changed")
GATE_NOT_PASSED: Final = Rule("gate-not-passed")
PHANTOM_DONE: Final = Rule("phantom-done")
SLICE_OUT_OF_SCOPE: Final = Rule("slice-out-of-scope")
NOT_CLOSED: Final = Rule("not-closed", "warning")
OPEN_TASKS: Final = Rule("open-tasks", "warning")
NOT_CLAIMED: Final = Rule("not-claimed")
UNCLAIMABLE_SLICE: Final = Rule("unclaimable-slice", "warning")
NOT_RELEASED: Final = Rule("not-released")

# Imported plans
FALSE_PARALLEL: Final = Rule("false-parallel", "warning")
NO_PATH: Final = Rule("no-path")
LEFT_OUT: Final = Rule("left-out", "note")

# Slices of a big change
CROSSED_SLICE: Final = Rule("crossed-slice", "warning")
UNASSIGNED_PATH: Final = Rule("unassigned-path")
PATH_IN_TWO_SLICES: Final = Rule("path-in-two-slices")
INSEPARABLE_PATHS: Final = Rule("inseparable-paths")
SHARED_PATH: Final = Rule("shared-path", "note")
DIVIDED_PATH: Final = Rule("divided-path", "note")
TAKEN_BRANCH: Final = Rule("taken-branch")
MOVED_PATH: Final = Rule("moved-path")
REASSIGNED_PATH: Final = Rule("reassigned-path")
UNION_DIFFERS: Final = Rule("union-differs", "note")
BROKEN_PREFIX: Final = Rule("broken-prefix", "warning")
UNSTACKED_SLICE: Final = Rule("unstacked-slice", "warning")

# Documents
STALE_DOCUMENT: Final = Rule("stale-document")
EDITED_DOCUMENT: Final = Rule("edited-document")

# All commands
UNDECIDED: Final = Rule("undecided", leaves_open=True)
DOCTOR: Final = Rule("doctor")

RULES: Final = {rule.name: rule for rule in tuple(globals().values()) if isinstance(rule, Rule)}
"""All rules by name, in the order of the reference."""
