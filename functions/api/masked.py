"""Addresses as they are shown, without their secrets, and what is meant by one that comes back so. Decision 0032."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator

from functions.shared.kernel.errors import PermanentError
from functions.shared.kernel.masking import MASK, mask_address, mask_text, mask_url

ShownAddress = Annotated[str, AfterValidator(mask_address)]
"""Where a user has something fetched or posted."""

ShownLink = Annotated[str, AfterValidator(mask_url)]
"""Where readers find something."""

ShownReason = Annotated[str, AfterValidator(mask_text)]
"""Words of others."""


def addresses_meant(given: Sequence[str], stored: Sequence[str]) -> list[str | PermanentError]:
    """For each given address itself, or the stored one that it shows masked; an error where it may be none or several.

    Several that look alike are meant when as many are given as are stored, in their order.
    """
    shown: dict[str, list[str]] = {}
    for url in stored:
        shown.setdefault(mask_address(url), []).append(url)
    meant: list[str | PermanentError] = []
    for url in given:
        alike = shown.get(url, [])
        if MASK not in url or url in stored:
            meant.append(url)
        elif alike and given.count(url) == len(alike):
            meant.append(alike[given[: len(meant)].count(url)])
        else:
            meant.append(_unknown(len(alike)))
    return meant


def _unknown(alike: int) -> PermanentError:
    which = f"is shown for {alike} addresses of yours" if alike else "is not how an address of yours is shown"
    return PermanentError(f"holds {MASK}, which stands for a secret, and {which}: give the whole address")
