"""Luck: uniform numbers that are a pure function of (key, entity, purpose, index).

Nobody can disturb anybody else's numbers: a policy may add steps, an incident may be added to the world, a replication
may be drawn alone, and every other draw stays what it was. The same bits come out of the scalar version here, the
vectorised version here and the compiled version in the kernel; a test compares them.

Source: SplitMix64's finaliser, Steele, Lea & Flood (2014), OOPSLA, fig. 14, used as a counter-based hash.
"""

import hashlib
from functools import cache
from math import log, sqrt

import numpy as np
import numpy.typing as npt

U64Array = npt.NDArray[np.uint64]
FloatArray = npt.NDArray[np.float64]

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
STEP = 0xD1B54A32D192ED03
MIX1 = 0xBF58476D1CE4E5B9
MIX2 = 0x94D049BB133111EB
TO_UNIT = 2.0**-53


@cache
def purpose_code(name: str) -> int:
    """A stable 64-bit code for what a draw is for, the same in every process (unlike `hash`)."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def mix(z: int) -> int:
    """Scramble 64 bits so that neighbours become unrelated."""
    z = ((z ^ (z >> 30)) * MIX1) & MASK
    z = ((z ^ (z >> 27)) * MIX2) & MASK
    return z ^ (z >> 31)


def derive(key: int, *parts: int | str) -> int:
    """A new 64-bit key from an old one and what it is for; every part matters, and so does their order."""
    for part in parts:
        code = purpose_code(part) if isinstance(part, str) else part
        key = mix((mix((key + GOLDEN) & MASK) + (code & MASK) * STEP + GOLDEN) & MASK)
    return key


def uniform(key: int, entity: int, purpose: int, index: int = 0) -> float:
    """The luck of one entity for one purpose, on [0, 1); `index` tells repeated draws apart."""
    z = mix((key + GOLDEN * ((entity + 1) & MASK)) & MASK)
    return (mix((z + purpose + STEP * index) & MASK) >> 11) * TO_UNIT


def _mix_array(z: U64Array) -> U64Array:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(MIX1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(MIX2)
    return z ^ (z >> np.uint64(31))


def uniforms(key: int, entities: npt.ArrayLike, purpose: int, index: npt.ArrayLike = 0) -> FloatArray:
    """`uniform` for arrays of entities and indices, broadcast against each other."""
    with np.errstate(over="ignore"):
        z = mixed_luck(key, np.asarray(entities).astype(np.uint64))
        z = _mix_array(z + np.uint64(purpose) + np.uint64(STEP) * np.asarray(index).astype(np.uint64))
        return (z >> np.uint64(11)).astype(np.float64) * TO_UNIT


def mixed_luck(key: int, entities: U64Array) -> U64Array:
    """The part of `uniform` that is the same for all draws of an entity, for an array of entities."""
    with np.errstate(over="ignore"):
        return _mix_array(np.uint64(key) + np.uint64(GOLDEN) * (entities + np.uint64(1)))


def derive_array(key: int, parts: npt.ArrayLike) -> U64Array:
    """`derive(key, part)` for an array of integer parts."""
    with np.errstate(over="ignore"):
        start = np.uint64(mix((key + GOLDEN) & MASK))
        codes = np.asarray(parts).astype(np.uint64)
        return _mix_array(start + codes * np.uint64(STEP) + np.uint64(GOLDEN))


# Wichura (1988), Applied Statistics 37, algorithm AS 241 (PPND16): relative error below 1e-15.
_A = (
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
)  # fmt: skip
_B = (
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
)  # fmt: skip
_C = (
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
)  # fmt: skip
_D = (
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
)  # fmt: skip
_E = (
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
)  # fmt: skip
_F = (
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
)  # fmt: skip


def normal_quantile(u: float) -> float:
    """The standard normal value below which a share `u` lies; `u` on [0, 1), 0 is taken as 2**-54.

    Plain arithmetic on purpose: the kernel compiles this very function, so both engines get the same bits.
    """
    if u <= 0.0:
        u = 5.551115123125783e-17
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        num = ((((((_A[7] * r + _A[6]) * r + _A[5]) * r + _A[4]) * r + _A[3]) * r + _A[2]) * r + _A[1]) * r + _A[0]
        den = ((((((_B[7] * r + _B[6]) * r + _B[5]) * r + _B[4]) * r + _B[3]) * r + _B[2]) * r + _B[1]) * r + _B[0]
        return q * num / den
    r = u if q < 0.0 else 1.0 - u
    r = sqrt(-log(r))
    if r <= 5.0:
        r -= 1.6
        num = ((((((_C[7] * r + _C[6]) * r + _C[5]) * r + _C[4]) * r + _C[3]) * r + _C[2]) * r + _C[1]) * r + _C[0]
        den = ((((((_D[7] * r + _D[6]) * r + _D[5]) * r + _D[4]) * r + _D[3]) * r + _D[2]) * r + _D[1]) * r + _D[0]
    else:
        r -= 5.0
        num = ((((((_E[7] * r + _E[6]) * r + _E[5]) * r + _E[4]) * r + _E[3]) * r + _E[2]) * r + _E[1]) * r + _E[0]
        den = ((((((_F[7] * r + _F[6]) * r + _F[5]) * r + _F[4]) * r + _F[3]) * r + _F[2]) * r + _F[1]) * r + _F[0]
    value = num / den
    return -value if q < 0.0 else value
