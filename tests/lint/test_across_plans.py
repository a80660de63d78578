"""Slices of two plans: dependencies between them, overlaps, and circles."""

from planned import PLAN, linted, sliced, text_of

OTHER = "docs/plan/other/plan.yaml"


def rules(plan: str, other: str) -> list[str]:
    return [one.rule for one in linted({PLAN: plan, OTHER: other})]


def test_a_slice_may_depend_on_one_of_another_plan() -> None:
    first = text_of([sliced("a", "src/")])

    assert rules(first, text_of([sliced("b", "src/")])) == ["overlapping-scope"]
    assert rules(first, text_of([sliced("b", "src/", depends_on=["a"])])) == []
    # Also through a third slice.
    between = [sliced("b", "src/", depends_on=["m"]), sliced("m", "lib/", depends_on=["a"])]
    assert rules(first, text_of(between)) == []
    closed = [between[0], {**between[1], "closed": "dropped"}]
    assert rules(first, text_of(closed)) == ["overlapping-scope", "dropped-dependency"]


def test_the_own_plan_comes_first_and_two_others_are_ambiguous() -> None:
    first = text_of([sliced("a", "src/")])
    own = text_of([sliced("b", "src/x", depends_on=["a"]), sliced("a", "lib/", branch="other/a")])

    assert rules(first, own) == ["overlapping-scope"]
    third = {
        PLAN: first,
        OTHER: text_of([sliced("a", "lib/", branch="other/a")]),
        "docs/plan/third/plan.yaml": text_of([sliced("c", "x/", depends_on=["a"])]),
    }
    assert [(one.rule, one.message) for one in linted(third)] == [
        ("unknown-slice", "two other plans have a slice 'a'")
    ]


def test_an_unknown_dependency_is_looked_for_in_all_plans() -> None:
    first, other = (
        text_of([sliced("api", "src/")]),
        text_of([sliced("b", "x/", depends_on=["apo"])]),
    )
    [found] = linted({PLAN: first, OTHER: other})

    assert (found.rule, found.hint) == ("unknown-slice", "did you mean 'api'?")


def test_a_circle_through_two_plans_is_reported_once() -> None:
    first = text_of([sliced("a", "src/", depends_on=["b"])])
    other = text_of([sliced("b", "lib/", depends_on=["a"])])

    [found] = linted({PLAN: first, OTHER: other})

    assert (found.rule, found.message) == (
        "dependency-cycle",
        "dependency cycle across plans: a → b → a",
    )
