"""Report files: whatever a run wrote counts, and nothing that was there before."""

import os
import time
from pathlib import Path

import pytest

from planner.gates.errors import GateError
from planner.gates.reports.files import Report, clock_ns, read_fresh


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def now(folder: Path) -> int:
    """The time of the file system, after all files that exist."""
    time.sleep(0.02)
    return clock_ns(folder)


def test_a_list_and_patterns_are_read_in_the_order_of_paths(tmp_path: Path) -> None:
    since = now(tmp_path)
    write(tmp_path, "out/TEST-b.xml", "out/TEST-a.xml", "out/x.txt", "out/deep/TEST-c.xml", "z.xml")

    fresh = read_fresh(tmp_path, ("z.xml", "out/TEST-*.xml", "out/**", "out/TEST-a.xml"), since)

    names = ["out/TEST-a.xml", "out/TEST-b.xml", "out/deep/TEST-c.xml", "out/x.txt", "z.xml"]
    assert [report.name for report in fresh.reports] == names
    assert fresh.reports[0] == Report("out/TEST-a.xml", b"out/TEST-a.xml")
    assert fresh.older == 0


def test_reports_outside_the_folder_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "svc").mkdir()
    since = now(tmp_path)
    write(tmp_path, "r.xml")

    (report,) = read_fresh(tmp_path / "svc", ("../r.xml",), since).reports

    assert report == Report("../r.xml", b"r.xml")


def test_older_files_of_a_pattern_do_not_count(tmp_path: Path) -> None:
    write(tmp_path, "TEST-old.xml", "TEST-again.xml")
    since = now(tmp_path)
    write(tmp_path, "TEST-new.xml", "TEST-again.xml")

    fresh = read_fresh(tmp_path, ("TEST-*.xml",), since)

    assert [report.name for report in fresh.reports] == ["TEST-again.xml", "TEST-new.xml"]
    assert fresh.older == 1


def test_an_older_file_with_a_time_in_the_future_does_not_count(tmp_path: Path) -> None:
    write(tmp_path, "r.xml")
    os.utime(tmp_path / "r.xml", (2**33, 2**33))
    since = now(tmp_path)

    with pytest.raises(GateError, match=r"the report 'r.xml' is older than the run"):
        read_fresh(tmp_path, ("r.xml",), since)


@pytest.mark.parametrize("how", ["symbolic link", "hard link", "folder link", "move", "copy -p"])
def test_an_older_file_is_not_fresh_by_another_name(how: str, tmp_path: Path) -> None:
    write(tmp_path, "old/r.xml", "out/keep")
    since = now(tmp_path)
    if how == "symbolic link":
        (tmp_path / "r.xml").symlink_to("old/r.xml")
    elif how == "hard link":
        os.link(tmp_path / "old/r.xml", tmp_path / "r.xml")
    elif how == "folder link":
        (tmp_path / "new").symlink_to("old")
    elif how == "move":
        (tmp_path / "old/r.xml").rename(tmp_path / "r.xml")
    else:
        write(tmp_path, "r.xml")
        past = (tmp_path / "old/r.xml").stat()
        os.utime(tmp_path / "r.xml", ns=(past.st_atime_ns, past.st_mtime_ns))
    names = ("new/r.xml", "new/*.xml") if how == "folder link" else ("r.xml", "*.xml")

    for name in names:
        with pytest.raises(GateError, match=r"older"):
            read_fresh(tmp_path, (name,), since)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.xml", "the command did not write the report 'none.xml'"),
        ("no\0ne.xml", "the command did not write the report 'no\\x00ne.xml'"),
        ("dangling.xml", "the command did not write the report 'dangling.xml'"),
        ("none/*.xml", "the command wrote no report that matches 'none/*.xml'"),
        ("old.xml", "the report 'old.xml' is older than the run"),
        ("old*.xml", "the command wrote no report that matches 'old*.xml', only older ones exist"),
        ("folder.xml", "cannot read the report 'folder.xml': Is a directory"),
        ("pipe.xml", "the report 'pipe.xml' is not a regular file"),
        ("big.xml", "the report 'big.xml' is larger than 268435456 bytes"),
    ],
)
def test_what_is_not_a_fresh_report_is_an_error(name: str, reason: str, tmp_path: Path) -> None:
    write(tmp_path, "old.xml", "fresh.xml")
    since = now(tmp_path)
    write(tmp_path, "fresh.xml")
    (tmp_path / "dangling.xml").symlink_to("nowhere")
    (tmp_path / "folder.xml").mkdir()
    os.mkfifo(tmp_path / "pipe.xml")
    with (tmp_path / "big.xml").open("wb") as file:
        file.truncate(256 * 1024 * 1024 + 1)

    with pytest.raises(GateError) as caught:
        read_fresh(tmp_path, ("fresh.xml", name), since)

    assert str(caught.value) == reason


@pytest.mark.slow
def test_ten_thousand_reports_are_read(tmp_path: Path) -> None:
    since = now(tmp_path)
    write(tmp_path, *(f"out/{number % 100}/TEST-{number}.xml" for number in range(10_000)))

    assert len(read_fresh(tmp_path, ("out/**/TEST-*.xml",), since).reports) == 10_000
