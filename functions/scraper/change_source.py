"""Changes a stored source that others change, too."""

from collections.abc import Callable

from functions.shared.domain.context.model import Source
from functions.shared.domain.context.overtaken import Overtaken
from functions.shared.domain.context.sources.store import SourceStore
from functions.shared.kernel.errors import TransientError

_TRIES = 10


def change_source(source: Source, change: Callable[[Source], Source | None], *, sources: SourceStore) -> None:
    """Store what `change` makes of the source, and of what another writer has stored meanwhile.

    Nothing is stored where that is None, or when the source was deleted. TransientError when others keep changing it.
    """
    stored: Source | None = source
    for _ in range(_TRIES):
        after = None if stored is None else change(stored)
        if stored is None or after is None:
            return
        try:
            sources.replace(stored, after)
        except Overtaken:
            stored = sources.get(source.org_id, source.source_id)
        else:
            return
    raise TransientError(f"the source {source.source_id} keeps changing; try again")
