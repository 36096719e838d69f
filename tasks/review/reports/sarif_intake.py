"""Reads SARIF 2.1.0 as the CI's tools write it. What cannot be read is named, and costs nothing else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tasks.review.finding import Category, Finding, Severity
from tasks.review.reports import sarif_shape as shape
from tasks.review.reports.intake import (
    LONGEST_BODY,
    LONGEST_TITLE,
    MOST_FINDINGS,
    Intake,
    Problem,
    ReportError,
    few,
    lines,
    parse,
    rule_name,
    said,
    slug,
    validated,
)
from tasks.review.reports.paths import Base, from_uri

OWN_NAME = "Codex Bot"  # the driver of our own reports, whose rules carry the tool's name already
MOST_RUNS = 100
_TROUBLE = frozenset({"fail", "review", "open", "informational"})  # secret scanners say "review"
_LEVELS = {"error": Severity.MAJOR, "warning": Severity.MINOR, "note": Severity.INFO, "none": Severity.INFO}
_SCORES = ((9.0, Severity.CRITICAL), (7.0, Severity.MAJOR), (4.0, Severity.MINOR), (0.0, Severity.INFO))
_ARGUMENT = re.compile(r"\{(\d{1,3})\}")


def read_sarif(data: bytes, root: str = "") -> Intake:
    """Return the findings of a SARIF log, with paths of the repository; see `sarif_findings`."""
    try:
        return sarif_findings(parse(data), root)
    except ReportError as error:
        return Intake(problems=(Problem("the report", str(error)),))


def sarif_findings(log: object, root: str) -> Intake:
    """Return the findings of a parsed SARIF log; raises `ReportError` for what is none.

    `root` is the absolute path at which the tools saw the checkout; without it, files that they name by absolute
    paths cannot be understood. Lines are the report's own: whether they are those of the pull request's head is for
    the caller to know.
    """
    reader = _Reader(root)
    runs = validated(shape.Log, log).runs
    for number, run in enumerate(runs[:MOST_RUNS], start=1):
        reader.read(f"run {number}", run)
    if len(runs) > MOST_RUNS:
        reader.problems.insert(0, Problem("the report", f"{len(runs) - MOST_RUNS} runs too many were not read"))
    return Intake(tuple(reader.findings), few(reader.problems), reader.suppressed)


class _Reader:
    """Goes through the runs of one log."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.findings: list[Finding] = []
        self.problems: list[Problem] = []
        self.suppressed = 0

    def read(self, where: str, data: object) -> None:
        """Take in one run."""
        try:
            run = _RunReader(validated(shape.Run, data), self.root)
        except ReportError as error:
            self.problems.append(Problem(where, str(error)))
            return
        where = f"{where} ({run.source})"
        self.problems += [Problem(where, reason) for reason in run.complaints()]
        results = run.run.results or []
        room = MOST_FINDINGS - len(self.findings)
        for number, result in enumerate(results[:room], start=1):
            self._add(run, f"{where}, result {number}", result)
        if len(results) > room:
            self.problems.append(Problem(where, f"{len(results) - room} results too many were not read"))

    def _add(self, run: "_RunReader", where: str, data: object) -> None:
        try:
            found = run.finding(validated(shape.Result, data))
        except ReportError as error:
            self.problems.append(Problem(where, str(error)))
            return
        if found is None:
            self.suppressed += 1
        else:
            self.findings.append(found)


class _RunReader:
    """Understands the results of one run with what the run says of its rules, files and base places."""

    def __init__(self, run: shape.Run, root: str) -> None:
        self.run = run
        self.root = root
        self.source = slug(run.tool.driver.name)
        self._rules = [_rules(component) for component in (run.tool.driver, *run.tool.extensions)]
        self._named = {rule.id: rule for part in reversed(self._rules) for rule in reversed(part) if rule}
        self._bases: Mapping[str, Base] = {name: Base(at.uri or "", at.base) for name, at in run.bases.items()}

    def complaints(self) -> Iterator[str]:
        """Tell what the tool itself says that it did not manage, and what of the run lies in other files."""
        for invocation in self.run.invocations:
            if not invocation.successful:
                yield "the tool says that its run failed"
            for note in (*invocation.about_run, *invocation.about_settings):
                if note.level == "error":
                    yield f"{self._file(note.locations)}{' '.join(note.message.text.split())[:200] or 'an error'}"
        if self.run.elsewhere:
            yield "a part of it lies in other files, which are not read"
        if self.run.results is None:
            yield "it holds no results, not even an empty list: nothing was analysed"

    def finding(self, result: shape.Result) -> Finding | None:
        """Return what a result says; None where it says that there is no trouble (any more)."""
        if result.kind not in _TROUBLE or result.baseline == "absent" or _is_suppressed(result):
            return None
        rule = self._rule(result)
        path, first, last = self._place(result.locations)
        title, body = said(_text(result.message, rule))
        properties = {**rule.properties, **result.properties}
        level = _LEVELS.get(result.level or rule.configuration.level, Severity.MINOR)
        is_ours = self.run.tool.driver.name == OWN_NAME
        return Finding(
            path=path,
            first=first,
            last=last,
            title=title,
            body=body,
            rule=rule_name("" if is_ours else self.source, rule.id),
            source=self.source,
            severity=_own_severity(properties, level) if is_ours else _severity(properties, level),
            category=_category(properties, level),
        )

    def _rule(self, result: shape.Result) -> shape.Rule:
        """Return the rule of a result; one that the tool does not describe is its name only."""
        name = result.rule_id or result.rule.id
        component = result.rule.component.index + 1  # the driver comes first
        rules = self._rules[component] if 0 <= component < len(self._rules) else []
        index = result.rule.index if result.rule.index >= 0 else result.rule_index
        at_index = rules[index] if 0 <= index < len(rules) else None
        # A result may name a variant: the rule is then the beginning of its name.
        if at_index and (not name or name == at_index.id or name.startswith(f"{at_index.id}/")):
            return at_index.model_copy(update={"id": name or at_index.id})
        return self._named.get(name) or shape.Rule(id=name)

    def _file(self, locations: Sequence[shape.Location]) -> str:
        try:
            path, _, _ = self._place(locations)
        except ReportError:
            path = ""
        return f"{path}: " if path else ""

    def _place(self, locations: Sequence[shape.Location]) -> tuple[str, int, int]:
        """Return path and lines of the first place in a file; without one the remark is about the whole change."""
        physical = next((location.physical for location in locations if location.physical), None)
        if physical is None:
            return "", 0, 0
        at = physical.artifact
        if at.uri is None and 0 <= at.index < len(self.run.artifacts):
            at = self.run.artifacts[at.index].location
        if at.uri is None:
            raise ReportError("it names a place without a file")
        region = physical.region
        first, last = lines(region.first, region.last)
        # A region that ends before the first sign of a line ends with the line before.
        if region.end_column == 1 and last > first:
            last -= 1
        path = from_uri(at.uri, self.root, at.base, self._bases)
        return (path, first, last) if path else ("", 0, 0)


def _rules(component: shape.Component) -> list[shape.Rule | None]:
    """Return the rules by their numbers; None for one that cannot be read, whose results are read all the same."""
    return [_rule_or_none(rule) for rule in component.rules]


def _rule_or_none(data: object) -> shape.Rule | None:
    try:
        return validated(shape.Rule, data)
    except ReportError:
        return None


def _is_suppressed(result: shape.Result) -> bool:
    """Return whether people, or a sign in the code, said that it is no trouble; a request that waits does not count."""
    return any(each.get("status", "accepted") == "accepted" for each in result.suppressions)


def _text(message: shape.Message, rule: shape.Rule) -> str:
    """Return the message with its arguments put in."""
    known = rule.messages.get(message.id, shape.Message())
    text = (message.text or message.markdown or known.text or known.markdown)[: 2 * LONGEST_BODY]
    if not message.arguments:
        return text

    def argument(match: re.Match[str]) -> str:
        number = int(match[1])
        return message.arguments[number][:LONGEST_TITLE] if number < len(message.arguments) else match[0]

    return _ARGUMENT.sub(argument, text)


def _severity(properties: Mapping[str, Any], level: Severity) -> Severity:
    """Return the severity by the score that security tools give, else by the level."""
    try:
        score = float(properties["security-severity"])
    except (KeyError, TypeError, ValueError):
        return level
    return next((severity for least, severity in _SCORES if score >= least), level)


def _own_severity(properties: Mapping[str, Any], level: Severity) -> Severity:
    """Return what our own report says more exactly than SARIF's levels can."""
    return next((severity for severity in Severity if properties.get("severity") == str(severity)), level)


def _category(properties: Mapping[str, Any], level: Severity) -> Category:
    """Return the result's own word, or what the tags say; who says nothing reports bugs and, as mere notes, style."""
    if "security-severity" in properties:
        return Category.SECURITY
    tags = properties.get("tags")
    words = [properties.get("category"), *(tags if isinstance(tags, list) else [])]
    known = [category for word in words for category in Category if category.value == str(word).lower()]
    return known[0] if known else Category.STYLE if level is Severity.INFO else Category.BUG
