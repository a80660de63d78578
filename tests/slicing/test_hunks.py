"""`--by-hunk` divides a file between slices: by whole hunks, in one stack, and without a loss."""

import contextlib
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import git
import pytest
from big import big_branch, branches, refs, split, state
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import PLAN, plan_of, sliced, text_of
from slicing.conftest import Big, Make, words
from slicing.test_split_scope import verdicts
from world import Files, commit, planner, root

from planner.branch.run import open_run
from planner.repository.lines import hunks
from planner.slicing.hunks.pieces import Versions
from planner.slicing.split.ends import Asked
from planner.slicing.split.job import split as split_here

MIDDLE = "".join(f"unrelated_{number} = compute_{number}()\n" for number in range(12))
CART = ("cart_discount", "basket_total", "voucher_code")
LOGIN = ("login_password", "session_token", "user_secret")


Written = dict[str, str | bytes | None]


def two_topics(old: str, new: str) -> tuple[Written, Written]:
    """Files of two topics, and one, `app.py`, that has a hunk of each."""
    base: Written = {"app.py": old, "cart.py": "a = 1\n", "login.py": "b = 1\n"}
    work: Written = {
        "app.py": new,
        "cart.py": "a = 1\n" + words(*CART),
        "shop/basket.py": words(*CART),
        "login.py": "b = 1\n" + words(*LOGIN),
        "shop/session.py": words(*LOGIN),
    }
    return base, work


def settings_of(cart: str, login: str) -> tuple[str, str]:
    """A file before and after two parts were added to it, far from each other."""
    return f"top = 1\n{MIDDLE}end = 1\n", f"top = 1\n{cart}{MIDDLE}{login}end = 1\n"


PLAIN = settings_of(words(*CART, number=1), words(*LOGIN, number=1))


def divided(big: Big) -> dict[str, list[tuple[int, int]]]:
    """The first line and the number of the added lines of `app.py`, by the slice that gets them."""
    ran = big.slice("--by-hunk")
    assert ran.exit == 0, ran.stderr
    return {
        one["slice"]: [(hunk["line"], hunk["added"]) for hunk in one.get("hunks", ())]
        for one in ran.json["paths"]
        if one["path"] == "app.py"
    }


def test_a_file_with_a_hunk_of_each_of_two_slices_is_divided(big: Make) -> None:
    base, work = two_topics(*PLAIN)
    made = big(base, work)

    assert sum("app.py" in group for group in made.groups()) == 1
    cart, login = made.groups("--by-hunk")
    assert cart == {"app.py", "cart.py", "shop/basket.py"}
    assert login == {"app.py", "login.py", "shop/session.py"}
    assert sorted(divided(made).values()) == [[(2, 3)], [(17, 3)]]
    [order] = made.slice("--by-hunk").json["order"]
    assert [one["kind"] for one in order["because"]] == ["hunks"]


def feature(of: str, verb: str, first: str, second: str) -> Written:
    """A module that takes two names up from `settings.py`, and its test."""
    return {
        f"{of}.py": f"from settings import {first}, {second}\n\n\n"
        f"def {verb}_{of}({of}):\n    return {of} * {first} - {second}\n",
        f"test_{of}.py": f"from {of} import {verb}_{of}\n\n\n"
        f"def test_{verb}_{of}():\n    assert {verb}_{of}(3) == 0\n",
    }


def test_a_group_that_only_a_divided_file_holds_together_is_taken_apart(big: Make) -> None:
    cart, login = ("CART_DISCOUNT", "CART_VOUCHER"), ("LOGIN_ROUNDS", "LOGIN_PEPPER")
    old, new = settings_of(*("".join(f"{name} = 20\n" for name in some) for some in (cart, login)))
    work = {"settings.py": new, **feature("cart", "reduce", *cart)}
    work |= feature("login", "encrypt", *login)
    made = big({"settings.py": old}, work)

    assert made.groups() == [set(work)]
    assert made.groups("--by-hunk") == [
        {"settings.py", f"{name}.py", f"test_{name}.py"} for name in ("cart", "login")
    ]


def test_split_makes_what_slice_proposed(big: Make) -> None:
    base, work = two_topics(*PLAIN)
    made = big(base, work)
    proposed = made.slice("--by-hunk", "-o", "docs/plan/plan.yaml")
    assert proposed.exit == 0, proposed.stdout
    before = state(made.repo)
    ran = split(made.repo, "--by-hunk")

    assert ran.exit == 0, ran.stdout
    assert state(made.repo) == before
    lower, upper = ran.json["branches"]
    assert (lower["on"], upper["on"]) == (None, lower["branch"])
    assert [one["slice"] for one in ran.json["branches"]] == [
        one["id"] for one in proposed.json["slices"]
    ]
    assert upper["tree"] == made.repo.git.rev_parse("big^{tree}")
    half = made.repo.git.show(f"{lower['commit']}:app.py", strip_newline_in_stdout=False)
    cart, login = words(*CART, number=1), words(*LOGIN, number=1)
    assert half in {settings_of(cart, "")[1], settings_of("", login)[1]}
    assert [one["hunks"][0]["line"] for one in ran.json["branches"]] == [2, 17]


def test_each_branch_is_in_its_scope(repo: git.Repo) -> None:
    base, work = two_topics(*PLAIN)
    commit(repo, base)
    big_branch(repo, STACKED, work)
    ran = split(repo, "--by-hunk")

    names = list(branches(ran))
    assert names == ["cart", "login"]
    assert verdicts(repo, names) == [(name, 0, []) for name in names]
    assert ran.rules == ["divided-path"]
    assert ran.json["findings"][0]["slices"] == ["cart", "login"]


STACKED = [
    sliced("cart", "app.py", "cart.py", "shop/basket.py"),
    sliced("login", "app.py", "login.py", "shop/session.py", depends_on=["cart"], stacked=True),
]


@pytest.mark.parametrize(
    ("by_hunk", "why", "otherwise"),
    [
        ([], "", "; or stack them, and divide it: planner split --by-hunk"),
        (
            ["--by-hunk"],
            ", which cannot be divided: they are not in one stack",
            "; or stack them, by 'stacked: true' or by --chain",
        ),
    ],
)
def test_slices_that_are_not_in_one_stack_share_no_file(
    repo: git.Repo, by_hunk: list[str], why: str, otherwise: str
) -> None:
    base, work = two_topics(*PLAIN)
    commit(repo, base)
    apart = [{**one} for one in STACKED]
    del apart[1]["depends_on"], apart[1]["stacked"]
    big_branch(repo, apart, work)
    before = refs(repo)
    ran = split(repo, *by_hunk)

    assert (ran.exit, ran.rules) == (1, ["path-in-two-slices"])
    [finding] = ran.json["findings"]
    assert finding["message"] == f"the slices 'cart' and 'login' hold 'app.py'{why}"
    assert finding["hint"].endswith(otherwise)
    assert refs(repo) == before


def test_a_file_whose_hunks_need_each_other_is_refused(repo: git.Repo) -> None:
    base, work = two_topics(*NEAR)
    commit(repo, base)
    big_branch(repo, STACKED, work)
    ran = split(repo, "--by-hunk")

    assert (ran.exit, ran.rules) == (1, ["path-in-two-slices"])
    assert ran.json["findings"][0]["message"] == (
        "the slices 'cart' and 'login' hold 'app.py', which cannot be divided: its hunks need each "
        "other, or it is not text that was changed in place"
    )


def test_a_path_in_two_slices_is_refused_unless_it_is_to_be_divided(repo: git.Repo) -> None:
    base, work = two_topics(*PLAIN)
    commit(repo, base)
    big_branch(repo, STACKED, work)
    ran = split(repo)

    assert (ran.exit, ran.rules) == (1, ["path-in-two-slices"])
    assert "planner split --by-hunk" in ran.json["findings"][0]["hint"]


NEW_NAME = settings_of(
    f"fresh_helper = {CART[0]}\n{words(*CART, number=1)}",
    f"{words(*LOGIN, number=1)}print(fresh_helper)\n",
)
LOCAL = tuple(
    f"def one(value):\n    return value\n\n\ndef two():\n    {indented}\n"
    for side in settings_of(
        f"value = 2\n{words(*CART, number=1)}", f"{words(*LOGIN, number=1)}print(value)\n"
    )
    for indented in ["    ".join(side.splitlines(keepends=True))]
)
BODY = "".join(f"        {line}\n" for line in MIDDLE.splitlines())
LATER = (
    f"def one(frames):\n    return frames\n\n\ndef two():\n    frames = []\n{BODY}    return 1\n",
    f"def one(frames):\n    return frames\n\n\ndef two():\n    print{CART}\n{BODY}"
    f"    frames = {LOGIN}\n    return 1\n",
)
CLAUSE = (
    f"def one():\n    try:\n{BODY}    except OSError:\n        pass\n",
    f"def one():\n    with run(): # {CART}\n{BODY}    print({', '.join(LOGIN)})\n",
)
MOVED = (
    f"[env.release]\n{MIDDLE}end = 1\n",
    f"{words(*CART)}{MIDDLE}[env.release]\n{words(*LOGIN)}end = 1\n",
)
BRACKET = settings_of(f"run(\n{words(*CART, number=1)}", f"{words(*LOGIN, number=1)})\n")
QUOTES = settings_of(f'text = """\n{words(*CART, number=1)}', f'{words(*LOGIN, number=1)}"""\n')
DEFINITION = (
    f"def helper():\n{MIDDLE}print(helper())\n",
    f"def helper({', '.join(CART)}):\n{MIDDLE}print(helper({', '.join(LOGIN)}))\n",
)
SHORT_NAME = settings_of(
    f"import typing as t\n{words(*CART, number=1)}", f"{words(*LOGIN, number=1)}print(t.Any)\n"
)
OTHER_LETTERS = settings_of(
    f"größe = 3\n{words(*CART, number=1)}", f"{words(*LOGIN, number=1)}print(größe)\n"
)
MENTIONED = tuple(
    f"# as fresh_helper does\n{side}"
    for side in settings_of(
        f"from util import (\n    fresh_helper,\n)\n{words(*CART, number=1)}",
        f"{words(*LOGIN, number=1)}print(fresh_helper)\n",
    )
)
PREFIX = (
    f'text = """\n{MIDDLE}{{\n{MIDDLE}}}\n"""\n',
    f'text = f"""\n{words(*CART)}{MIDDLE}{{{{\n{words(*LOGIN)}{MIDDLE}}}}}\n"""\n',
)
MARKUP = settings_of(f"<!--\n{words(*CART, number=1)}", f"{words(*LOGIN, number=1)}-->\n")
TEMPLATE = settings_of(f"top = `\n{words(*CART, number=1)}", f"{words(*LOGIN, number=1)}`\n")
CONDITION = settings_of(f"#if top\n{words(*CART, number=1)}", f"{words(*LOGIN, number=1)}#endif\n")
FUTURE = settings_of(
    f"from __future__ import annotations\n{words(*CART, number=1)}", words(*LOGIN, number=1)
)
NEAR = ("top = 1\nend = 1\n", f"{words(*CART)}top = 1\nend = 1\n{words(*LOGIN)}")


@pytest.mark.parametrize(
    "app",
    [
        NEW_NAME,
        SHORT_NAME,
        OTHER_LETTERS,
        MENTIONED,
        DEFINITION,
        LOCAL,
        LATER,
        CLAUSE,
        MOVED,
        BRACKET,
        QUOTES,
        TEMPLATE,
        PREFIX,
        MARKUP,
        CONDITION,
        FUTURE,
        NEAR,
    ],
    ids=[
        "new-name",
        "short-name",
        "other-letters",
        "mentioned",
        "definition",
        "local",
        "later",
        "clause",
        "moved",
        "bracket",
        "quotes",
        "template",
        "prefix",
        "markup",
        "condition",
        "future",
        "near",
    ],
)
def test_hunks_that_need_each_other_stay_together(big: Make, app: tuple[str, str]) -> None:
    base, work = two_topics(*app)

    assert list(divided(big(base, work)).values()) == [[]]


@pytest.mark.parametrize("old", [None, "\0" + PLAIN[0]], ids=["new", "binary"])
def test_what_is_not_text_changed_in_place_stays_whole(big: Make, old: str | None) -> None:
    base, work = two_topics(PLAIN[0], PLAIN[1])
    if old is None:
        del base["app.py"]
    else:
        base["app.py"], work["app.py"] = old, "\0" + PLAIN[1]

    assert list(divided(big(base, work)).values()) == [[]]


INDENTED = MIDDLE.replace("unrelated", "    unrelated")
AWAITING = (
    f"def handler(x):\n{INDENTED}    end(x)\n",
    f"async def handler(x):  # {' '.join(LOGIN)}\n{INDENTED}    await end({', '.join(CART)})\n",
)
OBJECT = (
    '{"top": 1,\n' + '"same": 2,\n' * 9 + '"end": 3\n}\n',
    f'{{"top": 1, "cart": "{" ".join(CART)}",\n' + '"same": 2,\n' * 9
    + f'"end": 3,\n"login": "{" ".join(LOGIN)}"\n}}\n',
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sides", "count"), [("app.py", AWAITING, 1), ("app.json", OBJECT, 2)]
)
def test_a_file_is_divided_only_if_it_can_be_parsed_between_two_slices(
    big: Make, name: str, sides: tuple[str, str], count: int
) -> None:
    base, work = two_topics(*sides)
    base[name], work[name] = base.pop("app.py"), work.pop("app.py")

    assert sum(name in group for group in big(base, work).groups("--by-hunk")) == count


def test_a_slice_waits_for_the_one_that_gets_the_hunk_with_the_name(big: Make) -> None:
    old, new = settings_of(
        f"{words(*CART, number=1)}def priced_voucher():\n    return 1\n",
        words(*LOGIN, number=1),
    )
    base, work = two_topics(old, new)
    text = words(*LOGIN)
    work["login.py"] = f"from app import priced_voucher\n{text}priced_voucher()\n"
    made = big(base, work)

    first, second = made.groups("--by-hunk")
    assert "cart.py" in first
    assert "login.py" in second
    kinds = {one[0] for one in made.order("--by-hunk")}
    assert kinds == {"defines", "hunks"}


def test_a_divided_split_follows_its_base(repo: git.Repo) -> None:
    base, work = two_topics(*PLAIN)
    commit(repo, base)
    big_branch(repo, STACKED, work)
    split(repo, "--by-hunk")
    repo.git.switch("--quiet", "main")
    commit(repo, {"other.txt": "x\n"})
    ran = split(repo, "--update", "--head", "big")

    assert (ran.exit, ran.json["proof"]["is_same"]) == (0, True), ran.stdout
    assert all(one["is_remade"] for one in ran.json["branches"])
    tree = repo.git.ls_tree("-r", "login").splitlines()
    assert repo.git.ls_tree("big", "app.py") in tree


LINES = st.lists(
    st.sampled_from([b"a\n", b"b\n", b"\n", b"caf\xe9\r\n", b"x = (\n", b")\n", b"\x0c\n"]),
    max_size=12,
)


@st.composite
def edited_files(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A text, and the same with some lines changed; either may lack its last line end."""
    old = draw(LINES)
    new: list[bytes] = []
    for line in old:
        new += draw(st.sampled_from([[line], [line], [line], [], [line, b"new\n"], [b"other\n"]]))
    sides = (b"".join(old), b"".join(new + draw(LINES)[:2]))
    before, after = (side.removesuffix(b"\n") if draw(st.booleans()) else side for side in sides)
    return before, after


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(edited_files(), st.randoms(use_true_random=False))
def test_hunks_that_are_put_in_one_after_the_other_make_the_file(
    sides: tuple[bytes, bytes], chance: Random
) -> None:
    with fresh() as repo:
        ends = [commit(repo, {"file": side}) for side in sides]
        with open_run(root(repo), {}) as run:
            found = list(hunks(run.repository, ends[0], ends[1], ["file"]).get("file", ()))

    text = Versions(*sides)
    assert text.only(found) == text.new
    assert text.only([]) == text.old
    chance.shuffle(found)
    made = [text.only(found[:count]) for count in range(len(found) + 1)]
    assert all(one != other for one, other in pairwise(made))


@contextlib.contextmanager
def fresh() -> Iterator[git.Repo]:
    """A repository that is removed at the end."""
    with tempfile.TemporaryDirectory() as folder:
        yield git.Repo.init(folder, initial_branch="main")


@st.composite
def shared_files(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """A file before and after hunks of several topics, with some kind of line end."""
    end = draw(st.sampled_from([b"\n", b"\r\n"]))
    old: list[str] = []
    new: list[str] = []
    for number in range(draw(st.integers(2, 5))):
        topic = draw(st.sampled_from([CART, LOGIN, ("caf_menu", "dish_price")]))
        lines = [f"{name} = {number}  # \xe9" for name in topic]
        removed = draw(st.booleans())
        (old if removed else new).extend(lines)
        middle = [f"same_{number}_{line}" for line in range(4)]
        old += middle
        new += middle
    sides = (end.join(line.encode("latin-1") for line in some) for some in (old, new))
    before, after = (side + end * draw(st.booleans()) for side in sides)
    return before, after


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(shared_files())
def test_nothing_is_lost_where_three_slices_of_a_stack_share_a_file(
    sides: tuple[bytes, bytes],
) -> None:
    base: Files = {"app.py": sides[0], "cart.py": "a\n", "login.py": "b\n", "menu.py": "c\n"}
    work: Files = {
        "app.py": sides[1],
        "cart.py": words(*CART),
        "login.py": words(*LOGIN),
        "menu.py": words("caf_menu", "dish_price"),
    }
    slices = [
        sliced("cart", "app.py", "cart.py"),
        sliced("login", "app.py", "login.py", depends_on=["cart"], stacked=True),
        sliced("menu", "app.py", "menu.py", depends_on=["login"], stacked=True),
    ]
    with fresh() as repo:
        commit(repo, base)
        repo.git.switch("--quiet", "--create", "big")
        commit(repo, work)
        with open_run(root(repo), {}) as run:
            found = split_here(run, [plan_of(slices)], Asked(head="big", by_hunk=True))
        if found.proof is None:  # its hunks cannot be told apart
            assert {one.rule for one in found.findings} == {"path-in-two-slices"}
            return
        tree = repo.git.rev_parse("big^{tree}")
        assert found.proof.tree == found.made[-1].tree == tree


def test_by_hunk_of_an_update_is_refused(repo: git.Repo) -> None:
    ran = planner("split", "--update", "--by-hunk", at=repo)

    assert (ran.exit, "--by-hunk cannot be used with --update" in ran.stderr) == (2, True)


def test_a_file_that_a_plan_shares_stays_whole(big: Make) -> None:
    base, work = two_topics(*PLAIN)
    plan = text_of([sliced("other", "other.py")], shared=[{"path": "app.py", "why": "all use it"}])
    made = big({**base, PLAN: plan}, work)
    proposed = made.slice("--by-hunk", "-o", "docs/plan/more/plan.yaml")
    ran = split(made.repo, "--by-hunk", "--dry-run")

    assert proposed.exit == ran.exit == 0, ran.stdout
    assert [one for one in proposed.json["paths"] if "hunks" in one] == []
    assert ran.rules == ["shared-path"]
