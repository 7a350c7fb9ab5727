"""What people call an indicator, a design, a group: from the words, the scenario and the policies of a run."""

from collections.abc import Mapping
from typing import Any

from citysim.words import Words

STATISTICS = ("mean", "p50", "p90", "p99")


def indicator_name(identifier: str, words: Words) -> str:
    """Its own name, or the name of the duration with the statistic: `report_to_close_p90`."""
    if f"indicator.{identifier}" in words.texts:
        return words(f"indicator.{identifier}")
    stem, _, statistic = identifier.rpartition("_")
    if statistic in STATISTICS and f"indicator.{stem}" in words.texts:
        return words(f"statistic.{statistic}", name=words(f"indicator.{stem}"))
    return identifier.replace("_", " ")


def design_name(identifier: str, manifest: Mapping[str, Any], words: Words) -> str:
    """The title of a design, or its identifier where it has none in this language or shares it with another."""
    plain = identifier.replace("_", " ")
    titles = {design["name"]: words.title(design["title"], plain) for design in manifest["designs"]}
    title = titles.get(identifier, plain)
    return title if list(titles.values()).count(title) < 2 else plain


def group_name(stratum: str, identifier: str, manifest: Mapping[str, Any], words: Words) -> str:
    """The name of a group of a stratum; districts and departments are named by the scenario."""
    scenario = manifest["scenario"]
    if stratum == "district":
        return words.title(scenario["districts"].get(identifier, {}), identifier)
    if stratum == "quarter":
        return quarter_name(identifier, words)
    if identifier.startswith("crew:"):
        code = identifier.removeprefix("crew:")
        return words.title(scenario["departments"].get(code, {}), code)
    return words.name("group", identifier)


def quarter_name(identifier: str, words: Words) -> str:
    """The weeks of a quarter of the run: q2 = weeks 14 to 26."""
    last = 13 * int(identifier.removeprefix("q"))
    return words("name.quarter", first=last - 12, last=last)


def scenario_name(manifest: Mapping[str, Any], words: Words) -> str:
    """The title of the scenario."""
    return words.title(manifest["scenario"]["title"], manifest["scenario"]["name"])
