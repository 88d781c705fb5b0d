from importlib.util import find_spec

import pytest

from benchmarks.__main__ import BENCHES


@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_that_can_be_asked_for_exists(name: str) -> None:
    assert find_spec(f"benchmarks.{name.replace('-', '_')}") is not None
