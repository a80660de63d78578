"""Fingerprints tell what findings are about, whatever stands in it."""

from hypothesis import given
from hypothesis import strategies as st

from planner.diagnostic import Location
from planner.formats.placed import placed
from planner.report import Report
from planner.rules import COMMIT_GRAMMAR, OVERLAPPING_SCOPE

VALUES = st.text(alphabet=st.sampled_from("ab'\"\\ \n:\u00e9")) | st.text()
PLACE = Location("docs/plan/plan.yaml", 1, 1)


@given(VALUES, VALUES)
def test_findings_about_two_values_have_two_fingerprints(one: str, other: str) -> None:
    def of(value: str, commit: str) -> str:
        text = f"commit {commit} {value!r} is not a Conventional Commit: no blank line follows"
        found = COMMIT_GRAMMAR.at(PLACE, text, commit=commit)
        (shown,) = placed(Report("check", (found,)))
        return shown.fingerprint

    assert (of(one, "12ab") == of(other, "34cd")) == (one == other)


@given(VALUES, VALUES, VALUES)
def test_a_witness_changes_no_fingerprint(one: str, other: str, pattern: str) -> None:
    def of(witness: str) -> str:
        text = f"the pattern {pattern!r} meets another's in {witness!r}"
        found = OVERLAPPING_SCOPE.at(PLACE, text, witness=witness)
        (shown,) = placed(Report("lint", (found,)))
        return shown.fingerprint

    if pattern not in (one, other):
        assert of(one) == of(other)
