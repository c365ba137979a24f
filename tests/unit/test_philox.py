"""The keyed function, bit for bit against NumPy's generator, and the promises of the keys."""

import subprocess
import sys

import numpy as np
import pytest

from sim import philox
from sim.keyed import unit
from sim.philox import PURPOSES, VISIT, blocks, hash_name, hash_names, uniforms

MASK = 2**64 - 1


def numpy_block(key, counter):
    """First block of NumPy's Philox started one before the counter."""
    before = (sum(word << (64 * k) for k, word in enumerate(counter)) - 1) % 2**256
    words = np.array([(before >> (64 * k)) & MASK for k in range(4)], dtype=np.uint64)
    return np.random.Philox(key=np.array(key, dtype=np.uint64), counter=words).random_raw(4)


def test_bit_for_bit_as_numpy():
    rng = np.random.default_rng(7)
    words = rng.integers(0, 2**64, (1000, 6), dtype=np.uint64)
    for row in words.tolist():
        assert (blocks(tuple(row[:2]), tuple(row[2:]))[0] == numpy_block(row[:2], row[2:])).all()


def test_many_blocks_of_one_key_are_numpys_too():
    rng = np.random.default_rng(8)
    counters = rng.integers(0, 2**64, (4000, 4), dtype=np.uint64)
    many = blocks((5, MASK), tuple(counters.T))
    assert (many == [numpy_block((5, MASK), row) for row in counters.tolist()]).all()


def test_no_word_gives_zero_or_one():
    words = [unit(np.uint64(word)) for word in (0, 1, 2**11, MASK - 1, MASK)]
    assert words[0] == words[1] == 0.5 * 2.0**-53
    assert words[2] == 1.5 * 2.0**-53
    assert words[3] == words[4] == 1.0 - 2.0**-53


@pytest.mark.parametrize("word", [0, 1, 2**32 - 1, 2**32, 2**63, MASK])
def test_bit_for_bit_at_the_edges(word):
    for counter in ((word,) * 4, (word, 0, 0, 0), (0, 0, 0, word)):
        assert (blocks((word, MASK), counter)[0] == numpy_block((word, MASK), counter)).all()


def test_many_at_once_are_each_on_its_own():
    subject, activity = hash_names(f"p{k}" for k in range(9001)), hash_name("EIA")
    many = uniforms(5, 6, subject, activity, np.arange(9001), VISIT)
    assert many.shape == (9001, 4)
    for k in (0, 4095, 4096, 9000):
        assert (many[k] == uniforms(5, 6, subject[k], activity, k, VISIT)[0]).all()


def test_no_key_no_number():
    assert uniforms(1, 0, np.empty(0, np.uint64), 3, 0, VISIT).shape == (0, 4)


def test_negative_words_are_taken_modulo_two_to_the_64():
    assert (uniforms(-1, 0, 1, 2, -3, 0) == uniforms(MASK, 0, 1, 2, MASK - 2, 0)).all()
    assert (uniforms(1, 0, 1, 2, np.array([-3]), 0) == uniforms(1, 0, 1, 2, -3, 0)).all()


def test_a_key_of_floats_is_refused():
    with pytest.raises(TypeError, match="got float64 in a key, expected integers"):
        uniforms(1, 0, np.array([0.5]), 2, 0, 0)


def test_every_part_of_the_key_counts():
    base = {"seed": 1, "replication": 2, "subject": 3, "activity": 4, "visit": 5, "purpose": 6}
    seen = {tuple(uniforms(**base)[0])}
    seen |= {tuple(uniforms(**{**base, part: 77})[0]) for part in base}
    assert len(seen) == 7


def test_uniforms_have_the_right_form_and_are_uniform():
    u = uniforms(11, 0, np.arange(50_000), 1, 0, VISIT)
    raw = blocks((11, 0), (np.arange(50_000), 1, 0, VISIT))
    assert (u == ((raw >> np.uint64(11)).astype(float) + 0.5) * 2.0**-53).all()
    assert u.min() > 0
    assert u.max() < 1
    assert abs(u.mean(axis=0) - 0.5).max() < 4 / np.sqrt(12 * 50_000)
    assert abs(np.corrcoef(u.T) - np.eye(4)).max() < 0.02


def test_names_hash_the_same_in_every_process_and_every_writing():
    # Written down: a changed hash would change every result.
    assert hash_name("EIA") == 0xDD83037E0F20C100
    assert hash_name("caf\u00e9") == hash_name("cafe\u0301")
    assert hash_name("开工") != hash_name("完工")
    code = "from sim.philox import hash_name; print(hash_name('开工'))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(other.stdout) == hash_name("开工")


def test_purposes_are_numbered_for_ever():
    assert list(PURPOSES.values()) == list(range(19))
    assert list(PURPOSES) == [
        "VISIT", "APPLIES", "CHAIN", "PATIENCE", "PARAMETER", "FACTOR", "SESSION", "ARRIVAL",
        "SHOCK", "VOID", "RUNG", "ATTEMPT", "STOP", "OVERRUN", "REPORT", "PRESENT", "PAUSE",
        "STAGE", "FILED",
    ]  # fmt: skip
    assert {name: getattr(philox, name) for name in PURPOSES} == PURPOSES
