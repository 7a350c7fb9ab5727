"""What a check of the model found: Markdown for people and the summary of a CI job, JUnit XML for its display."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from citysim.evaluation.guard import CHANGED, OPEN, Checked, Finding
from citysim.report.names import indicator_name
from citysim.words import Words

MOST = 200
"""Findings that are shown; the JUnit file has all."""


def checked_text(checked: Checked, words: Words) -> str:
    """What moved, by how much, in which run, and since which version it had been as it was; as Markdown."""
    written = words("check.baseline", **checked.written)
    how = words("check.exact" if checked.exact else "check.by_chance")
    lines = [f"**{words(f'check.{checked.verdict}')}** {written} {how}"]
    if checked.moved:
        head = [
            words(f"check.{name}") for name in ("run", "indicator", "before", "now", "difference", "verdict", "since")
        ]
        lines += ["", "| " + " | ".join(head) + " |", "|---|---|---:|---:|---:|---|---|"]
        lines += ["| " + " | ".join(_cells(finding, words)) + " |" for finding in checked.moved[:MOST]]
        if len(checked.moved) > MOST:
            lines.append(words("check.more", count=len(checked.moved) - MOST))
    return "\n".join(lines)


def write_junit(checked: Checked, path: Path, words: Words) -> None:
    """One test for each indicator of each run: a failure if it changed, skipped if it could not be told."""
    suites = ElementTree.Element("testsuites", name="citysim check")
    for run, found in groupby(checked.findings, key=lambda finding: finding.run):
        findings = list(found)
        counts = {"tests": len(findings), "failures": _count(findings, CHANGED), "skipped": _count(findings, OPEN)}
        suite = ElementTree.SubElement(suites, "testsuite", {"name": run, **{k: str(v) for k, v in counts.items()}})
        for finding in findings:
            case = ElementTree.SubElement(suite, "testcase", classname=run, name=finding.indicator)
            if finding.verdict in (CHANGED, OPEN):
                message = " | ".join(_cells(finding, words))
                tag = "failure" if finding.verdict == CHANGED else "skipped"
                ElementTree.SubElement(case, tag, message=message)
    ElementTree.indent(suites)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True) + b"\n")


def _count(findings: list[Finding], verdict: str) -> int:
    return sum(finding.verdict == verdict for finding in findings)


def _cells(finding: Finding, words: Words) -> Iterator[str]:
    yield finding.run
    own = f"check.{finding.indicator}"
    yield words(own) if own in words.texts else indicator_name(finding.indicator, words)
    yield f"{finding.before:.6g}"
    yield f"{finding.now:.6g}"
    share = f" ({finding.difference / finding.before:+.2%})" if finding.before else ""
    interval = f" [{finding.low:+.4g}, {finding.high:+.4g}]" if finding.low == finding.low else ""
    yield f"{finding.difference:+.4g}{interval}{share}"
    yield words(f"check.{finding.verdict}_short")
    yield finding.since
