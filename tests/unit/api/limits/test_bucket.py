from hypothesis import given
from hypothesis import strategies as st

from functions.api.limits.bucket import Bucket

NOW = 1_796_000_000_000
BUCKETS = st.builds(Bucket, per_second=st.integers(1, 1000), at_once=st.integers(1, 10_000))


def test_a_full_bucket_gives_what_it_holds_and_then_waits_for_the_next() -> None:
    bucket = Bucket(per_second=10, at_once=3)
    full_at = bucket.taken(0, NOW, 3)
    assert (bucket.left(0, NOW), bucket.left(full_at, NOW)) == (3, 0)
    assert bucket.wait_ms(full_at, NOW) == 100
    assert bucket.left(full_at, NOW + 100) == 1
    assert bucket.left(full_at, NOW + 10_000) == 3


@given(BUCKETS, st.integers(0, 20_000_000))
def test_there_is_a_token_after_the_wait_and_none_before(bucket: Bucket, missing_ms: int) -> None:
    full_at = NOW + min(missing_ms, bucket.at_once * 1000 // bucket.per_second)
    wait = bucket.wait_ms(full_at, NOW)
    assert bucket.left(full_at, NOW + wait) >= 1
    assert wait == 0 or bucket.left(full_at, NOW + wait - 1) == 0


@given(BUCKETS, st.lists(st.integers(0, 2000), max_size=60))
def test_never_more_than_the_rate_and_one_bucketful(bucket: Bucket, pauses: list[int]) -> None:
    full_at, now, given_out = 0, NOW, 0
    for pause in pauses:
        now += pause
        tokens = bucket.left(full_at, now)
        full_at = bucket.taken(full_at, now, tokens) if tokens else full_at
        given_out += tokens
    assert given_out <= bucket.at_once + bucket.per_second * (now - NOW) / 1000
