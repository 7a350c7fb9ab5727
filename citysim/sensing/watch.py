"""Where a city watches more than elsewhere: streets with more patrols, or with more sensors of a class."""

from dataclasses import dataclass

import numpy as np

from citysim.streams import FloatArray


@dataclass(frozen=True)
class Watch:
    """Factors on what notices, by street; all others have 1.

    Args:
        patrols: (position of the street, looks an hour against what the levers of sensing say).
        sensors: (class of assets, position of the street, coverage against what the levers of sensing say).
    """

    patrols: tuple[tuple[int, float], ...] = ()
    sensors: tuple[tuple[str, int, float], ...] = ()

    def patrol(self, n_streets: int) -> FloatArray:
        """Factor on patrols of each street."""
        factors = np.ones(n_streets)
        for street, factor in self.patrols:
            factors[street] = factor
        return factors

    def sensor(self, name: str, n_streets: int) -> FloatArray:
        """Factor on the sensors of a class in each street; those of other classes have 1."""
        factors = np.ones(n_streets)
        for of, street, factor in self.sensors:
            if of == name:
                factors[street] = factor
        return factors


EVERYWHERE_ALIKE = Watch()
