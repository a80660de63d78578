"""The algebra of boundaries against brute force, and its speed on whole plans.

`python tests/benchmarks/overlap.py` prints all of it; the tests take smaller shares.
"""

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product
from random import Random
from typing import NamedTuple

from planner.boundary.automaton import Exclusion, Reach
from planner.boundary.language import (
    PathSet,
    Term,
    Unproved,
    Witness,
    difference,
    overlap,
    overlaps,
)
from planner.boundary.matching import PatternSet
from planner.boundary.pattern import Pattern, Refusal, parse
from planner.boundary.translation import expression
from planner.boundary.witness import cheapest_path


@cache
def pattern(text: str) -> Pattern:
    """The pattern of this text."""
    found = parse(text)
    assert not isinstance(found, Refusal), found
    return found


def term(include: str, exclude: Sequence[str] = (), without: Sequence[str] = ()) -> Term:
    """A term from texts."""
    return Term(pattern(include), tuple(map(pattern, exclude)), tuple(map(pattern, without)))


# --- brute force ---------------------------------------------------------------------------------

ORDER = b"xabcdefghijklmnopqrstuvwyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def cost(path: bytes) -> int:
    """What a witness costs, read off the contract."""
    total = 0
    for before, byte in zip(b"/" + path, path, strict=False):
        letter = chr(byte)
        if letter.isascii() and (letter.islower() or letter.isdigit() or letter == "_"):
            total += 1
        elif letter.isascii() and (letter.isupper() or letter == "/"):
            total += 2
        elif letter in ".-":
            total += 9 if before == ord("/") else 1
        else:
            total += 6 if 32 <= byte < 127 else 60
    return total


def rank(path: bytes) -> tuple[int, tuple[int, ...]]:
    """What witnesses are sorted by."""
    places = (ORDER.find(byte) if byte in ORDER else 100 + byte for byte in path)
    return cost(path), tuple(places)


def exists(path: bytes) -> bool:
    """Whether git could hold the path."""
    names = path.lower().split(b"/")
    return not {b"", b".", b"..", b".git"} & set(names) and b"\0" not in path


class Universe:
    """All paths over a small alphabet up to a cost, sorted as witnesses are; sets are integers.

    The alphabet must hold every byte that the patterns name, and one more of each sort, so that
    whatever is cheapest up to that cost is in it.
    """

    def __init__(self, alphabet: str, most: int) -> None:
        self.most = most
        found: list[bytes] = []
        row = [b""]
        while row:
            row = [
                path + bytes([byte])
                for path, byte in product(row, alphabet.encode())
                if not (path[-1:] in {b"", b"/"} and byte == ord("/"))
                and cost(path + bytes([byte])) <= most
            ]
            found += filter(exists, row)
        self.paths = sorted(found, key=rank)
        self._held: dict[tuple[str, bool], int] = {}

    def held(self, each: Pattern, *, below: bool = False) -> int:
        """The paths that the pattern holds."""
        key = (each.text, below)
        if key not in self._held:
            holds = re.compile(expression(each, below=below)).fullmatch
            bits = ["1" if holds(path) else "0" for path in reversed(self.paths)]
            self._held[key] = int("".join(bits), 2)
        return self._held[key]

    def of(self, terms: PathSet) -> int:
        """The paths of a set."""
        union = 0
        for include, exclude, without in terms:
            bits = self.held(include)
            for each in exclude:
                bits &= ~self.held(each, below=True)
            for each in without:
                bits &= ~self.held(each)
            union |= bits
        return union

    def first(self, bits: int) -> bytes | None:
        """The cheapest path of some."""
        return self.paths[(bits & -bits).bit_length() - 1] if bits else None


def random_pattern(random: Random, letters: str) -> str:
    """A pattern that the language accepts, of up to four segments."""
    while True:
        names = []
        for _ in range(random.choice((1, 1, 2, 2, 2, 3, 4))):
            atoms = random.choices([*letters, "*", "?", "."], [3] * len(letters) + [4, 1, 1], k=3)
            name = "".join(atoms[: random.choice((1, 1, 2, 3))])
            names.append("**" if random.random() < 0.2 else name)
        text = "/".join(names) + ("/" if random.random() < 0.1 else "")
        if not isinstance(parse(text), Refusal):
            return text


def random_set(random: Random, pool: Sequence[str]) -> PathSet:
    """A set of one to three terms that share their excludes, as a slice's do."""
    exclude = random.sample(pool, random.choice((0, 1, 1, 2, 3)))
    without = random.sample(pool, random.choice((0, 0, 0, 1, 2)))
    own = exclude[: random.randrange(len(exclude) + 1)]
    includes = random.sample(pool, random.choice((1, 1, 2, 3)))
    return tuple(term(each, random.choice((exclude, own)), without) for each in includes)


def member(terms: PathSet, path: bytes) -> list[int]:
    """The indices of the terms that hold the path."""
    return [
        at
        for at, each in enumerate(terms)
        if PatternSet([each.include]).first(path) is not None
        and PatternSet(each.exclude, below=True).first(path) is None
        and PatternSet(each.without).first(path) is None
    ]


class Case(NamedTuple):
    """Two random sets, what they may share, and what was found of them."""

    one: PathSet
    other: PathSet
    free: tuple[Pattern, ...]
    both: Witness | Unproved | None
    lacking: Witness | Unproved | None


def cases(count: int, seed: int, *, patterns: int = 600) -> Iterator[tuple[Case, list[str]]]:
    """Random pairs of sets, and what is wrong with what was found of them."""
    random = Random(seed)
    universe = Universe("xab.c/", 6)
    pool = sorted({random_pattern(random, "ab") for _ in range(patterns)})
    for _ in range(count):
        one, other = random_set(random, pool), random_set(random, pool)
        texts = random.sample(pool, 1) if random.random() < 0.1 else ()
        free = tuple(map(pattern, texts))
        case = Case(one, other, free, overlap(one, other, without=free), difference(one, other))
        yield case, list(_faults(case, universe))


def _faults(case: Case, universe: Universe) -> Iterator[str]:
    ones, others = universe.of(case.one), universe.of(case.other)
    shared = 0
    for each in case.free:
        shared |= universe.held(each)
    yield from _compare("overlap", case.both, universe.first(ones & others & ~shared), universe)
    yield from _compare("difference", case.lacking, universe.first(ones & ~others), universe)
    if isinstance(case.both, Witness):
        path, at, beside = case.both
        if at not in member(case.one, path) or beside not in member(case.other, path):
            yield f"overlap: {path!r} is not in both"
        if PatternSet(case.free).first(path) is not None:
            yield f"overlap: {path!r} is shared"
    if isinstance(case.lacking, Witness):
        path, at, _ = case.lacking
        if at not in member(case.one, path) or member(case.other, path):
            yield f"difference: {path!r} is not in the difference"


def _compare(
    name: str, found: Witness | Unproved | None, truth: bytes | None, universe: Universe
) -> Iterator[str]:
    if isinstance(found, Unproved):
        yield f"{name}: unproved"
    elif found is None or cost(found.path) > universe.most:
        if truth is not None:
            yield f"{name}: {found} misses {truth!r}"
    elif not exists(found.path):
        yield f"{name}: {found.path!r} cannot exist"
    elif found.path != truth:
        yield f"{name}: {found.path!r} is not {truth!r}"


# --- whole plans ---------------------------------------------------------------------------------


def _word(number: int) -> str:
    return "".join("bcdfghjklm"[int(digit)] for digit in f"{number:03}")


def honest(number: int) -> PathSet:
    """Its own folder, its docs and its tests, wherever they lie."""
    name = _word(number)
    includes = (
        f"src/{name}/**",
        f"docs/{name}/*.md",
        f"docs/{name}.md",
        f"tests/**/test_{name}_*.py",
        f"tests/**/{name}/conftest.py",
    )
    return tuple(term(each, (f"src/{name}/legacy", "**/secrets")) for each in includes)


def anywhere(number: int) -> PathSet:
    """All includes begin with `**/`."""
    name = _word(number)
    endings = (f"{name}_*.py", f"*_{name}.ts", f"{name}.md", f"{name}_test.go", f"*.{name}.yml")
    return tuple(term(f"**/{each}", (f"**/{name}_x*", "**/secrets")) for each in endings)


def middle(number: int) -> PathSet:
    """Stars in the middle, disjoint by what the names end with."""
    name = _word(number)
    includes = [f"src/*/m{at}/*_{name}.py" for at in range(5)]
    return tuple(term(each, (f"src/*/m0/old_{name}.py", "**/secrets")) for each in includes)


def same(number: int) -> PathSet:
    """All overlap, by the same texts."""
    includes = ("src/**/*.py", "docs/**", "tests/**/test_*.py", "**/*.md", "Makefile")
    return tuple(term(each, (f"src/{_word(number)}/**", "**/secrets")) for each in includes)


def differing(number: int) -> PathSet:
    """All overlap, all texts differ, and the excludes matter."""
    name = _word(number)
    includes = [
        f"{part}/**/*{name[0]}*{name[1:]}*.py" for part in ("src", "lib", "app", "bin", "x")
    ]
    return tuple(term(each, (f"**/*{name}*", f"**/{name[0]}*{name[1]}*/**")) for each in includes)


def entangled(number: int) -> PathSet:
    """As those, and each include meets each of the others' (25 questions for two slices)."""
    name = _word(number)
    includes = [f"src/**/*{part}*{name}*.py" for part in ("a", "e", "i", "o", "u")]
    return tuple(
        term(each, (f"**/*{name[::-1]}*", f"**/{name[0]}*{name[1]}*")) for each in includes
    )


def with_rest(count: int) -> list[PathSet]:
    """Slices beside one that holds all that they do not."""
    sets = [honest(number) for number in range(count)]
    texts = [each.include.text for terms in sets for each in terms]
    return [*sets, (term("**", texts),)]


def few_overlaps(count: int) -> list[PathSet]:
    """Honest slices of which a hundred also hold what their neighbour does."""
    sets = [honest(number) for number in range(count)]
    for number in range(100):
        mine = term(f"src/{_word(number + 1)}/*.py", (f"src/{_word(number + 1)}/x*",))
        sets[number] = (*sets[number], mine)
    return sets


PLANS: dict[str, Callable[[int], list[PathSet]]] = {
    "own folders, docs, tests": lambda count: list(map(honest, range(count))),
    "a hundred overlaps": few_overlaps,
    "all with a leading **/": lambda count: list(map(anywhere, range(count))),
    "stars in the middle": lambda count: list(map(middle, range(count))),
    "a rest slice": with_rest,
    "all overlap, same texts": lambda count: list(map(same, range(count))),
    "all overlap, texts differ": lambda count: list(map(differing, range(count))),
    "all overlap, entangled": lambda count: list(map(entangled, range(count))),
}


def all_overlaps(sets: Sequence[PathSet]) -> list[tuple[int, int, Witness | Unproved]]:
    """All overlaps of sets that are not ordered and share nothing."""
    return overlaps(sets, is_ordered=lambda _one, _other: False, shared=lambda _one, _other: ())


def timed(sets: Sequence[PathSet]) -> tuple[float, int]:
    """The seconds that all overlaps take, and how many there are."""
    start = time.process_time()
    found = all_overlaps(sets)
    return time.process_time() - start, len(found)


# --- families of patterns ------------------------------------------------------------------------


def families(seed: int = 1) -> Iterator[tuple[str, tuple[str, str], list[str]]]:
    """Hard questions without `?`: two includes and twenty excludes, by the letters they use."""
    random = Random(seed)
    letters = "abcdefgh"
    stars = "*".join(letters)
    deep = "/**/".join(letters[:4])
    for length in (2, 3, 4, 5):
        cuts = ["*" + "*".join(random.sample(letters, length)) + "*" for _ in range(20)]
        yield f"stars, {length} letters", (f"*{stars}*", f"*{stars[::-1]}*"), cuts
        yield f"stars and all, {length} letters", (f"*{stars}*", "**"), cuts
        rows = ["**/" + "/**/".join(random.choices(letters[:4], k=length)) for _ in range(20)]
        yield f"deep, {length} names", (f"**/{deep}/**", f"**/{deep[::-1]}/**"), rows
        mixed = ["**/*" + "*/**/*".join(random.sample(letters, length)) + "*" for _ in range(20)]
        yield f"both, {length} letters", (f"**/*{stars}*", f"**/*{stars[::-1]}*/**"), mixed


def question(includes: tuple[str, str], excludes: Sequence[str]) -> tuple[int, bool, float]:
    """The states and seconds that one question with all excludes takes, and if it is proved."""
    exclusions = [Exclusion(Reach(pattern(each), below=True)) for each in excludes]
    start = time.process_time()
    answer = cheapest_path(pattern(includes[0]), pattern(includes[1]), exclusions)
    return answer.states, answer.key is not None, time.process_time() - start


def main() -> None:
    """Print every figure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    start = time.process_time()
    wrong = [(case, faults) for case, faults in cases(count, seed=7) if faults]
    print(f"brute force: {count} pairs, {len(wrong)} wrong, {time.process_time() - start:.1f} s")
    for case, faults in wrong[:5]:
        print(case, faults)
    for name, build in PLANS.items():
        for slices in (200, 1000):
            if slices == 1000 and name.startswith("all overlap"):
                continue
            seconds, number = timed(build(slices))
            print(f"{slices:5} slices, {name}: {seconds:.3f} s, {number} overlaps")
    for name, includes, excludes in families():
        states, is_proved, seconds = question(includes, excludes)
        print(f"{name}: {states} states, {'proved' if is_proved else 'UNPROVED'}, {seconds:.3f} s")


if __name__ == "__main__":
    main()
