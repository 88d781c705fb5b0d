"""Everything the content generator works with, as one argument."""

from dataclasses import dataclass

from functions.shared.ai.model import TextModel
from functions.shared.clock import Clock
from functions.shared.context.store import ItemStore
from functions.shared.measured.store import MetricsStore
from functions.shared.store.content import ContentStore


@dataclass(frozen=True, slots=True)
class Studio:
    """The model, where variants go, and what they are written with: context, and what earlier posts taught."""

    contents: ContentStore
    items: ItemStore
    metrics: MetricsStore
    model: TextModel
    clock: Clock
