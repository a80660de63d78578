"""Finds the paths that a sentence names, and leaves alone what only looks like one."""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import product
from typing import Final, NamedTuple

from planner.boundary.pattern import Pattern, Refusal, parse
from planner.paths import path_bytes, path_text
from planner.scopes.spelling import spelled

_ENDINGS: Final = """
    am arb asm asset astro bash bat bicep c cc cfg cjs clj cmake cmd conf cpp cs cshtml csproj css
    csv cts cxx d dart diff ejs elm entitlements env erb erl ex exs feature fish fs fsproj gd
    gemspec gif glsl go gql gradle graphql groovy h hbs hcl heex hh hlsl hpp hs htm html http hurl
    ico ics in ini ipynb j2 java jinja jinja2 jl jpeg jpg js json json5 jsonc jsx kt kts less lock
    lua m md mdx mjs mk ml mm mod move mp3 mp4 mts mustache nim nix pbxproj pdf php pl plist pm png
    po pot prefab prisma properties proto ps1 pug py pyi r rake razor rb rmd rs rst s sass scala
    scss sh sln snap sol sql storyboard strings sum svelte svg swift tf tfvars tmpl toml tpl tres ts
    tscn tsv tsx ttf twig txt unity vb vue wasm wav webp woff woff2 work xcstrings xib xml yaml yml
    zig zsh
"""
_EXTENSIONS: Final = frozenset(_ENDINGS.split())
_NAMES: Final = frozenset(
    {"Brewfile", "CMakeLists.txt", "CODEOWNERS", "Dockerfile", "Gemfile", "Jenkinsfile", "LICENSE"}
    | {"Justfile", "Makefile", "Pipfile", "Procfile", "Rakefile", "Vagrantfile", "justfile"}
)
_CALLED: Final = """
    alpine.js backbone.js bull.js chart.js d3.js discord.js ember.js express.js hapi.js koa.js
    moment.js nest.js next.js node.js nuxt.js p5.js pdf.js phaser.js react.js socket.io three.js
    type.js vue.js
"""
_LIBRARIES: Final = frozenset(_CALLED.split())  # that are called like a file
_TOKEN: Final = re.compile(
    r"(?<!`)(?P<ticks>`++)(?P<code>[^`]+)(?P=ticks)(?!`)"
    r"|\[[^\[\]]*\]\((?P<link>[^()\s]+)\)"
    r"|(?P<plain>[^\s`]+)"
)
_AFTER: Final = re.compile(r"(?:::|#L?|:)(?:[\w.:,\[\]-]*)$")  # a line, a test, an anchor
_NOT_A_PATH: Final = re.compile(r"://|[<>|=$;\"'&\x00-\x1f\x7f]|^[@~-]|\{\{|^\w+:(?!:)|\s\s|^\.+$")
# What comes before a path that is only read.
_READ: Final = re.compile(
    r"(?:\b(?:per|see|following|like)|according to|based on|as (?:in|by)"
    r"|\b(?:described|defined|specified|documented|listed|signatures?) (?:in|from|by))"
    r"[\s(`*\[]*$",
    re.IGNORECASE,
)
# Documents that Spec Kit makes of a feature: a sentence that names one without a folder reads it.
_DESIGN: Final = frozenset(
    {"constitution.md", "data-model.md", "plan.md", "quickstart.md", "research.md", "spec.md"}
    | {"tasks.md"}
)
_WINDOWS: Final = re.compile(r"[\w.-]+(?:\\[\w.-]+)+")
_SEGMENT: Final = r"[\w.@+()\[\]~ *?-]+"
_MOST_SPELLED: Final = 64
_LONGEST: Final = 300  # signs of a path


class Word(NamedTuple):
    """A path that a text names, as a pattern of the plan; or why there is no such pattern.

    `at` is where it stands in the text.
    """

    at: int
    said: str
    pattern: str
    refusal: Refusal | None = None


class Prose:
    """Finds paths by what is tracked and by the other paths of the same texts.

    Args:
        tracked: the tracked paths of the repository.
        root: the root of the work tree: some tools write absolute paths.
        texts: all texts; a name without an extension is a path only if one of them names a path
            in its folder.
        beside: the folder of the file: what lies there is named relative to it, to be read.
    """

    def __init__(
        self,
        tracked: Collection[bytes],
        root: str,
        texts: Iterable[str] = (),
        *,
        beside: str = "",
    ) -> None:
        self._beside = f"{beside}/" if beside else ""
        self._tracked = frozenset(map(path_text, tracked))
        self._root = f"{root.rstrip('/')}/"
        self._folders = {folder for path in self._tracked for folder in _folders(path)}
        tokens = [token for text in texts for _, token, _ in self._tokens(text)]
        certain = {text for token in tokens for text in _expanded(token) if _is_path(text)}
        self._named = certain | self._tracked
        self._below = self._folders | {folder for text in certain for folder in _folders(text)}
        self._tops = {folder for folder in self._below if "/" not in folder}

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        names: dict[str, set[str]] = {}
        for path in self._named:
            names.setdefault(path.rpartition("/")[2], set()).add(path)
        return names

    def words(self, text: str) -> Iterator[Word]:
        """Yield the paths that a text names, in its order."""
        seen: set[str] = set()
        tokens = list(self._tokens(text))
        long = {token.rpartition("/")[2] for _, token, _ in tokens if "/" in token}
        for at, token, is_code in tokens:
            for each in _expanded(token):
                path = self._path(each, is_code=is_code)
                if _READ.search(text, max(0, at - 40), at):
                    continue
                if not path or path in seen or (path == each and path in long):
                    continue
                seen.add(path)
                yield self.word(path, at, said=token)

    def word(self, path: str, at: int = 0, *, said: str = "") -> Word:
        """Return a path as a pattern of the plan, or why it cannot be one."""
        path = self._as_folder(path)
        path = re.sub(r"/\*\*/$", "/**", path)
        if path.endswith("/") and re.search(r"[*?]", path):
            path += "**"
        pattern = _pattern(path)
        if isinstance(pattern, Refusal):
            return Word(at, said or path, "", pattern)
        return Word(at, said or path, pattern.text)

    def listed(self, text: str) -> list[Word]:
        """Return the patterns of an entry of a list of paths: several where it has braces."""
        path = text.strip().removeprefix(self._root)
        path = path.replace("\\", "/") if _WINDOWS.fullmatch(path) else path
        while path.startswith("./") and path != "./":
            path = path[2:].lstrip("/")
        return [self.word(each, said=text) for each in _expanded(path)]

    def _as_folder(self, path: str) -> str:
        """A name that is a folder here, or in which another path lies, with its slash."""
        is_folder = path in self._below and path not in self._tracked
        return f"{path}/" if is_folder and not path.endswith("/") else path

    def is_tracked(self, pattern: str) -> bool:
        """Whether a pattern without wildcards matches something tracked."""
        plain = re.sub(r"\\(.)", r"\1", pattern)
        return plain in self._tracked or (plain.endswith("/") and plain[:-1] in self._folders)

    def _tokens(self, text: str) -> Iterator[tuple[int, str, bool]]:
        """Yield what could be a path, with its place and whether it is code."""
        for found in _TOKEN.finditer(text):
            if found["code"]:
                code = found["code"]
                is_command = _is_command(code) and not self._is_here(code.strip())
                for word in re.finditer(r"\S+" if is_command else r"\S(?:.*\S)?", code):
                    # A command names folders to work in, not to change.
                    if len(word[0]) <= _LONGEST and (_is_file(word[0]) or not is_command):
                        yield found.start("code") + word.start(), self._cleaned(word[0]), True
            else:
                for part in re.finditer(
                    r"(?:[^,{]|\{[^{}]*\}|\{)+", found["link"] or found["plain"]
                ):
                    if len(part[0]) <= _LONGEST:
                        yield found.start() + part.start(), self._cleaned(_bare(part[0])), False

    def _is_here(self, path: str) -> bool:
        """Whether a path is tracked, or its folder has tracked files."""
        return path in self._tracked or path.rpartition("/")[0] in self._folders

    def _cleaned(self, token: str) -> str:
        token = token.removeprefix(self._root)
        token = token.replace("\\", "/") if _WINDOWS.fullmatch(token) else token
        while token.startswith("./"):
            token = token[2:]
        return _AFTER.sub("", token) if not token.startswith(":") else token

    def _path(self, token: str, *, is_code: bool) -> str:
        """The path that a token is; empty if it is none."""
        if not token or _NOT_A_PATH.search(token) or token == "/":
            return ""
        if token.startswith("/"):
            inner = token.lstrip("/")
            is_here = inner.rstrip("/") in self._below or inner in self._tracked
            is_file = _is_file(inner) and inner.partition("/")[0] in self._tops
            return inner if is_here or is_file else ""
        if not re.fullmatch(rf"{_SEGMENT}(?:/{_SEGMENT})*/?", token):
            return ""
        if "/" not in token:
            return self._short(token)
        is_known = token.rstrip("/") in self._below or token in self._tracked
        if self._beside and not is_known and f"{self._beside}{token}" in self._tracked:
            return ""
        if is_known or _is_file(token):
            return token
        is_near = token.partition("/")[0] in self._tops
        is_marked = is_code or "*" in token or token.endswith("/")
        if " " not in token and is_marked and (is_near or self._is_new_folder(token, is_code)):
            return token
        return ""

    def _is_new_folder(self, token: str, is_code: bool) -> bool:
        """Whether code names a folder; `views/` alone may be the end of another folder."""
        name = token.rstrip("/")
        is_end = any(folder.endswith(f"/{name}") for folder in self._below)
        return is_code and token.endswith("/") and "*" not in token and not is_end

    def _short(self, token: str) -> str:
        """The path that a name without a folder stands for; empty if it is none, or several."""
        if token in self._tracked:
            return token
        is_vague = re.search(r"[ *?]", token) or token.lower() in _LIBRARIES | _DESIGN
        if is_vague or not _is_file(token):
            return ""
        known = self._by_name.get(token, {token}) - ({token} if token in self._by_name else set())
        if not known:
            return token
        return next(iter(known)) if len(known) == 1 else ""


def _is_command(code: str) -> bool:
    """Whether code is words of which each may be a path, rather than a path with spaces."""
    return " " in code.strip() and not re.fullmatch(rf"[^\s/]+(?:/{_SEGMENT})+", code.strip())


def _bare(token: str) -> str:
    """A word without the punctuation around it; brackets and stars that belong to a path stay."""
    before = None
    while token and token != before:
        before = token
        token = token.lstrip("\"'_<").rstrip("\"'_>.,;:!?…")
        token = _unmarked(token)
        for opening, closing in ("()", "[]", "{}"):
            if token.startswith(opening) and token.count(opening) != token.count(closing):
                token = token[1:]
            if token.endswith(closing) and token.count(opening) != token.count(closing):
                token = token[:-1]
            if token.startswith(opening) and token.endswith(closing):
                token = token[1:-1]
    return token


def _unmarked(token: str) -> str:
    """A word without the stars of emphasis: they are in front of a letter, or behind a file."""
    marked = re.match(r"\*{1,3}(?=\w)", token)
    if marked:
        return token[marked.end() :].removesuffix(marked[0])
    plain = token.rstrip("*")
    return plain if _is_file(plain) else token


def _expanded(token: str) -> list[str]:
    """Each path of a token with braces: `a.{ts,tsx}` is two."""
    parts = re.split(r"\{([^{}]*,[^{}]*)\}", token)
    if len(parts) == 1:
        return [token]
    choices = [part.split(",") if at % 2 else [part] for at, part in enumerate(parts)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MOST_SPELLED:
        return [token]
    return ["".join(each).replace("//", "/") for each in product(*choices)]


def _is_path(token: str) -> bool:
    """Whether a token is certainly a path: it ends like a file, and is in the repository."""
    is_outside = token.startswith(("/", "../")) or _NOT_A_PATH.search(token)
    return _is_file(token) and not is_outside


def _is_file(token: str) -> bool:
    """Whether a token ends like the name of a file."""
    name = token.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    if name in _NAMES or re.fullmatch(r"\.(?!git$)[a-z][\w-]+(?:\.[\w-]+)*", name):
        return name == ".env" or name[1:] not in _EXTENSIONS  # `.json files` names none
    return bool(dot and stem and extension.lower() in _EXTENSIONS)


def _folders(path: str) -> Iterator[str]:
    """The folders that a path is in, without their slash."""
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)


def _pattern(path: str) -> Pattern | Refusal:
    if re.search(r"[*?]", path):
        return parse(path)
    text = spelled(path_bytes(path))
    return parse(path if text is None else text)
