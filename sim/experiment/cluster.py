"""Chunks made on a cluster of ``dask.distributed``: the model is sent once, the results are the same.

A worker that dies costs time only: the scheduler gives its chunks, and the model, to others.
"""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import threading
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from sim.errors import KaigongError
from sim.experiment.address import PATIENCE, patient, reach, unanswered
from sim.experiment.bench import Here, Setup, StoppedError, made_by
from sim.experiment.outcome import Chunk
from sim.provenance import versions

#: Seconds without any worker after which none is waited for; one that is started anew takes some.
ALONE: float = 60.0

#: Seconds between looks whether somebody asked for the work to stop.
_LOOK = 0.2


class Cluster:
    """Makes chunks on the workers of a scheduler; called from several threads at once.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    setup : Setup

    Raises
    ------
    InputError
        If it is no address.
    KaigongError
        If the extra is not installed, nobody answers, or a worker has other code.
    """

    def __init__(self, address: str, setup: Setup) -> None:
        self._address = address
        self._stopped = threading.Event()
        self._client = _connected(address)
        try:
            self.ahead = _threads(self._client, address)
            # As a task rather than as data: who loses it with a worker makes it again from what was sent.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a model is large is known
                self._sent = self._client.submit(_unpacked, pickle.dumps(setup), pure=False)
        except BaseException:
            self._client.close()
            raise

    def __call__(self, numbers: Sequence[int]) -> Chunk:
        """Have a chunk made.

        Raises
        ------
        KaigongError
            If workers die over it again and again, or none is left.
        """
        future = self._client.submit(_chunk, self._sent, list(numbers), pure=False)
        try:
            chunk: Chunk = self._awaited(future)
            return chunk
        except KaigongError:
            raise
        except Exception as error:
            if not _is_loss(error):
                raise
            raise KaigongError(
                f"--cluster {self._address}: replications {numbers[0]} to {numbers[-1]} were lost again and"
                f" again ({error}), expected workers that live; often they have too little memory"
            ) from error

    def _awaited(self, future: Any) -> Any:
        """Return a result, looking now and then whether the work was stopped or the workers are gone."""
        seen = looked = time.monotonic()
        while not self._stopped.is_set():
            with contextlib.suppress(TimeoutError):
                return future.result(timeout=_LOOK)
            if time.monotonic() - looked > ALONE / 10:
                looked = time.monotonic()
                seen = looked if self._client.nthreads() else seen
            if looked - seen > ALONE:
                raise _no_workers(self._address)
        raise StoppedError("stopped: the same command goes on where it stopped")

    def stop(self) -> None:
        """Take back what was asked for and leave the cluster."""
        self._stopped.set()
        self._client.close()


def _is_loss(error: Exception) -> bool:
    """Tell whether the cluster lost a result, in contrast to an error of the work itself."""
    return (
        type(error).__module__.partition(".")[0] == "distributed" or "CancelledError" in type(error).__name__
    )


def _connected(address: str) -> Any:
    """Return a client of the scheduler at an address."""
    try:
        distributed = import_module("distributed")
    except ImportError as error:
        raise KaigongError(
            f"--cluster: needs the package distributed ({error});"
            " install it with: pip install 'kaigong[cluster]'"
        ) from error
    reach(address)
    try:
        with patient(f"the scheduler at {address}"), ThreadPoolExecutor(1) as thread:
            # A client would wait long for who listens but is no scheduler. In a thread, since that of a
            # notebook runs a loop already.
            thread.submit(asyncio.run, _greeted(address)).result()
            return distributed.Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise unanswered(address, error) from error


async def _greeted(address: str) -> None:
    """Exchange greetings with a scheduler."""
    comm, security = (import_module(f"distributed.{name}") for name in ("comm", "security"))
    known = security.Security().get_connection_args("client")
    try:
        async with asyncio.timeout(PATIENCE):
            (await comm.connect(address, timeout=PATIENCE, **known)).abort()
    except Exception as error:  # what is no scheduler may answer anything, and be taken for a huge message
        raise unanswered(address, error) from error


def _threads(client: Any, address: str) -> int:
    """Return the threads of all workers, once they are known to run this very code."""
    try:
        with patient(f"a worker of the scheduler at {address}"):
            client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise _no_workers(address) from None
    found: Mapping[str, Any] = client.run(_asker(), on_error="return")
    mine = versions()
    for worker, theirs in sorted(found.items()):
        if not isinstance(theirs, Mapping):
            raise KaigongError(
                f"--cluster: worker {worker} cannot run kaigong ({theirs}), expected that it can;"
                " install the same version there"
            )
        other = [
            f"{name} {theirs.get(name)} instead of {mine[name]}"
            for name in mine
            if theirs.get(name) != mine[name]
        ]
        if other:
            raise KaigongError(
                f"--cluster: worker {worker} has {', '.join(other)}, expected the same as here, so that the"
                " results are; install the same versions there and restart the worker"
            )
    return max(1, sum(int(threads) for threads in client.nthreads().values()))


def _no_workers(address: str) -> KaigongError:
    """Return the error of a scheduler that is alone."""
    return KaigongError(
        f"--cluster: the scheduler at {address} has no workers, expected at least one;"
        f" start some with `dask worker {address}`"
    )


def _asker() -> Callable[[], dict[str, str]]:
    """Return a function that is sent whole: a worker without kaigong must be able to say so."""

    def ask() -> dict[str, str]:
        from sim.provenance import versions as theirs  # noqa: PLC0415 - of the worker, not of whoever asks

        return theirs()

    return ask


def _unpacked(setup: bytes) -> Here:
    """Unpack what determines the replications, on a worker, whose threads share it."""
    return Here(pickle.loads(setup))


def _chunk(here: Here, numbers: Sequence[int]) -> Chunk:
    """Make a chunk on a worker."""
    setup = here.setup
    if setup.code != made_by():  # a worker that joined later
        raise KaigongError(
            f"--cluster: a worker that joined has code and libraries {made_by()}, expected {setup.code};"
            " install the same versions there"
        )
    return here(numbers)
