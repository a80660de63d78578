"""What belongs together by what it is: one rule, one fixture."""

import pytest
from slicing.conftest import Make, of, words
from world import Files

A, B, C = words("apple", "apricot"), words("beetle", "badger"), words("cherry", "clover")

TOGETHER: dict[str, tuple[Files, Files, str, str, str]] = {
    "a test with its source": (
        {"src/pay/money.py": A, "tests/test_money.py": f"import money\n{A}", "src/b.py": B},
        {"src/pay/money.py": f"{A}one = 1\n", "tests/test_money.py": f"import money\n{A}two = 2\n"},
        "tests/test_money.py", "src/pay/money.py", "a test with its source",
    ),
    "a lock file with its manifest": (
        {"web/package.json": '{"a": 1}\n', "web/package-lock.json": '{"b": 1}\n'},
        {"web/package.json": '{"zebra": 2}\n', "web/package-lock.json": '{"integrity": "x"}\n'},
        "web/package-lock.json", "web/package.json", "a lock file with its manifest",
    ),
    "a lock file with the manifest above it": (
        {"Cargo.lock": "a\n", "crates/pay/Cargo.toml": "b\n"},
        {"Cargo.lock": "zebra\n", "crates/pay/Cargo.toml": "giraffe\n"},
        "Cargo.lock", "crates/pay/Cargo.toml", "a lock file with its manifest",
    ),
    "generated code with its source": (
        {"api/pay.proto": "message Pay {}\n", "gen/pay_pb2.py": "X = 1\n"},
        {"api/pay.proto": "message Receipt {}\n", "gen/pay_pb2.py": "Y = 2\n"},
        "gen/pay_pb2.py", "api/pay.proto", "generated from it",
    ),
    "a snapshot with its test": (
        {"src/cart.test.tsx": "a\n", "src/__snapshots__/cart.test.tsx.snap": "b\n"},
        {"src/cart.test.tsx": "zebra\n", "src/__snapshots__/cart.test.tsx.snap": "giraffe\n"},
        "src/__snapshots__/cart.test.tsx.snap", "src/cart.test.tsx", "generated from it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TOGETHER)
def test_what_belongs_together_is_never_separated(case: str, big: Make) -> None:
    base, change, path, other, rule = TOGETHER[case]
    found = big({**base, "z/clover.py": C}, {**change, "z/clover.py": f"{C}clover = 0\n"})

    assert {path, other} in found.groups()
    assert {"kind": "shape", "text": f"{rule}: {other}", "rule": rule, "with": other} in of(
        found.slice().json, path
    )["reasons"]


def test_docs_go_with_the_code_that_they_name(big: Make) -> None:
    found = big(
        {"src/pay.py": A, "src/cart.py": B, "docs/guide.md": "# Guide\n"},
        {
            "src/pay.py": f"{A}\ndef round_half_even(value):\n    return value\n",
            "src/cart.py": f"{B}\ndef empty_whole_cart(cart):\n    return cart\n",
            "docs/guide.md": "# Guide\n\nCall `empty_whole_cart` to remove everything.\n",
        },
    )

    assert {"src/cart.py", "docs/guide.md"} in found.groups()


def test_what_only_moves_or_changes_its_format_is_the_first_slice(big: Make) -> None:
    found = big(
        {"a/one.txt": A, "b/two.css": "a { color: red }\n", "src/c.py": C},
        {
            "a/one.txt": None, "z/one.txt": A,
            "b/two.css": "a {\n  color: red\n}\n",
            "src/c.py": f"{C}clover = 0\n",
        },
    )  # fmt: skip

    assert found.groups()[0] == {"a/one.txt", "z/one.txt", "b/two.css"}
    moved = of(found.slice().json, "z/one.txt")
    assert (moved["from"], moved["reasons"][0]["rule"]) == ("a/one.txt", "mechanical")


def test_what_only_changes_its_mode_is_in_one_slice_with_what_only_moves(big: Make) -> None:
    found = big(
        {"a/one.sh": A, "b/two.sh": B, "src/c.py": C, "old/d.txt": "d\n" * 9},
        {"src/c.py": f"{C}clover = 0\n", "old/d.txt": None, "new/d.txt": "d\n" * 9},
    )
    found.repo.git.update_index("--chmod=+x", "a/one.sh", "b/two.sh")
    found.repo.git.commit("--quiet", "--message=modes")

    assert {"a/one.sh", "b/two.sh", "old/d.txt", "new/d.txt"} in found.groups()


def test_a_rename_that_others_need_is_not_apart_from_them(big: Make) -> None:
    found = big(
        {"shop/money.py": A, "shop/cart.py": f"from shop import money\n{B}", "x.txt": "a b\n"},
        {
            "shop/money.py": None, "shop/cash.py": A,
            "shop/cart.py": f"from shop import cash\n{B}",
            "x.txt": "a  b\n",
        },
    )  # fmt: skip

    assert {"shop/money.py", "shop/cash.py", "shop/cart.py"} in found.groups()


def test_a_change_log_is_shared_and_goes_with_what_it_is_closest_to(big: Make) -> None:
    found = big(
        {"CHANGELOG.md": "# Changes\n", "src/pay.py": A, "src/cart.py": B},
        {
            "CHANGELOG.md": "# Changes\n\n- badger and beetle in the cart\n",
            "src/pay.py": f"{A}apple = 1\n",
            "src/cart.py": f"{B}badger = beetle\n",
        },
    )

    assert {"CHANGELOG.md", "src/cart.py"} in found.groups()
    assert of(found.slice().json, "CHANGELOG.md")["reasons"][0]["rule"] == "shared"


def test_a_slice_over_the_limit_is_cut_where_its_parts_have_least_in_common(big: Make) -> None:
    one = {f"src/a{n}.py": words("common", "apple", "apricot") for n in range(20)}
    two = {f"src/b{n}.py": words("common", "beetle", "badger") for n in range(20)}
    found = big({}, {**one, **two})

    groups = found.groups()
    assert len(groups) > 1
    assert all(len(group) <= 30 for group in groups)
    assert not any(group & one.keys() and group & two.keys() for group in groups)


def test_the_limits_of_the_plan_count(big: Make) -> None:
    found = big(
        {"docs/plan/plan.yaml": PLAN},
        {f"src/a{n}.py": words("common", "apple", "apricot") for n in range(12)},
    )

    assert found.slice().json["is_needed"]
    assert max(map(len, found.groups())) <= 5


PLAN = """\
version: 1
title: Limits
limits: {files: 5}
slices:
  - {id: other, title: Other, branch: other, scope: {include: [{path: other/, new: true}]}}
"""


def test_a_path_that_becomes_a_folder_stays_in_one_slice(big: Make) -> None:
    found = big(
        {"conf": A, "x.py": B},
        {"conf": None, "conf/one.txt": C, "x.py": f"{B}badger = 0\n"},
    )

    assert {"conf", "conf/one.txt"} in found.groups()


def test_a_module_that_becomes_a_package_stays_in_one_slice(big: Make) -> None:
    found = big(
        {"shop/pay.py": A, "x.py": B},
        {"shop/pay.py": None, "shop/pay/__init__.py": C, "x.py": f"{B}badger = 0\n"},
    )

    assert {"shop/pay.py", "shop/pay/__init__.py"} in found.groups()


def test_two_files_between_which_a_definition_moved_stay_in_one_slice(big: Make) -> None:
    moved = "def round_half_even(value):\n    return value\n"
    found = big(
        {"shop/pay.py": f"{A}\n{moved}", "shop/cash.py": B},
        {"shop/pay.py": A, "shop/cash.py": f"{B}\n{moved}"},
    )

    assert found.groups() == [{"shop/pay.py", "shop/cash.py"}]
