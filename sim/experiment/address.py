"""The address of a scheduler: its form, and whether anybody is there, found out before any work."""

from __future__ import annotations

import re
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sim.errors import InputError, KaigongError, Problem

#: Seconds in which a scheduler must answer, and have a worker.
PATIENCE: float = 10.0

#: Seconds after which it is said what is waited for; between two tries to reach it.
_SILENT, _AGAIN = 0.5, 0.2

_FORM = re.compile(r"(?:(?:tcp|tls)://)?(?:\[([0-9a-fA-F:.]+)\]|([^\s:/\[\]]+)):(\d{1,5})")


def place_of(address: str) -> tuple[str, int]:
    """Return host and port of an address.

    Parameters
    ----------
    address : str
        ``host:port``, with ``tcp://`` or ``tls://`` before it or not.

    Raises
    ------
    InputError
        If it has another form.

    Examples
    --------
    >>> place_of("tcp://10.0.0.5:8786"), place_of("[::1]:8786")
    (('10.0.0.5', 8786), ('::1', 8786))
    """
    found = _FORM.fullmatch(address)
    port = int(found[3]) if found else 0
    if found is None or not 0 < port < 2**16:
        expected = "an address such as tcp://10.0.0.5:8786 or host:8786"
        remedy = "give the one that `dask scheduler` prints, or leave --cluster out to run here"
        raise InputError([Problem("--cluster", "", repr(address), expected, remedy)])
    return found[1] or found[2], port


def reach(address: str) -> None:
    """Wait until somebody listens at an address: one that was just started may take a moment.

    Raises
    ------
    InputError
        If it is no address.
    KaigongError
        If nobody does.
    """
    place = place_of(address)
    end = time.monotonic() + PATIENCE
    with patient(f"the scheduler at {address}"):
        while True:
            try:
                socket.create_connection(place, timeout=max(end - time.monotonic(), _AGAIN)).close()
                return
            except (OSError, UnicodeError) as error:
                # Who has no such name has none a moment later.
                if isinstance(error, socket.gaierror | UnicodeError) or time.monotonic() + _AGAIN > end:
                    raise unanswered(address, error) from error
            time.sleep(_AGAIN)


def unanswered(address: str, error: Exception) -> KaigongError:
    """Return the error of an address at which there is no scheduler."""
    why = str(error) if isinstance(error, OSError) else ""
    return KaigongError(
        f"--cluster: no scheduler answers at {address} ({why or type(error).__name__}), expected one;"
        " start it with `dask scheduler` and give the address it prints, or leave --cluster out to run here"
    )


@contextmanager
def patient(what: str) -> Iterator[None]:
    """Say on the error stream what is waited for, and how long at most, where it is not there at once."""
    words = f"--cluster: waiting for {what}, at most {PATIENCE:.0f} seconds"
    timer = threading.Timer(_SILENT, lambda: print(words, file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
