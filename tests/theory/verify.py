"""Write docs/background/verification.md from the very claims that the theory tests judge.

python -m tests.theory.verify            # all claims, the slow ones too
python -m tests.theory.verify --print    # to the screen, nothing is written
"""

import importlib
import sys
from itertools import groupby
from pathlib import Path

from tests.theory.verdict import CLAIMS, LIMIT, POWER, Claim, Verdict

MODULES = ("test_one_line", "test_loss", "test_impatience", "test_priority", "test_networks", "test_over_time")
PAGE = Path(__file__).parents[2] / "docs" / "background" / "verification.md"

TEMPLATE = Path(__file__).with_name("verification.template.md")


def gather() -> list[Claim]:
    """All claims in the order of the files."""
    package = __package__ or "tests.theory"
    for module in MODULES:
        importlib.import_module(f"{package}.{module}")
    return CLAIMS


def _rows(claim: Claim, verdicts: list[Verdict]) -> list[str]:
    first = f"{claim.model}{' (slow)' if claim.slow else ''} | {claim.source}"
    lines = []
    for k, v in enumerate(verdicts):
        power = f"{v.power:.1f}"
        power = f"**{power}**" if v.quantity in claim.strong else power
        where = first if k == 0 else " | "
        lines.append(
            f"| {where} | {v.quantity} | {v.exact:.6g} | {v.estimate:.6g} | {v.error:.2g} | {v.z:+.2f} | {power} "
            f"| {v.replications:,} |"
        )
    return lines


def page(claims: list[Claim]) -> str:
    judged = []
    for claim in claims:
        judged.append((claim, claim.verdicts()))
        worst = max(abs(v.z) for v in judged[-1][1])
        sys.stderr.write(f"{claim.family}: {claim.model}: |z| up to {worst:.2f}\n")
    verdicts = [v for _, found in judged for v in found]
    parts: list[str] = []
    order = {family: k for k, family in reversed(list(enumerate(c.family for c in claims)))}
    judged.sort(key=lambda pair: order[pair[0].family])
    for family, group in groupby(judged, key=lambda pair: pair[0].family):
        parts.append(f"\n## {family[0].upper()}{family[1:]}\n")
        parts.append("| model | source | quantity | theory | estimate | s.e. | z | 2 % is | replications |")
        parts.append("|---|---|---|---:|---:|---:|---:|---:|---:|")
        parts += [line for claim, found in group for line in _rows(claim, found)]
    return TEMPLATE.read_text(encoding="utf-8").format(
        limit=LIMIT,
        power=POWER,
        count=len(verdicts),
        claims=len(judged),
        worst=max(abs(v.z) for v in verdicts),
        large=sum(abs(v.z) > 2 for v in verdicts),
        expected=0.0455 * len(verdicts),
        strong=sum(v.power > POWER for v in verdicts),
        tables="\n".join(parts).strip(),
    )


if __name__ == "__main__":
    text = page(gather())
    if "--print" in sys.argv:
        sys.stdout.write(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
