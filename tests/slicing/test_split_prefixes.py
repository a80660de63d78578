"""Every branch that split makes is checked for names that it uses and does not have."""

from typing import Any

import git
import pytest
from big import API, PAGE, big_branch, refs, split
from planned import Record, sliced
from world import Files, commit, planner

# A name that is in more than a fiftieth of the files is nobody's.
MORE: Files = {f"more/{number}.txt": f"{number}\n" for number in range(120)}
NEW: Files = {"api.py": API, "web.py": PAGE}
OLD = {"api.py": "def lookup_words():\n    return 1\n", "web.py": "from api import lookup_words\n"}


def found(ran: Any) -> list[tuple[list[str], list[str]]]:
    """The slices and names of the findings."""
    findings = [one for one in ran.json["findings"] if one["rule"] == "broken-prefix"]
    return [(one["slices"], one["names"]) for one in findings]


def test_a_name_that_a_sibling_adds_is_told_with_both_places(repo: git.Repo) -> None:
    big_branch(repo, [sliced("web", "web.py"), sliced("api", "api.py")], NEW)
    ran = planner("split", at=repo)

    assert ran.stdout.startswith(
        "web.py:1: warning: the slice 'web' uses 'search', 'api.py', which only the slice 'api' "
        "adds [broken-prefix]\n"
        "  api.py:1: added here\n"
        "  hint: let it wait, in the plan's slice 'web': depends_on: [api], stacked: true\n"
    )
    assert ran.exit == 0
    assert "refs/heads/web" in refs(repo)


def test_in_a_strict_run_nothing_is_made(repo: git.Repo) -> None:
    big_branch(repo, [sliced("web", "web.py"), sliced("api", "api.py")], NEW)
    before = refs(repo)

    assert split(repo, "--strict").exit == 1
    assert refs(repo) == before


@pytest.mark.parametrize(
    ("slices", "expected"),
    [
        ([sliced("api", "api.py"), sliced("web", "web.py", depends_on=["api"])], False),
        ([sliced("web", "web.py"), sliced("api", "api.py", depends_on=["web"])], True),
        ([sliced("both", "*.py")], False),
    ],
)
def test_a_stack_has_to_add_a_name_before_it_uses_it(
    repo: git.Repo, slices: list[Record], expected: bool
) -> None:
    big_branch(repo, slices, NEW)

    names = [(["api", "web"], ["search", "api.py"])]
    assert found(split(repo)) == (names if expected else [])


def test_a_name_is_removed_after_its_last_use(repo: git.Repo) -> None:
    commit(repo, {**OLD, **MORE})
    slices = [sliced("api", "api.py"), sliced("web", "web.py", depends_on=["api"])]
    big_branch(repo, slices, {"api.py": "a = 1\n", "web.py": "w = 1\n"})
    ran = split(repo)

    assert found(ran) == [(["web", "api"], ["lookup_words"])]
    assert ran.json["findings"][0]["hint"] == (
        "'web' is stacked on 'api': let 'api' come later, or move a path"
    )


def test_a_definition_that_moves_between_slices_is_told(repo: git.Repo) -> None:
    body = "def lookup_words():\n    return 1\n"
    commit(repo, {"a.py": body, "b.py": "b = 1\n", **MORE})
    slices = [sliced("a", "a.py"), sliced("b", "b.py")]
    big_branch(repo, slices, {"a.py": "a = 1\n", "b.py": f"b = 1\n{body}"})
    ran = split(repo)

    assert found(ran) == [(["a", "b"], ["lookup_words"])]
    assert ran.json["findings"][0]["message"] == (
        "'lookup_words' moves from the slice 'a' to 'b': between them it is defined twice"
    )
