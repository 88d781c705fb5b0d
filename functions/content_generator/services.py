"""Everything the content generator works with, as one argument."""

from dataclasses import dataclass

from functions.shared.domain.content.store import ContentStore
from functions.shared.domain.context.items.store import ItemStore
from functions.shared.domain.measured.store import MetricsStore
from functions.shared.kernel.jobs.engine import Engine
from functions.shared.writing.models.port import TextModel


@dataclass(frozen=True, slots=True)
class Services:
    """The model, where variants go, and what they are written with: context, and what earlier posts taught."""

    contents: ContentStore
    items: ItemStore
    metrics: MetricsStore
    model: TextModel
    engine: Engine
