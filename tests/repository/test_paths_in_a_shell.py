"""A name is one word of a shell, whatever is in it."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.paths import path_bytes, path_text, shell_text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(min_size=1).filter(lambda raw: b"\0" not in raw), min_size=1))
def test_bash_reads_the_name_that_was_quoted(names: list[bytes]) -> None:
    words = " ".join(shell_text(path_text(name)) for name in names)
    script = f"printf '%s\\0' {words}".encode()

    ran = subprocess.run(["bash", "-s"], input=script, capture_output=True, check=True)

    assert ran.stdout.split(b"\0")[:-1] == names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("feature/a-b_1.2", "feature/a-b_1.2"),
        ("origin/main", "origin/main"),
        ("feat/it's", "'feat/it'\\''s'"),
        ("feat/$(id);x", "'feat/$(id);x'"),
        ("", "''"),
        ("fête", "'fête'"),
        (path_text(b"a\xff'\n"), "$'a\\xff\\'\\x0a'"),
    ],
)
def test_a_name_is_quoted_only_where_it_must_be(name: str, shown: str) -> None:
    assert shell_text(name) == shown
    assert path_bytes(name).decode("utf-8", "ignore") or not name
