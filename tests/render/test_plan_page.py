from planner.plan.parse import usable
from planner.render.plan_page import Note, PlanPage, plan_page


def page_of(*slices: str, top: str = "") -> PlanPage:
    text = f"version: 1\ntitle: T\n{top}slices:\n" + "".join(
        f"- {{{slice_}}}\n" for slice_ in slices
    )
    return plan_page(usable(text.encode(), "docs/plan/plan.yaml"))


def slice_of(id_: str, more: str = "") -> str:
    return f"id: {id_}, title: {id_.title()}, branch: f/{id_}, scope: {{include: [{id_}/]}}, {more}"


def beside(page: PlanPage) -> list[str]:
    return [row[4] for row in page.overview_rows]


def test_slices_may_run_beside_those_without_a_dependency_path_between_them() -> None:
    page = page_of(
        slice_of("a"),
        slice_of("b", "depends_on: [a]"),
        slice_of("c", "depends_on: [b]"),
        slice_of("d"),
        slice_of("e", "closed: merged"),
    )

    assert beside(page) == ["`d`", "`d`", "`d`", "`a`, `b`, `c`", "-"]


def test_many_slices_are_described_by_the_exceptions() -> None:
    free = [slice_of(f"s{n}") for n in range(6)]
    waiting = [slice_of(f"w{n}", "depends_on: [s0]") for n in range(2)]

    assert beside(page_of(*free))[0] == "all others"
    assert beside(page_of(*free, *waiting))[:2] == ["all but `w0` and `w1`", "all others"]


def test_hundreds_of_slices_are_counted() -> None:
    chains = [slice_of(f"a{n}", f"depends_on: [a{n - 1}]" if n else "") for n in range(40)]
    page = page_of(*chains, *(slice_of(f"b{n}", "depends_on: [a0]") for n in range(40)))

    assert beside(page)[1] == "40 others"
    assert beside(page)[40] == "all but `a0`"


def test_the_overview_adds_up_the_efforts_of_each_slice() -> None:
    tasks = "tasks: [{id: x, title: X, effort: 1-2h}, {id: y, title: Y, effort: 30m}]"
    page = page_of(slice_of("a", f"owner: ada, {tasks}"), slice_of("b", "depends_on: [a]"))

    assert page.overview_rows == (
        ("`a`", "ada", "`f/a`", "-", "none", "1.5-2.5 hours"),
        ("`b`", "-", "`f/b`", "`a`", "none", "-"),
    )


def test_a_stacked_slice_starts_from_its_parents_branch_until_that_is_closed() -> None:
    stacked = slice_of("b", "depends_on: [a], stacked: true")

    open_page = page_of(slice_of("a"), stacked)
    closed_page = page_of(slice_of("a", "closed: merged"), stacked)

    assert open_page.slices[1].branch == "`f/b` from `f/a` until that is merged, then `main`"
    assert closed_page.slices[1].branch == "`f/b` from `main`"


def gates(*forms: str) -> list[tuple[str, tuple[str, ...]]]:
    page = page_of(slice_of("a", f"gates: [{', '.join(forms)}]"))
    return [(gate.text, tuple(gate.below)) for gate in page.slices[0].gates]


def test_a_gate_shows_its_description_and_below_it_its_command() -> None:
    assert gates("{id: t, title: Tests, run: make, cwd: src, description: All pass}") == [
        ("**Tests**: All pass", ("`cd src && make`",))
    ]


def test_a_gate_without_description_shows_its_command() -> None:
    assert gates(
        "{id: t, run: make}",
        "{id: u, run: [echo, a b], cwd: 'a folder'}",
        '{id: v, run: "echo `date`"}',
        '{id: w, run: "one\\n```\\ntwo\\n", cwd: src}',
    ) == [
        ("**t**: `make`", ()),
        ("**u**: `cd 'a folder' && echo 'a b'`", ()),
        ("**v**: `` echo `date` ``", ()),
        ("**w**:\n\n  ````sh\n  cd src &&\n  one\n  ```\n  two\n  ````", ()),
    ]


def test_a_gate_without_a_command_lists_its_coverage_requirements() -> None:
    coverage = "{id: c, title: C, coverage: {no_regression: true, minimum: 80, changed_lines: 90}}"

    assert gates(coverage) == [
        (
            "**C**: no regression of coverage; coverage of 80 % or more; "
            "90 % or more of the changed lines covered",
            (),
        )
    ]


def test_a_gate_lists_what_it_requires_besides_exit_code_0() -> None:
    form = (
        "{id: t, run: make, repeat: 2, needs: [u], timeout: 90s, env: {A: '1'},"
        " expect_output: [ok], forbid_output: [bad, worse]}"
    )

    assert gates(form, "{id: u, run: make u, timeout: 2h}") == [
        (
            "**t**: `make`",
            (
                "2 times, each in a fresh process; after `u`; with `A=1`; within 90 seconds; "
                "some line matches `ok`; no line matches `bad` or `worse`",
            ),
        ),
        ("**u**: `make u`", ("within 2 hours",)),
    ]


def test_what_all_slices_have_in_common_is_told_once() -> None:
    top = (
        "shared: [a.md, {path: b.md, why: both add, slices: [a]}]\ngenerated: [c.lock]\n"
        "exclude: [d]\nlimits: {files: 9}\ngates: [{id: lint, title: Lint, run: ruff}]\n"
    )
    own = "gates: [{id: t, run: make, needs: [lint]}], limits: {files: 3}"
    page = page_of(slice_of("a", own), slice_of("b"), top=top)
    single = page_of(slice_of("a", own), top=top)

    assert page.common_notes == (
        Note("Base", "`main`"),
        Note("Excluded", "`d`"),
        Note("Shared", "`a.md`, `c.lock`"),
        Note("Limits", "9 files"),
    )
    assert page.common_gates == (("**Lint**: `ruff`", ("id `lint`",)),)
    assert page.slices[0].notes == (
        Note("Shared", "", ("`b.md` - both add",)),
        Note("Limits", "3 files"),
        Note("Slice", "`a`"),
    )
    assert page.slices[0].gates == (("**t**: `make`", ("after `lint`",)),)
    assert page.slices[1].notes == (Note("Slice", "`b`"),)
    assert page.slices[1].gates == ()
    assert (single.common_notes, single.common_gates) == ((), ())
    assert single.slices[0].notes == (
        Note("Excluded", "`d`"),
        Note("Shared", "", ("`a.md`", "`b.md` - both add", "`c.lock`")),
        Note("Limits", "3 files"),
        Note("Slice", "`a`"),
    )
    assert [gate.text for gate in single.slices[0].gates] == ["**Lint**: `ruff`", "**t**: `make`"]


def test_a_gate_that_another_needs_shows_its_id() -> None:
    forms = (
        "{id: one, title: First, run: make one}",
        "{id: two, title: Second, run: make two, needs: [one, three], description: It holds}",
        "{id: three, title: Third, run: make three, repeat: 2, description: Twice}",
        "{id: four, title: Fourth, run: make four}",
    )

    assert gates(*forms) == [
        ("**First**: `make one`", ("id `one`",)),
        ("**Second**: It holds", ("`make two`", "after `one` and `three`")),
        ("**Third**: Twice", ("`make three`", "id `three`; 2 times, each in a fresh process")),
        ("**Fourth**: `make four`", ()),
    ]


def test_no_two_headings_are_the_same() -> None:
    titles = ("Overview", "Same", "Same.", "Slices")
    slices = [
        slice_of(f"s{n}").replace(f"title: S{n}", f"title: {title}")
        for n, title in enumerate(titles)
    ]
    page = page_of(*slices)

    assert [section.title for section in page.slices] == [
        "Overview (`s0`)",
        "Same (`s1`)",
        "Same (`s2`)",
        "Slices (`s3`)",
    ]
    assert [section.suffix for section in page.slices] == [f": `s{n}`" for n in range(4)]
