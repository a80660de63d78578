"""What must come before what: only what the change itself adds or removes, in each language."""

import pytest
from slicing.conftest import Make, words
from world import Files, planner, root

A, B = words("apple", "apricot"), words("beetle", "badger")
ALONE = "--by-commit"


def apart(change: Files) -> list[Files]:
    """Change each file in a commit of its own, so that `--by-commit` makes a slice of each."""
    return [{path: content} for path, content in change.items()]


CASES: dict[str, tuple[Files, Files, list[tuple[str, str, str, str]]]] = {
    "a new function of Python": (
        {"shop/money.py": f"{A}\n", "shop/cart.py": f"{B}\n"},
        {
            "shop/money.py": f"{A}\ndef round_half(x): ...\n",
            "shop/cart.py": f"from shop.money import round_half\n{B}\nround_half(badger)\n",
        },
        [("defines", "round_half", "shop/money.py", "shop/cart.py")],
    ),
    "an attribute of a module of Python": (
        {"shop/money.py": f"{A}\n", "shop/cart.py": f"from shop import money\n{B}\n"},
        {
            "shop/money.py": f"{A}\nRATE: int = 3\n",
            "shop/cart.py": f"from shop import money\n{B}\nbeetle = money.RATE\n",
        },
        [("defines", "RATE", "shop/money.py", "shop/cart.py")],
    ),
    "a name of Python that is defined under a condition": (
        {"shop/money.py": f"{A}\n", "shop/cart.py": f"{B}\n"},
        {
            "shop/money.py": f"{A}\ntry:\n    import decimal\nexcept ImportError:\n    RATE = 3",
            "shop/cart.py": f"from shop.money import RATE\n{B}\n",
        },
        [("defines", "RATE", "shop/money.py", "shop/cart.py")],
    ),
    "a name of Python on the next line of an import": (
        {"shop/money.py": f"{A}\n", "shop/cart.py": f"from shop.money import \\\n    one\n{B}\n"},
        {
            "shop/money.py": f"{A}\ndef round_half(x): ...\n",
            "shop/cart.py": f"from shop.money import one, \\\n    round_half\n{B}\n",
        },
        [("defines", "round_half", "shop/money.py", "shop/cart.py")],
    ),
    "a name of Python that a module only passes on": (
        {"shop/__init__.py": f"{A}\n", "shop/cart.py": f"{B}\n", "money.py": "def half(): ...\n"},
        {
            "shop/__init__.py": f"from money import half\n{A}\n",
            "shop/cart.py": f"from shop import half\n{B}\n",
        },
        [("defines", "half", "shop/__init__.py", "shop/cart.py")],
    ),
    "a new module of Python": (
        {"shop/cart.py": B},
        {"shop/money.py": A, "shop/cart.py": f"from . import money\n{B}"},
        [("module", "shop/money.py", "shop/money.py", "shop/cart.py")],
    ),
    "a fixture of pytest": (
        {"tests/conftest.py": A, "tests/test_cart.py": B},
        {
            "tests/conftest.py": f"{A}\ndef full_cart():\n    return 1\n",
            "tests/test_cart.py": f"{B}\ndef test_cart(full_cart):\n    pass\n",
        },
        [("defines", "full_cart", "tests/conftest.py", "tests/test_cart.py")],
    ),
    "a removed function of Python": (
        {
            "shop/money.py": f"{A}\ndef round_half(x): ...\n",
            "shop/cart.py": f"from shop.money import round_half\n{B}\nround_half(badger)\n",
        },
        {"shop/money.py": f"{A}\n", "shop/cart.py": f"{B}\n"},
        [("removes", "round_half", "shop/money.py", "shop/cart.py")],
    ),
    "a removed module of Python": (
        {"shop/money.py": A, "shop/cart.py": f"import shop.money\n{B}"},
        {"shop/money.py": None, "shop/cart.py": B},
        [("removes", "shop/money.py", "shop/money.py", "shop/cart.py")],
    ),
    "a new export of TypeScript": (
        {"src/money.ts": A, "src/cart.tsx": B},
        {
            "src/money.ts": f"{A}\nexport async function roundHalf(x: number) {{}}\n",
            "src/cart.tsx": f"import {{\n  roundHalf,\n}} from './money'\n{B}\nroundHalf(1)\n",
        },
        [("defines", "roundHalf", "src/money.ts", "src/cart.tsx")],
    ),
    "a new file of JavaScript that is required": (
        {"lib/cart.js": B},
        {"lib/money/index.js": A, "lib/cart.js": f"const m = require('./money')\n{B}"},
        [("module", "lib/money/index.js", "lib/money/index.js", "lib/cart.js")],
    ),
    "a file of TypeScript by the name that it is built to": (
        {"src/cart.ts": B},
        {"src/money.ts": A, "src/cart.ts": f"import * as m from './money.js'\n{B}"},
        [("module", "src/money.ts", "src/money.ts", "src/cart.ts")],
    ),
    "a new function of Go": (
        {"money/money.go": f"package money\n{A}", "cart/cart.go": f"package cart\n{B}"},
        {
            "money/money.go": f"package money\n{A}\nfunc (m *Money) RoundHalf(x int) int {{}}\n",
            "cart/cart.go": f"package cart\n{B}\nvar beetle = m.RoundHalf(1)\n",
        },
        [("defines", "RoundHalf", "money/money.go", "cart/cart.go")],
    ),
    "a new module of Rust": (
        {"src/lib.rs": B},
        {"src/money.rs": A, "src/lib.rs": f"mod money;\n{B}"},
        [("module", "src/money.rs", "src/money.rs", "src/lib.rs")],
    ),
    "a new struct of Rust": (
        {"src/money.rs": A, "src/cart.rs": B},
        {
            "src/money.rs": f"{A}\npub(crate) struct HalfRound(u8);\n",
            "src/cart.rs": f"use crate::money::HalfRound;\n{B}\n",
        },
        [("defines", "HalfRound", "src/money.rs", "src/cart.rs")],
    ),
    "a new method of Java": (
        {"src/Money.java": f"class Money {{\n{A}}}\n", "src/Cart.java": f"class Cart {{\n{B}}}\n"},
        {
            "src/Money.java": f"class Money {{\n{A}  public static int roundHalf(int x) {{}}\n}}\n",
            "src/Cart.java": f"class Cart {{\n{B}  int z = Money.roundHalf(1);\n}}\n",
        },
        [("defines", "roundHalf", "src/Money.java", "src/Cart.java")],
    ),
    "a new header of C": (
        {"src/cart.c": B},
        {"src/money.h": A, "src/cart.c": f'#include "money.h"\n{B}'},
        [("module", "src/money.h", "src/money.h", "src/cart.c")],
    ),
    "a new macro of C": (
        {"src/money.h": A, "src/cart.c": f'#include "money.h"\n{B}'},
        {
            "src/money.h": f"{A}\n#define ROUND_HALF(x) (x)\n",
            "src/cart.c": f'#include "money.h"\n{B}\nint beetle = ROUND_HALF(1);\n',
        },
        [("defines", "ROUND_HALF", "src/money.h", "src/cart.c")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_new_comes_first_and_what_is_removed_last(case: str, big: Make) -> None:
    base, change, wanted = CASES[case]
    found = big(base, *apart(change))

    assert found.order(ALONE) == wanted
    (kind, _, defined, used) = wanted[0]
    first, second = (used, defined) if kind == "removes" else (defined, used)
    groups = found.groups(ALONE)
    assert [n for n, one in enumerate(groups) for path in (first, second) if path in one] == [0, 1]
    document = found.slice(ALONE).json
    assert document["slices"][1]["depends_on"] == [document["slices"][0]["id"]]


NOTHING: dict[str, tuple[Files, Files]] = {
    "an import of what was there": (
        {"shop/money.py": f"def half():\n    pass\n{A}", "shop/cart.py": B},
        {
            "shop/money.py": f"def half():\n    pass\n{A}apple = 1\n",
            "shop/cart.py": f"from shop.money import half\n{B}",
        },
    ),
    "a name that only looks the same": (
        {"shop/money.py": A, "shop/cart.py": B},
        {
            "shop/money.py": f"{A}\ndef total():\n    pass\n",
            "shop/cart.py": f"{B}\ndef count():\n    total = 1\n",
        },
    ),
    "a name in a comment": (
        {"src/money.go": A, "src/cart.go": B},
        {
            "src/money.go": f"{A}\nfunc RoundHalf() {{}}\n",
            "src/cart.go": f"{B}\n// as RoundHalf does\n",
        },
    ),
    "a name in another language": (
        {"shop/money.py": A, "docs/cart.md": B},
        {
            "shop/money.py": f"{A}\ndef round_half(): ...\n",
            "docs/cart.md": f"{B}\nround_half\n",
        },
    ),
}


@pytest.mark.parametrize("case", NOTHING)
def test_nothing_else_puts_slices_in_order(case: str, big: Make) -> None:
    base, change = NOTHING[case]
    found = big(base, *apart(change))

    assert (found.order(ALONE), len(found.groups(ALONE))) == ([], 2)


def test_files_that_wait_for_each_other_are_in_one_slice(big: Make) -> None:
    found = big(
        {"shop/money.py": A, "shop/cart.py": B},
        {
            "shop/money.py": f"from shop.cart import empty_cart\n{A}\ndef round_half(): ...\n",
            "shop/cart.py": f"from shop.money import round_half\n{B}\ndef empty_cart(): ...\n",
        },
    )

    for words_ in ((), (ALONE,)):
        assert found.groups(*words_) == [{"shop/money.py", "shop/cart.py"}]
        assert found.order(*words_) == []


def test_a_name_that_is_renamed_in_two_files_keeps_them_together(big: Make) -> None:
    found = big(
        {
            "shop/money.py": f"def half_round():\n    pass\n{A}",
            "shop/cart.py": f"from shop.money import half_round\n{B}\nhalf_round()\n",
        },
        {
            "shop/money.py": f"def round_half(): ...\n{A}",
            "shop/cart.py": f"from shop.money import round_half\n{B}\nround_half()\n",
        },
    )

    assert len(found.groups()) == 1


def test_a_slice_that_waits_for_two_is_behind_both(big: Make) -> None:
    third = words("cherry", "clover")
    found = big(
        {"a/one.py": A, "b/two.py": B, "c/three.py": third},
        *apart(
            {
                "a/one.py": f"{A}\ndef first_new():\n    pass\n",
                "b/two.py": f"{B}\ndef second_new():\n    pass\n",
                "c/three.py": "from a.one import first_new\nfrom b.two import second_new\n"
                f"{third}\nfirst_new(second_new())\n",
            }
        ),
    )
    slices = found.slice(ALONE).json["slices"]

    assert [one["paths"] for one in slices] == [["a/one.py"], ["b/two.py"], ["c/three.py"]]
    ids = [one["id"] for one in slices]
    assert [one["depends_on"] for one in slices] == [[], [ids[0]], [ids[1]]]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (
            "a new function of Python",
            "shop/cart.py:1 uses round_half, new in shop/money.py:10",
        ),
        ("a new module of Python", "shop/cart.py:1 imports shop/money.py, which is new"),
        (
            "a removed function of Python",
            "shop/cart.py:1 no longer uses round_half, which shop/money.py:10 removes",
        ),
        (
            "a removed module of Python",
            "shop/cart.py:1 no longer imports shop/money.py, which is removed",
        ),
    ],
)
def test_the_plan_says_why_a_slice_is_after_another_as_the_text_does(
    big: Make, case: str, said: str
) -> None:
    base, change, _ = CASES[case]
    found = big(base, *apart(change))
    ran = planner("slice", ALONE, "-o", "plan.yaml", at=found.repo)

    assert said in ran.stdout
    assert said in (root(found.repo) / "plan.yaml").read_text()
