from hypothesis import given
from hypothesis import strategies as st

from planner.render.freshness import HEAD, Page, diff, judge

OURS = f"{HEAD}p.yaml -->\n\n# One\n"
NEW = f"{HEAD}p.yaml -->\n\n# Two\n"
EDITED = OURS.replace("# One", "# One, by hand")


def test_a_missing_document_is_written() -> None:
    assert judge("PLAN.md", "a\n", on_disk=None) == Page(
        "PLAN.md", "a\n", "write", "--- a/PLAN.md\n+++ b/PLAN.md\n@@ -0,0 +1 @@\n+a\n"
    )


def test_a_document_that_is_up_to_date_is_left_alone() -> None:
    assert judge("PLAN.md", NEW, on_disk=NEW.encode()) == Page("PLAN.md", NEW, "same")
    assert judge("PLAN.md", NEW, on_disk=NEW.replace("\n", "\r\n").encode()) == Page(
        "PLAN.md", NEW, "same"
    )


def test_a_document_as_in_head_is_overwritten() -> None:
    page = judge("PLAN.md", NEW, on_disk=OURS.encode(), in_head=OURS.encode())

    assert page.action == "write"


def test_line_endings_that_git_converted_do_not_count_as_an_edit() -> None:
    on_disk = OURS.replace("\n", "\r\n").encode()

    assert judge("PLAN.md", NEW, on_disk=on_disk, in_head=OURS.encode()).action == "write"


def test_a_document_that_was_rendered_before_is_overwritten() -> None:
    assert judge("PLAN.md", NEW, on_disk=OURS.encode(), rendered=(OURS,)).action == "write"


def test_an_edit_by_hand_is_refused_and_shown() -> None:
    page = judge(
        "docs/PLAN.md", NEW, on_disk=EDITED.encode(), in_head=OURS.encode(), rendered=(OURS,)
    )

    assert page == Page(
        "docs/PLAN.md",
        NEW,
        "edited",
        "--- a/docs/PLAN.md\n+++ b/docs/PLAN.md\n@@ -1,3 +1,3 @@\n"
        f" {HEAD}p.yaml -->\n \n-# One, by hand\n+# Two\n",
    )


def test_a_page_that_planner_did_not_write_is_refused_even_as_in_head() -> None:
    own = b"# My own plan\n"

    page = judge("PLAN.md", NEW, on_disk=own, in_head=own)

    assert page.action == "foreign"


def test_bytes_that_are_not_utf8_are_refused_and_do_not_crash() -> None:
    on_disk = OURS.encode() + b"\xff\n"

    assert judge("PLAN.md", NEW, on_disk=on_disk, in_head=OURS.encode()).action == "edited"


@given(st.binary(), st.one_of(st.none(), st.binary()))
def test_nothing_is_overwritten_that_neither_git_nor_the_plan_can_restore(
    on_disk: bytes, in_head: bytes | None
) -> None:
    page = judge("PLAN.md", NEW, on_disk=on_disk, in_head=in_head, rendered=(OURS,))

    assert page.action in ("edited", "foreign")


def test_a_diff_shows_where_the_final_newline_is_missing() -> None:
    assert diff("a\nb", "a\nb\n", "x") == (
        "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"
    )
    assert diff("same", "same", "x") == ""
