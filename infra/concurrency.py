"""How many executions each lane may take when all lanes together have a bound. Decision 0022."""

from collections.abc import Mapping

from infra.refused import SettingsError

CONCURRENCY = "FLYWHEEL_CONCURRENCY"
LEAST_OF_A_LANE = 2
"""AWS's own: an SQS event source takes 2 to 1,000 (Lambda's developer guide, "Configuring maximum concurrency")."""


def read_concurrency(given: Mapping[str, str], wanted: Mapping[str, int]) -> int | None:
    """The bound on all lanes together; None when there is none. Raises SettingsError."""
    text = given.get(CONCURRENCY)
    if text is None:
        return None
    least = LEAST_OF_A_LANE * len(wanted)
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise SettingsError(
            f"{CONCURRENCY} is {text!r}; it can be a whole number from {least}, because each of the {len(wanted)} "
            f"lanes takes {LEAST_OF_A_LANE} executions at least, which is SQS event sources' minimum. An account with "
            "fewer to give needs a higher quota first: README.md, section 'In an account with small limits'"
        )
    return int(text)


def share_out(wanted: Mapping[str, int], total: int | None) -> dict[str, int]:
    """Each lane's share of `total`: the least, and of the rest in proportion to what is `wanted`, never more than that.

    >>> share_out({"a": 10, "b": 4, "c": 2}, 9)
    {'a': 5, 'b': 2, 'c': 2}
    """
    if total is None or total >= sum(wanted.values()):
        return dict(wanted)
    beyond = {lane: most - LEAST_OF_A_LANE for lane, most in wanted.items()}
    spare = total - LEAST_OF_A_LANE * len(wanted)
    whole = sum(beyond.values())
    shares = {lane: LEAST_OF_A_LANE + spare * more // whole for lane, more in beyond.items()}
    # What rounding down left over goes to those that lost most by it.
    left = total - sum(shares.values())
    losers = sorted(beyond, key=lambda lane: -(spare * beyond[lane] % whole))
    return {lane: share + (lane in losers[:left]) for lane, share in shares.items()}
