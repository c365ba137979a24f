"""The compiled engine: Numba kernels over one buffer of integers, the trace of the reference engine."""

from sim.engine.compiled.engine import CompiledEngine, run, warm

__all__ = ["CompiledEngine", "run", "warm"]
