"""Answers that are dear to make, kept for some seconds in this Lambda. Decision 0040."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from functions.shared.kernel.clock import Clock

Made = TypeVar("Made")

_MOST = 200


@dataclass(slots=True)
class Recent:
    """Makes what was not made within `seconds`; who may see it is part of the key."""

    clock: Clock
    seconds: float
    _made: OrderedDict[Hashable, tuple[datetime, Any]] = field(default_factory=OrderedDict)

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for the key a short while ago, or is made now."""
        now = self.clock()
        if key in self._made and now - self._made[key][0] < timedelta(seconds=self.seconds):
            known: Made = self._made[key][1]
            return known
        made = make()
        self._made[key] = (now, made)
        self._made.move_to_end(key)
        if len(self._made) > _MOST:
            self._made.popitem(last=False)
        return made
