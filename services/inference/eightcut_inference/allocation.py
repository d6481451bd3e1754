"""How the process gets its memory: large blocks are kept and used again.

By default glibc gives blocks as large as a layer's output back to the system when they are freed, and every use of
the next one begins with a page fault for each 4 KiB: a tenth of the processor time of EAT, more beside other threads,
whose arenas are small (docs/decisions/0010).
"""

from __future__ import annotations

import ctypes
import sys

# Parameters of mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGEST_BLOCK = 32 << 20  # the most that glibc takes for it
_KEPT = 1 << 30


def keep_large_blocks() -> bool:
    """Sets the C library's allocator up, for the whole process; to be called before it has threads.

    Returns:
        Whether that was possible: only with glibc.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    settings = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, _LARGEST_BLOCK), (_TRIM_THRESHOLD, _KEPT))
    return all(mallopt(parameter, value) == 1 for parameter, value in settings)
