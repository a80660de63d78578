"""Random scripts for bash, and the exit code that they have by the manual of bash.

The rules of `-e` are those of "The Set Builtin": an error does not count in a condition, after `!`,
before `&&` or `||`, and in whatever runs within these; a block whose error did not count does not
end the script, but a subshell and a function that return it do.
"""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

PRELUDE = "r() { return $1; }\n"


class Exit(Exception):  # noqa: N818 - not an error
    """The shell, or a subshell, exits."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Shell:
    """A shell, or a subshell of one."""

    def __init__(self, stops: bool = True) -> None:
        self.stops = stops
        self.trap: int | None = None

    def run(self, statements: Sequence["Statement"], *, ignored: bool = False) -> int:
        """Run statements one after the other; `ignored` says whether errors do not count."""
        status = 0
        for statement in statements:
            status = statement.run(self, ignored)
            if status and self.stops and not ignored and statement.counts:
                raise Exit(status)
        return status

    def apart(self, statements: Sequence["Statement"], *, ignored: bool) -> int:
        """Run statements in a subshell."""
        try:
            return Shell(self.stops).run(statements, ignored=ignored)
        except Exit as end:
            return end.code


class Statement(NamedTuple):
    """A statement as text, what it does, and whether its error ends a shell with `-e`."""

    text: str
    run: Callable[[Shell, bool], int]
    counts: bool = True


def script(dice: random.Random) -> tuple[str, int]:
    """Return a random script and its exit code."""
    statements = _statements(dice, 3)
    shell = Shell()
    try:
        code = shell.run(statements)
    except Exit as end:
        code = end.code
    text = PRELUDE + "\n".join(statement.text for statement in statements) + "\n"
    return text, code if shell.trap is None else shell.trap


def _statements(dice: random.Random, depth: int) -> list[Statement]:
    count = dice.randrange(1, 5 if depth == 3 else 3)
    return [_statement(dice, depth) for _ in range(count)]


def _statement(dice: random.Random, depth: int) -> Statement:
    makers: list[Callable[[random.Random, int], Statement]] = []
    makers += [_simple] * 6
    makers += [_pipe, _not, _list, _assigned, _masked, _background]
    if depth:
        makers += [_subshell, _group, _function, _if, _for, _without_errexit]
    if depth == 3:
        makers += [_exit, _trap]
    return dice.choice(makers)(dice, depth - 1)


def _code(dice: random.Random) -> int:
    return dice.choice([0] * 9 + [1, 3, 127, 141])


def _simple(dice: random.Random, _: int) -> Statement:
    code = _code(dice)
    return Statement(f"r {code}", lambda shell, ignored: code)


def _pipe(dice: random.Random, _: int) -> Statement:
    codes = [_code(dice) for _ in range(dice.randrange(2, 4))]
    text = " | ".join(f"r {code}" for code in codes)
    return Statement(text, lambda shell, ignored: next(filter(None, reversed(codes)), 0))


def _not(dice: random.Random, _: int) -> Statement:
    code = _code(dice)
    return Statement(f"! r {code}", lambda shell, ignored: int(not code), counts=False)


def _list(dice: random.Random, _: int) -> Statement:
    """Make a list of && and ||: both bind alike, from the left."""
    codes = [_code(dice) for _ in range(dice.randrange(2, 4))]
    signs = [dice.choice(["&&", "||"]) for _ in codes[1:]]
    status, is_last = codes[0], False
    for sign, code in zip(signs, codes[1:], strict=True):
        is_last = (sign == "&&") == (status == 0)
        status = code if is_last else status
    text = f"r {codes[0]}" + "".join(
        f" {sign} r {code}" for sign, code in zip(signs, codes[1:], strict=True)
    )
    return Statement(text, lambda shell, ignored: status, counts=is_last)


def _assigned(dice: random.Random, _: int) -> Statement:
    code = _code(dice)
    return Statement(f"x=$(r {code})", lambda shell, ignored: code)


def _masked(dice: random.Random, _: int) -> Statement:
    """Make what hides an error from the shell, and so from planner."""
    form = dice.choice(["export X=$(r {})", "echo $(r {})", "cat <(r {})", "r {} || true"])
    return Statement(form.format(_code(dice)), lambda shell, ignored: 0)


def _background(dice: random.Random, _: int) -> Statement:
    code, waits = _code(dice), dice.random() < 0.5
    text = f"r {code} &" + ("\nwait $!" if waits else "")
    return Statement(text, lambda shell, ignored: code if waits else 0)


def _subshell(dice: random.Random, depth: int) -> Statement:
    body = _statements(dice, depth)
    return Statement(
        f"(\n{_joined(body)}\n)", lambda shell, ignored: shell.apart(body, ignored=ignored)
    )


def _group(dice: random.Random, depth: int) -> Statement:
    body = _statements(dice, depth)
    text = f"{{ {_joined(body)}\n}}"
    return Statement(text, lambda shell, ignored: shell.run(body, ignored=ignored), counts=False)


def _function(dice: random.Random, depth: int) -> Statement:
    body, after = _statements(dice, depth), dice.choice(["", " || true"])
    text = f"f{depth}() {{\n{_joined(body)}\n}}\nf{depth}{after}"

    def run(shell: Shell, ignored: bool) -> int:
        status = shell.run(body, ignored=ignored or bool(after))
        return 0 if after else status

    return Statement(text, run)


def _if(dice: random.Random, depth: int) -> Statement:
    condition, body, other = (_statements(dice, depth) for _ in range(3))
    text = f"if\n{_joined(condition)}\nthen\n{_joined(body)}\nelse\n{_joined(other)}\nfi"

    def run(shell: Shell, ignored: bool) -> int:
        chosen = other if shell.run(condition, ignored=True) else body
        return shell.run(chosen, ignored=ignored)

    return Statement(text, run, counts=False)


def _for(dice: random.Random, depth: int) -> Statement:
    body = _statements(dice, depth)
    text = f"for i in 1 2; do\n{_joined(body)}\ndone"
    run: Callable[[Shell, bool], int] = lambda shell, ignored: [  # noqa: E731
        shell.run(body, ignored=ignored) for _ in range(2)
    ][-1]
    return Statement(text, run, counts=False)


def _without_errexit(dice: random.Random, depth: int) -> Statement:
    """Make a part that runs without `-e`, with its last status kept."""
    body = _statements(dice, depth)
    text = f"set +e\n{_joined(body)}\ns=$?\nset -e\nr $s"

    def run(shell: Shell, ignored: bool) -> int:
        shell.stops = False
        try:
            return shell.run(body, ignored=ignored)
        finally:
            shell.stops = True

    return Statement(text, run)


def _exit(dice: random.Random, _: int) -> Statement:
    code = _code(dice)

    def run(shell: Shell, ignored: bool) -> int:
        raise Exit(code)

    return Statement(f"exit {code}", run)


def _trap(dice: random.Random, _: int) -> Statement:
    code = dice.choice([None, None, *range(3)])

    def run(shell: Shell, ignored: bool) -> int:
        shell.trap = code
        return 0

    return Statement("trap 'true' EXIT" if code is None else f"trap 'exit {code}' EXIT", run)


def _joined(statements: Sequence[Statement]) -> str:
    return "\n".join(statement.text for statement in statements)
