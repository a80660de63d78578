"""Paths of coverage reports: each is found in the repository, or reported as unknown."""

from pathlib import Path

import pytest

from planner.gates.errors import GateError
from planner.gates.reports.coverage import CoverageReport, read_coverage
from planner.gates.reports.lines import Lines
from planner.gates.reports.paths import Located, files_among, files_below, locate

LINES = Lines(frozenset(), frozenset({1}))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of several languages, with a file beside it."""
    for name in (
        "repo/a.py", "repo/src/a.py", "repo/svc/src/a.py", "repo/svc/b.py", "repo/c.py",
        "repo/svc/real.py", "repo/svc/link/x.py", "repo/svc/coverage/d.py", "out.py",
        "repo/core/src/main/java/com/acme/A.java", "repo/pay/pay.go",
    ):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "repo/svc/alias").symlink_to("link")
    (tmp_path / "repo/go.mod").write_text("// shop\nmodule github.com/acme/shop\n\ngo 1.23\n")
    return tmp_path / "repo"


def found(root: Path, *names: str, sources: tuple[str, ...] = (), **options: object) -> Located:
    """Locate the names of one report, written by a gate in `svc`."""
    report = CoverageReport(dict.fromkeys(names, LINES), str(options.pop("form", "")), sources)
    return locate(
        [(report, root / "svc/coverage")],
        files_below(root),
        root=root,
        folder=root / str(options.pop("cwd", "svc")),
        **options,  # type: ignore[arg-type] # prefixes
    )


def test_files_are_found_from_sources_the_report_the_gate_and_the_root(root: Path) -> None:
    names = ("a.py", "./b.py", "../c.py", "svc/real.py", "alias/x.py", "../../out.py", "gone.py")
    strange = ("a\0b.py", "\ud800.py", "n" * 300, "n" * 5000 + "/a.py")

    located = found(root, *names, *strange, "d.py", str(root / "svc/b.py"), sources=("../src",))

    assert set(located.files) == {
        "svc/src/a.py", "svc/b.py", "c.py", "svc/real.py", "svc/link/x.py", "svc/coverage/d.py",
        "../../out.py", "gone.py", *strange,
    }  # fmt: skip
    assert located.unknown == {"../../out.py", "gone.py", *strange}
    assert located.outside == str(root.parent / "out.py")


@pytest.mark.parametrize(
    ("prefixes", "name", "path"),
    [
        ((("/app/", ""),), "/app/src/a.py", "src/a.py"),
        ((("/app", "svc"),), "/app/src/a.py", "svc/src/a.py"),
        ((("/app/", ""), ("/app/src/", "svc/src/")), "/app/src/a.py", "svc/src/a.py"),
        ((("", "svc"),), "src/a.py", "svc/src/a.py"),
        ((("C:/build/", ""),), "C:\\build\\src\\a.py", "src/a.py"),
        ((("C:\\build\\", ""),), "C:\\build\\src\\a.py", "src/a.py"),
        ((("github.com/acme/shop/", ""),), "github.com/acme/shop/src/a.py", "src/a.py"),
    ],
)
def test_a_prefix_stands_for_a_folder(
    prefixes: tuple[tuple[str, str], ...], name: str, path: str, root: Path
) -> None:
    others = [f"{prefix}/gone.py" for prefix, _ in prefixes]
    located = found(root, name, *others, prefixes=prefixes)

    assert path in located.files
    assert located.unknown == set(others)


def test_a_prefix_may_be_of_a_source(root: Path) -> None:
    """coverage.py names files relative to the folder that was measured, such as /app/src."""
    prefixes = (("/app/", "svc"),)

    assert set(found(root, "a.py", sources=("/app/src",), prefixes=prefixes).files) == {
        "svc/src/a.py"
    }
    windows = found(root, "a.py", sources=("C:\\app\\src\\",), prefixes=(("C:/app", ""),))
    assert set(windows.files) == {"src/a.py"}


def test_a_source_outside_the_repository_is_not_a_folder_in_it(root: Path) -> None:
    (root.parent / "other/src").mkdir(parents=True)
    (root.parent / "other/src/a.py").write_text("")

    located = found(root, "src/a.py", sources=(str(root.parent / "other"),))

    assert located.unknown == {"src/a.py"}
    assert located.outside == str(root.parent / "other/src/a.py")


def test_a_path_with_a_prefix_is_looked_up_nowhere_else(root: Path) -> None:
    located = found(root, "src/a.py", prefixes=(("src/", "none"), ("/idle/", "")))

    assert located.unknown == {"src/a.py"}
    assert found(root, "/app/../../out.py", prefixes=(("/app/", ""),)).unknown


@pytest.mark.parametrize("prefix", ["/app/", "src/a", "/src"])
def test_a_prefix_that_no_path_has_is_an_error(prefix: str, root: Path) -> None:
    with pytest.raises(GateError, match=f"no path of the coverage report starts with '{prefix}'"):
        found(root, "src/a.py", "/application/b.py", prefixes=((prefix, ""),))


def test_go_files_are_found_by_the_module(root: Path) -> None:
    profile = b"mode: set\ngithub.com/acme/shop/pay/pay.go:1.1,1.2 1 1\n"
    for folder in (root, root / "svc"):
        located = locate(
            [(read_coverage(profile), root)], files_below(root), root=root, folder=folder
        )
        assert set(located.files) == {"pay/pay.go"}
    assert found(root, "github.com/acme/shop2/pay/pay.go", form="go").unknown
    # A profile that was turned into another format has the same names.
    assert set(found(root, "github.com/acme/shop/pay/pay.go").files) == {"pay/pay.go"}


def test_go_files_are_found_by_the_module_of_the_report(root: Path) -> None:
    (root / "svc/go.mod").write_text("module github.com/acme/svc\n")
    (root / "svc/b.go").write_text("")
    profile = read_coverage(b"mode: set\ngithub.com/acme/svc/b.go:1.1,1.2 1 1\n")

    located = locate([(profile, root / "svc")], files_below(root), root=root, folder=root)

    assert set(located.files) == {"svc/b.go"}


def test_jacoco_files_are_found_in_the_source_folders_of_a_module(root: Path) -> None:
    report = CoverageReport({"com/acme/A.java": LINES}, "jacoco")
    located = locate(
        [(report, root / "core/target/site/jacoco")], files_below(root), root=root, folder=root
    )

    assert set(located.files) == {"core/src/main/java/com/acme/A.java"}


def test_two_names_of_one_file_are_one_file(root: Path) -> None:
    one = CoverageReport({"src/a.py": Lines(frozenset({1}), frozenset({1}))}, "lcov")
    other = CoverageReport({str(root / "src/a.py"): Lines(frozenset(), frozenset({1, 2}))}, "lcov")

    located = locate([(one, root), (other, root)], files_below(root), root=root, folder=root)

    assert located.files == {"src/a.py": Lines(frozenset({1}), frozenset({1, 2}))}


def test_files_of_a_commit_are_found_whatever_is_on_the_disk(root: Path) -> None:
    find = files_among(root, {"gone.py", "src/b.py"})

    assert find(str(root / "gone.py")) == "gone.py"
    assert find(str(root / "src/../src/b.py")) == "src/b.py"
    assert find(str(root / "a.py")) is None
