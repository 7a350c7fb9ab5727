"""XES files (IEEE 1849-2016) of a log."""

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

from citysim.exchange.events import TEXTS, CaseRecord, Event, records
from citysim.exchange.moments import local_text
from citysim.exchange.names import Names
from citysim.exchange.whole import whole
from citysim.log import Log

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
<extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
<extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
<global scope="trace"><string key="concept:name" value=""/></global>
<global scope="event"><string key="concept:name" value=""/>\
<date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/>\
<string key="lifecycle:transition" value="complete"/></global>
<classifier name="activity" keys="concept:name"/>
<string key="lifecycle:model" value="standard"/>
"""


def write_xes(log: Log, names: Names, path: Path, *, steps: bool = False) -> None:
    """One trace for each case, one event for each milestone, or for all that happened in each block.

    Raises:
        DataError: as of `events.records`.
    """
    with whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as out:
        out.write(HEAD)
        for record in records(log, names, steps=steps):
            out.writelines(_trace(record))
        out.write("</log>\n")


def _trace(record: CaseRecord) -> Iterator[str]:
    yield f"<trace>\n{_text('concept:name', record.case)}\n"
    for name in TEXTS:
        if value := getattr(record, name):
            yield _text(f"citysim:{name}", value) + "\n"
    yield f'<int key="citysim:transfers" value="{record.transfers}"/>\n'
    for event in record.events:
        yield _event(event, record)
    yield "</trace>\n"


def _event(event: Event, record: CaseRecord) -> str:
    parts = [
        "<event>",
        _text("concept:name", event.activity),
        f'<date key="time:timestamp" value="{local_text(event.time)}"/>',
        _text("lifecycle:transition", event.transition),
    ]
    step = event.step
    if step is None:
        parts.append(_text("org:group", record.lead or record.district))
    else:
        parts += [_text("concept:instance", step.instance), _text("citysim:block", step.block)]
        parts += [_text("citysim:verb", step.verb)] if step.verb else []
        parts += [_text("citysim:event", step.what)] if step.what else []
        if step.pools:
            families = dict.fromkeys(pool.rpartition("/")[0] for pool in step.pools)
            parts += [_text("org:resource", " + ".join(step.pools)), _text("org:group", " + ".join(families))]
    return "".join((*parts, "</event>\n"))


def _text(key: str, value: str) -> str:
    return f'<string key="{key}" value={quoteattr(value)}/>'
