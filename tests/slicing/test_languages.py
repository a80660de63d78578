"""What source text defines and imports, and how long it takes to read."""

import time

import pytest

from planner.slicing.order.languages import language_of

LONG = {
    "a.java": "  public" * 12_000,
    "a.js": "import a\n" * 12_000,
    "b.js": "const a " * 12_000,
    "a.c": "typedef a\n" * 12_000,
    "b.c": "static int a (b, c\n" * 6_000,
}


@pytest.mark.parametrize("path", LONG)
def test_text_that_never_ends_a_statement_is_read_in_linear_time(path: str) -> None:
    language = language_of(path)
    assert language is not None
    start = time.process_time()
    language.definitions(LONG[path])
    list(language.imports(path, LONG[path]))

    assert time.process_time() - start < 1.5  # it was 6 to 90 s
