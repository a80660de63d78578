"""The part `title` of `check`: is the title what the slice declares as its commit?"""

import re
from pathlib import Path
from typing import Final

from planner import files
from planner.branch.read import Branch
from planner.branch.run import Run
from planner.diagnostic import Diagnostic, Severity
from planner.errors import PlannerError
from planner.plan.conventional import FORM, fault_of, is_fixup, is_revert, parse_subject
from planner.plan.model import Chosen
from planner.report import Report
from planner.repository import changes, lineage
from planner.rules import TITLE_DIFFERS, TITLE_GRAMMAR

# docs.gitlab.com/user/project/merge_requests/drafts
_DRAFT: Final = re.compile(r"\s*(?:\[draft\]|\(draft\)|draft:)\s*", re.IGNORECASE)
_LONGEST: Final = 200
_LARGEST_BYTES: Final = 1 << 20


def check(run: Run, branch: Branch, *, title: str = "", message: str = "") -> Report:
    """Check the title of the pull request, or a commit message in its place.

    Args:
        title: stands above the title that the CI system tells.
        message: a whole commit message, without comments.
    """
    chosen = branch.chosen
    if branch.is_queue:
        return Report("check", not_applicable="a merge queue has no title")
    if chosen is None:
        unusable = branch.trusted.error
        why = unusable.message if unusable else "the branch belongs to no slice"
        return Report("check", not_applicable=why)
    if branch.is_revert:
        return Report("check", not_applicable="a revert has a title of its own")
    if not chosen.slice_.commit:
        why = f"the slice {chosen.slice_.id!r} declares no commit"
        return Report("check", not_applicable=why)
    text = message or title or run.event.title
    if not text:
        return Report("check", not_applicable="no title is known")
    if message:
        subject = message.split("\n", maxsplit=1)[0]
        if is_revert(subject) or is_fixup(subject):
            return Report("check", not_applicable="git wrote the message")
    elif title or run.event.system == "gitlab":
        text = _DRAFT.sub("", text, count=1) if _DRAFT.match(text) else text
    shown = text.split("\n")[0] if message else text
    payload = {"slice": chosen.slice_.id, "title": shown}
    findings = _findings(chosen, text, shown, is_message=bool(message))
    return Report("check", tuple(findings), (f"title: {shown}",), payload)


def _findings(chosen: Chosen, text: str, shown: str, *, is_message: bool) -> list[Diagnostic]:
    slice_ = chosen.slice_
    place = chosen.plan.where(slice_.node, "commit")
    what = "message" if is_message else "title"
    fault = fault_of(text)
    if not is_message and re.search(r"[\r\n]", text):
        fault = "it has several lines"
    short = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
    if fault:
        message = f"the {what} {short!r} is not a Conventional Commit: {fault}"
        hint = f"{FORM}, such as {slice_.commit!r}"
        return [TITLE_GRAMMAR.at(place, message, hint, slice=slice_.id, title=short)]
    has, wants = parse_subject(shown), parse_subject(slice_.commit)
    if has is None or wants is None or str(has).lower() == str(wants).lower():
        return []
    message = f"the {what} has '{has}', but the slice {slice_.id!r} declares '{wants}'"
    hint = f"write {slice_.commit!r}, or change 'commit' in the plan first"
    # A branch may have commits of several types; only its title stands for all of them.
    severity: Severity | None = "warning" if is_message else None
    return [TITLE_DIFFERS.at(place, message, hint, severity=severity, slice=slice_.id, title=short)]


def message_of(run: Run, path: str, *, is_edited: bool) -> str:
    """Return the commit message in a file without comments; empty for a merge or a first commit.

    Args:
        is_edited: whether the message was written in an editor. Else git removes no comments, and
            a message of nothing else, such as `git commit -m "#12 fix"`, is one.

    Raises:
        PlannerError: the file cannot be read.
    """
    content = files.read(Path(path), most=_LARGEST_BYTES)
    if content is None:
        hint = "name the file that git gives the hook"
        raise PlannerError(f"there is no file {path!r}", hint=hint)
    if run.repository.is_unborn or (run.repository.git_dir / "MERGE_HEAD").exists():
        return ""
    text = _without_comments(run, content)
    if not text and not is_edited:
        text = run.repository.run("stripspace", stdin=content).decode("utf-8", "replace")
    return "" if _is_amended_merge(run, text) else text


def _without_comments(run: Run, content: bytes) -> str:
    """The message without comments, and without what follows the line that git writes to cut it."""
    printed = run.repository.run(
        "config", "--null", "--get-regexp", r"^core\.comment(char|string)$", expect=(0, 1)
    )
    signs = [one.partition(b"\n")[2] for one in printed.split(b"\0")[:-1]] or [b"#"]
    is_chosen = signs[-1].lower() == b"auto"  # git chooses one that starts no line of the message
    if is_chosen:
        signs = [bytes([one]) for one in _CHOICES]
    cut = re.search(rb"^(%b) -{24} >8 -{24}$" % b"|".join(map(re.escape, signs)), content, re.M)
    written = content[: cut.start()] if cut else content
    setting = []
    if is_chosen:
        last = written.rstrip().rpartition(b"\n")[2][:1]  # git's own comment is at the end
        sign = cut[1] if cut else last if last in signs else b"#"
        setting = ["-c", f"core.commentChar={sign.decode()}"]
    kept = run.repository.run(*setting, "stripspace", "--strip-comments", stdin=written)
    return kept.decode("utf-8", "replace")


_CHOICES: Final = b"#;@!$%^&|:"


def _is_amended_merge(run: Run, message: str) -> bool:
    """Whether `git commit --amend` writes a message for the merge in HEAD, by all that tells it.

    git tells no hook that it amends. The message has the merge's first line, or nothing is
    committed but the message, of a merge that the branch itself made.
    """
    printed = run.repository.run("rev-list", "--max-count=1", "--parents", "--format=%B", "HEAD")
    head, subject, *_ = printed.decode("utf-8", "replace").split("\n")
    _, commit, *parents = head.split()
    if len(parents) < 2:
        return False
    if message.partition("\n")[0] == subject:
        return True
    tip = run.trusted_tip
    has_landed = tip is not None and lineage.contains(run.repository, tip.commit, commit)
    return not has_landed and not changes.staged(run.repository)
