import itertools
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.gates.errors import GateError
from planner.gates.output import OVERLAP, WINDOW, Search, SearchTimer, last_line, tail

EXPRESSIONS = (
    "no such table",
    "^a",
    "b$",
    "^$",
    r"\d+ passed",
    "(?i)ERROR",
    "\ufffd",
    "é",
    r"\bx\b",
    r"\s",
    r"\Ab",
    "a.b",
)
PIECES = st.sampled_from(
    [
        b"no such table",
        b"a",
        b"b",
        b" ",
        b"x",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"12 passed",
        b"eRRor",
        "é".encode(),
        b"\xc3",
        b"\xa9",
        b"\xff",
        b"\0",
        b"\x1b[31m",
        b"\x1b[0m",
        b"\x1b]0;t\x07",
        b"\x1b",
    ]
)


@pytest.fixture
def timer() -> Iterator[SearchTimer]:
    with SearchTimer() as one:
        yield one


def found(chunks: Sequence[bytes], expressions: Sequence[str] = EXPRESSIONS) -> dict[str, int]:
    """Search a stream that comes in these chunks."""
    with SearchTimer() as timer:
        search = Search(expressions, timer)
        for chunk in chunks:
            search.feed(chunk)
        search.end()
        return search.found


def oracle(data: bytes, expressions: Sequence[str] = EXPRESSIONS) -> dict[str, int]:
    """Search as the contract says: split, decode and clean each line, then search it."""
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    answer: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        text = line.decode("utf-8", "replace").replace("\r", "")
        text = re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*\x07|\x1b[ -/]*[0-~]", "", text)
        for expression in expressions:
            if expression not in answer and re.search(expression, text):
                answer[expression] = number
    return answer


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    """Cut a stream into chunks."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@pytest.mark.slow
@given(st.lists(PIECES, max_size=25).map(b"".join), st.lists(st.integers(0, 300), max_size=8))
@settings(max_examples=400)
def test_each_line_is_searched_by_itself_however_the_stream_is_cut(
    data: bytes, places: list[int]
) -> None:
    assert found(cut(data, places)) == oracle(data)


def test_long_lines_are_searched_the_same_however_the_stream_is_cut() -> None:
    rng = random.Random(7)
    for _ in range(12):
        data = bytearray()
        for _ in range(rng.randrange(1, 6)):
            size = rng.choice([3, 100, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW])
            line = bytearray(rng.choice([b"y", b"-", "é".encode()]) * size)
            for word in rng.sample([b"no such table", b"12 passed", b"error", b" x "], 2):
                line[(at := rng.randrange(len(line))) : at + len(word)] = word
            data += line + b"\n"
        ways = [[bytes(data)], cut(bytes(data), [rng.randrange(len(data)) for _ in range(9)])]
        ways.append([bytes(data[at : at + WINDOW]) for at in range(0, len(data), WINDOW)])

        words = ("no such table", r"\d+ passed", "(?i)ERROR", " x ", "^[^y]", "y$", "x $")
        assert [found(way, words) for way in ways] == [oracle(bytes(data), words)] * 3


def test_match_across_the_cut_of_a_long_line_is_found_and_the_cut_does_not_end_it() -> None:
    for at in range(WINDOW - 20, WINDOW + 20):
        line = b"-" * at + b"no such table" + b"-" * WINDOW

        assert found([line], ["no such table", "^n", "^no", "no$", "table$"]) == {
            "no such table": 1
        }


def test_match_may_be_longer_than_a_window() -> None:
    line = b"-" * 99 + b"error" + b"." * (3 * WINDOW)

    assert found([line], [r"error.*", r"error.*$"]).keys() == {r"error.*"} | {r"error.*$"}


def test_overlap_sees_every_match_of_4_kib() -> None:
    word = b"<" + b"." * (OVERLAP - 2) + b">"
    for at in (0, WINDOW - OVERLAP - 1, WINDOW - OVERLAP + 1, WINDOW - 9, 2 * WINDOW - 3000):
        assert found([b"-" * at + word + b"-" * WINDOW], ["<[.]+>"]) == {"<[.]+>": 1}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("expression", "line"),
    [(r"(a+)+$", b"a" * 40 + b"!"), (r"a*a*b", b"a" * 60_000)],
)
def test_search_that_takes_too_long_is_stopped(
    timer: SearchTimer, expression: str, line: bytes
) -> None:
    began = time.process_time()
    search = Search(["fine", expression], timer)

    with pytest.raises(GateError) as caught:
        search.feed(line + b"\nfine\n")

    assert str(caught.value) == (
        f"'{expression}' takes more than 1 s to search one line; "
        "write it without nested repetition such as (a+)+"
    )
    assert 1 <= time.process_time() - began < 2


@pytest.mark.slow
def test_limit_is_for_one_line_not_for_many() -> None:
    expression = "(a+)+$"
    for length in itertools.count(15):  # each more doubles the time
        line = b"a" * length + b"!"
        began = time.process_time()
        assert found([line], [expression]) == {}
        if (took_s := time.process_time() - began) > 0.1:
            break

    lines = [line + b"%d\n" % number for number in range(int(1.5 / took_s))]
    assert found([b"".join(lines)], [expression]) == {}


@pytest.mark.parametrize("text", ["(", "*", "(?P<a>x)(?P<a>y)", "a{1,99999999999999999999}", "\\"])
def test_expression_that_does_not_compile_is_named(timer: SearchTimer, text: str) -> None:
    with pytest.raises(GateError) as caught:
        Search([text], timer)

    assert str(caught.value).startswith(f"'{text}' is not a valid regular expression: ")


def test_expression_that_python_warns_about_is_accepted(timer: SearchTimer) -> None:
    assert Search(["[[a]"], timer).found == {}


def test_last_line_is_the_last_one_with_text() -> None:
    assert last_line(b"one\n 50 %\r\x1b[32m 60 %\x1b[0m\r\n \n") == "60 %"
    assert last_line(b"\xff\x07\xe2\x80\xae") == "\ufffd\\x07\\u202e"
    assert last_line(b"") == ""


def test_tail_is_the_end_of_a_log_and_safe_to_print(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * 200_000 + b"\n1\n\x1b[31m2\r\n::error::\x9b\xc2\x9b\x07\n")

    assert tail(str(log), lines=3) == ("1", "2", "::error::\ufffd\\x9b\\x07")
    assert tail(str(tmp_path / "none")) == ()
