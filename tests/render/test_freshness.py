from hypothesis import given
from hypothesis import strategies as st

from planner.render.freshness import HEAD, Verdict, diff, judge

OURS = f"{HEAD}p.yaml -->\n\n# One\n"
NEW = f"{HEAD}p.yaml -->\n\n# Two\n"
EDITED = OURS.replace("# One", "# One, by hand")


def test_a_document_that_is_not_there_is_written() -> None:
    assert judge("PLAN.md", "a\n", on_disk=None) == Verdict(
        "write", "--- a/PLAN.md\n+++ b/PLAN.md\n@@ -0,0 +1 @@\n+a\n"
    )


def test_a_document_that_is_right_already_is_left_alone() -> None:
    assert judge("PLAN.md", NEW, on_disk=NEW.encode()) == Verdict("same")
    assert judge("PLAN.md", NEW, on_disk=NEW.replace("\n", "\r\n").encode()) == Verdict("same")


def test_a_document_that_head_keeps_is_overwritten() -> None:
    verdict = judge("PLAN.md", NEW, on_disk=OURS.encode(), in_head=OURS.encode())

    assert verdict.action == "write"


def test_line_ends_that_git_turned_are_no_edit() -> None:
    on_disk = OURS.replace("\n", "\r\n").encode()

    assert judge("PLAN.md", NEW, on_disk=on_disk, in_head=OURS.encode()).action == "write"


def test_a_document_that_the_plan_rendered_before_is_overwritten() -> None:
    assert judge("PLAN.md", NEW, on_disk=OURS.encode(), rendered=(OURS,)).action == "write"


def test_an_edit_by_hand_is_refused_and_shown() -> None:
    verdict = judge(
        "docs/PLAN.md", NEW, on_disk=EDITED.encode(), in_head=OURS.encode(), rendered=(OURS,)
    )

    assert verdict == Verdict(
        "refuse",
        "--- a/docs/PLAN.md\n+++ b/docs/PLAN.md\n@@ -1,3 +1,3 @@\n"
        f" {HEAD}p.yaml -->\n \n-# One, by hand\n+# Two\n",
    )


def test_a_page_that_nobody_rendered_is_refused_even_when_head_keeps_it() -> None:
    own = b"# My own plan\n"

    assert judge("PLAN.md", NEW, on_disk=own, in_head=own).action == "refuse"


def test_bytes_that_are_no_text_are_refused_and_do_not_crash() -> None:
    on_disk = OURS.encode() + b"\xff\n"

    assert judge("PLAN.md", NEW, on_disk=on_disk, in_head=OURS.encode()).action == "refuse"


@given(st.binary(), st.one_of(st.none(), st.binary()))
def test_nothing_is_overwritten_that_neither_git_nor_the_plan_can_bring_back(
    on_disk: bytes, in_head: bytes | None
) -> None:
    verdict = judge("PLAN.md", NEW, on_disk=on_disk, in_head=in_head, rendered=(OURS,))

    assert verdict.action == "refuse"


def test_a_diff_says_where_a_final_newline_is_missing() -> None:
    assert diff("a\nb", "a\nb\n", "x") == (
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"
    )
    assert diff("same", "same", "x") == ""
