"""Stale documents: links that lead nowhere, commands that do not exist, a changelog without room for what comes."""

import re
import subprocess

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
DEV_VERB = re.compile(r"\./dev ([a-z]+)")
SUBCOMMAND = re.compile(r"(?:^|[`\s/])attune ([a-z][a-z-]+)(?=[\s`])(?! \d)", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def anchor(heading):
    """The anchor that GitHub and most renderers give a heading."""
    plain = re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", heading).lower())
    return plain.replace(" ", "-")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def dead_links(path, text):
    prose = FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    for match in LINK.finditer(prose):
        target = match[1] or match[2]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (path.parent / name) if name else path
        if not file.exists():
            yield line_of(prose, match.start()), f'link to "{target}": there is no such file'
        elif fragment and file.suffix == ".md" and fragment not in map(anchor, HEADING.findall(file.read_text())):
            yield line_of(prose, match.start()), f'link to "{target}": there is no such heading'


def help_words(program):
    """The words that the help of a program begins a line with: its verbs."""
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"^ +([a-z][a-z-]*)", text, re.MULTILINE))


def unknown_commands(text, verbs, subcommands):
    for match in DEV_VERB.finditer(text):
        if match[1] not in verbs:
            yield line_of(text, match.start()), f'"./dev {match[1]}": there is no such verb'
    for code in CODE.finditer(text) if subcommands else ():
        for match in SUBCOMMAND.finditer(code[0]):
            if match[1] not in subcommands:
                yield line_of(text, code.start() + match.start()), f'"attune {match[1]}": there is no such command'


def changelog_faults(text):
    if not re.search(r"^## \[Unreleased\]|^## \[\d+\.\d+\.\d+\] - Unreleased", text, re.MULTILINE):
        yield 1, "has no Unreleased section; see keepachangelog.com"


def unlisted(root, documents):
    """Documents under docs/ that no other document leads to: nobody finds them."""
    linked = set()
    for path in documents:
        prose = FENCE.sub("", path.read_text())
        targets = [(match[1] or match[2]).partition("#")[0] for match in LINK.finditer(prose)]
        linked |= {(path.parent / target).resolve() for target in targets if target}
    for path in documents:
        if root / "docs" in path.parents and path.resolve() not in linked:
            yield f"{path.relative_to(root)}:1: no document links to it; list it in docs/README.md"


def violations(root, documents, attune):
    verbs = help_words(root / "dev")
    subcommands = help_words(attune) if attune else set()
    for path in documents:
        text = path.read_text()
        found = [*dead_links(path, text), *unknown_commands(text, verbs, subcommands)]
        if path.name == "CHANGELOG.md":
            found += changelog_faults(text)
        yield from (f"{path.relative_to(root)}:{number}: {what}" for number, what in sorted(found))
    yield from unlisted(root, documents)
