"""The oracle is a CommonMark parser: readers see what it makes of a page."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from texts import BASE, replace

from planner.plan.model import Plan
from planner.render import markdown
from planner.render.described import block
from planner.render.documents import render
from planner.schedule import schedule

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])

FRAGMENTS = [
    *("`", "``", "```", "~~~", "<b>", "</p>", "<!--", "-->", "<?", "<![CDATA[", "<script>"),
    *("# ", "###", "- ", "-", "+ ", "* ", "1. ", "2) ", "> ", "|", "---", "***", "===", "|-|"),
    *("\n", "\n\n", "\r", "\u2028", "\x85", "\t", "    ", " ", "\\", "&lt;", "&", "$", "_", "*"),
    *("[x]: y", "[a](b)", "![i](j)", "[^1]", "[^1]: n", "https://a.b/c_d", "a", "word", "\x00"),
    *("{{ x }}", "{% if %}", "end", "\u202e", "\ufeff", "é", "<https://a.b>", "```sh", "~"),
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=12).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
).filter(lambda text: text.strip())


def pages(**texts: str) -> Iterator[list[Token]]:
    plan: Plan = replace(BASE, texts)
    for page in render(plan, schedule(plan)).values():
        assert page.endswith("\n")
        assert not page.endswith("\n\n")
        yield PARSER.parse(page)


@cache
def plain_pages() -> list[list[Token]]:
    return list(pages())


def skeleton(tokens: list[Token]) -> list[tuple[str, str, int]]:
    return [(token.type, token.tag, token.level) for token in tokens]


def raw(tokens: list[Token]) -> list[str]:
    """List the raw HTML of a page except its first line."""
    contents = [token.content for token in tokens[1:] if token.type == "html_block"]
    for token in tokens:
        contents += [t.content for t in token.children or () if t.type == "html_inline"]
    return contents


@pytest.mark.slow
@SLOW
@given(TEXTS)
def test_plain_text_cannot_change_the_structure_of_a_page(text: str) -> None:
    short = " ".join(markdown.clean(text).split())
    for tokens, expected in zip(pages(plain=text, short=short), plain_pages(), strict=True):
        assert skeleton(tokens) == skeleton(expected)
        assert raw(tokens) == []


@pytest.mark.slow
@SLOW
@given(TEXTS)
def test_markdown_of_the_plan_cannot_change_other_sections(text: str) -> None:
    for tokens, expected in zip(pages(MARKED=text), plain_pages(), strict=True):
        assert raw(tokens) == []
        assert list(sections(tokens)) == list(sections(expected))


def sections(tokens: list[Token]) -> Iterator[tuple[str, list[tuple[str, str, int]]]]:
    """Yield each heading with the skeleton below it, without the user's own Markdown."""
    starts = [at for at, token in enumerate(tokens) if token.type == "heading_open"]
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        title = tokens[start + 1].content
        below = (
            [] if title.startswith("Overview") else list(without_described(tokens[start + 3 : end]))
        )
        yield title, skeleton(below)


def without_described(tokens: list[Token]) -> Iterator[Token]:
    """Yield the tokens outside list items that contain the user's Markdown.

    Markdown of several blocks is not in the list, but ends the section below it.
    """
    inside = -1
    for at, token in enumerate(tokens):
        if token.type == "paragraph_open" and tokens[at + 1].content == "**Description**:":
            return
        if inside < 0 and token.type == "list_item_open":
            label = tokens[at + 2].content
            inside = token.level if label.startswith(("**Description**", "**Described**")) else -1
        if inside < 0:
            yield token
        elif (token.type, token.level) == ("list_item_close", inside):
            inside = -1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Fix AsyncSessionLocal", "Fix AsyncSessionLocal"),
        ("a *b* _c_ [d](e)", "a \\*b\\* \\_c\\_ \\[d\\](e)"),
        ("test_models.py, __init__.py", "test_models.py, \\_\\_init\\_\\_.py"),
        ("run `a_b *c*` twice", "run `a_b *c*` twice"),
        ("an open ` and ``two", "an open \\` and \\`\\`two"),
        ("< 3 hours, a<b, <b>", "< 3 hours, a\\<b, \\<b>"),
        ("AT&T &amp; R&D", "AT&T \\&amp; R&D"),
        ("see https://a.b/c_d*e", "see <https://a.b/c_d>\\*e"),
        ("https://a.b/?c=1&d=2&lt;", "<https://a.b/?c=1&d=2>\\&lt;"),
        ("ask ada@x.org, www.x.org/a", "ask <ada@x.org>, [www.x.org/a](http://www.x.org/a)"),
        ("a * b, $5, ~2 h, [x] c:\\d", "a * b, $5, ~2 h, [x] c:\\\\d"),
        ("$a$ ~b~ ~~c~~", "\\$a\\$ \\~b\\~ \\~\\~c\\~\\~"),
        (" several\n\tlines ", "several lines"),
        ("\x00\x1b[0m\u202e", "\ufffd\ufffd\\[0m\ufffd"),
    ],
)
def test_text_in_a_line_reads_as_it_was_written(text: str, shown: str) -> None:
    assert markdown.line(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("- a", "\\- a"),
        ("-5 degrees", "-5 degrees"),
        ("--flag", "--flag"),
        ("---", "\\---"),
        ("+ a", "\\+ a"),
        ("1. a", "1\\. a"),
        ("1.5 hours", "1.5 hours"),
        ("# a", "\\# a"),
        ("#12 is fixed", "#12 is fixed"),
        ("> a", "\\> a"),
    ],
)
def test_an_item_cannot_start_another_block(text: str, shown: str) -> None:
    assert markdown.item(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`a`", "`` `a` ``"),
        ("echo ``` ``", "` echo ``` `` `"),
        (" a ", "`  a  `"),
        ("a\nb", "`a b`"),
    ],
)
def test_a_code_span_shows_the_whole_text(text: str, shown: str) -> None:
    assert markdown.code(text) == shown
    (paragraph,) = [t for t in PARSER.parse(shown) if t.type == "inline"]
    assert [(t.type, t.content) for t in paragraph.children or ()] == [
        ("code_inline", text.replace("\n", " "))
    ]


@given(st.text(st.sampled_from("`ab \n~"), min_size=1))
def test_a_code_block_shows_the_whole_text(text: str) -> None:
    (fence,) = PARSER.parse(markdown.code_block(text, "sh"))

    assert (fence.type, fence.info, fence.content) == ("fence", "sh", text.rstrip("\n") + "\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# a", "\\# a"),
        ("> - # a", "> - \\# a"),
        ("a\n---\nb\n===", "\\## a\n\n\\# b"),
        ("```\n<b>", "```text\n<b>\n```"),
        ("~~~ sh\n# a\n~~~\n# b", "```sh\n# a\n```\n\n\\# b"),
        ("- ```\n  <b>", "- ```text\n  <b>\n  ```"),
        ("`<b>` <b> <https://a.b>", "`<b>` \\<b> <https://a.b>"),
        ("a ` b\n\nc ` <i> ` d", "a \\` b\n\nc `<i>` d"),
        ("* a\n+ b\n\n1. c\n2. d", "- a\n- b\n\n1. c\n1. d"),
        ("*d* __e__ [f](g)", "_d_ **e** [f](g)"),
        ("| a |\n|:-:|\n|`b|c`|", "|  a  |\n| :-: |\n| \\`b |"),
        ("a  \nb\\\nc", "a\\\nb\\\nc"),
        ("text\n- a\ntext\n***", "text\n\n- a\n  text\n\n\\---"),
        ("[x] y\n\n[x]: z 't'", '[x](z "t") y'),
        ("[x]: z", "\\[x\\]: z"),
        ("    code", "```text\ncode\n```"),
        ("a*b*c *d **e** f*", "a*b*c _d **e** f_"),
    ],
)
def test_markdown_is_kept_except_headings_and_html(text: str, shown: str) -> None:
    assert block(text) == shown
    assert block(shown) == shown


LISTS: list[Callable[[str], str]] = [markdown.item, markdown.line, markdown.heading]


@given(TEXTS, st.sampled_from(LISTS))
def test_a_text_is_read_back_as_it_was_written(text: str, written: Callable[[str], str]) -> None:
    """A reader sees the text, except for whitespace, backticks and what ends a heading."""
    page = f"- **x**: {written(text)}" if written is markdown.line else f"# {written(text)}"
    if written is markdown.item:
        page = f"- {written(text)}"
    inline = [token for token in PARSER.parse(page) if token.type == "inline"]

    seen = "".join(t.content for t in inline[0].children or ())

    def bare(value: str) -> str:
        return "".join(markdown.clean(value).replace("`", "").split()).replace("\ufffd", "")

    end = ".,;:!\u3002\uff0c\uff1b\uff1a\uff01 " if written is markdown.heading else ""
    assert bare(seen).removeprefix("x:").rstrip(end) == bare(text).rstrip(end)
