"""Cuts an intake into pieces, as a run is given them one after the other."""

from dataclasses import replace

import numpy as np

from citysim.intake import FIELDS, Intake, Signals

LATER = 1 << 62


def piece_of(whole: Intake, first: int, last: int, since: int = 0, before: int = LATER) -> Intake:
    """Rows `first` to `last` (left out) of an intake, with the signals within [since, before), seconds."""
    given = whole.signals
    here = (given.at >= since) & (given.at < before)
    return replace(
        whole,
        **{name: getattr(whole, name)[first:last] for name in FIELDS},
        columns={name: values[first:last] for name, values in whole.columns.items()},
        signals=Signals(given.at[here], given.cause[here], given.signal[here]),
        first_row=first,
    )


def cut(whole: Intake, moments: list[int], ahead: int = 0) -> tuple[Intake, list[Intake]]:
    """Pieces of an intake: what is reported before each of the moments (in order), and the rest.

    Each piece is given when the piece before ends, or `ahead` seconds earlier. What needs a later piece is taken out
    of the whole: causes in later pieces and signals through them.

    Returns:
        the whole without that, and its pieces.
    """
    ends = np.append(np.searchsorted(whole.reported, moments), len(whole))
    piece = np.searchsorted(ends, np.arange(len(whole)), side="right")
    known = (whole.cause >= 0) & (piece[whole.cause] <= piece)
    given, starts = whole.signals, [0, *(moment - ahead for moment in moments)]
    when = np.searchsorted(starts[1:], given.at, side="right")
    kept = piece[given.cause] <= when
    whole = replace(
        whole,
        cause=np.where(known, whole.cause, -1),
        signals=Signals(given.at[kept], given.cause[kept], given.signal[kept]),
    )
    firsts, times = [0, *ends[:-1].tolist()], [*starts, LATER]
    return whole, [
        piece_of(whole, first, last, times[k], times[k + 1])
        for k, (first, last) in enumerate(zip(firsts, ends.tolist(), strict=True))
    ]
