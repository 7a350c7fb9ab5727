"""The door to the kernel: points numba's cache at a folder named after the source, then imports the compiled code.

numba reuses a cached function as long as its own file is unchanged, even if a function that it calls in another file
changed (numba issue 8396), so a cache must not outlive any of the files that the kernel is compiled from.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import numba
import numba.core.config

PACKAGE = Path(__file__).parents[1]
OUTSIDE = (
    "log.py",
    "streams.py",
    "units.py",
    "policy/blocks.py",
    "policy/durations.py",
    "policy/grading.py",
    "policy/workflow.py",
)
SOURCES = (*Path(__file__).parent.glob("*.py"), *(PACKAGE / name for name in OUTSIDE))


def _cache_folder() -> Path:
    """Where compiled code is kept: CITYSIM_CACHE_DIR, the user's cache, or a temporary folder if that is read-only."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(SOURCES):
        digest.update(path.name.encode() + path.read_bytes())
    home = os.environ.get("CITYSIM_CACHE_DIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "citysim"
    )
    for root in (home, os.path.join(tempfile.gettempdir(), f"citysim-{os.getuid() if hasattr(os, 'getuid') else 0}")):
        folder = Path(root) / digest.hexdigest()[:16]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="citysim-"))


config: Any = numba.core.config
_before, config.CACHE_DIR = config.CACHE_DIR, str(_cache_folder())
try:
    from citysim.engines.kernel_run import KernelRun
finally:
    config.CACHE_DIR = _before

__all__ = ["KernelRun"]
