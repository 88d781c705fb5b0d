"""Dead-letter queues in memory, with the same contract as the real ones."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from functions.shared.kernel.dead_letters.queues import Letter


@dataclass
class MemoryDeadLetterQueues:
    """`dead` and `sent_back` are messages by lane; `moves` makes the service move them itself, as AWS does."""

    dead: dict[str, list[Letter]] = field(default_factory=dict)
    sent_back: dict[str, list[Letter]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    moves: bool = False

    @property
    def lanes(self) -> tuple[str, ...]:
        return tuple(sorted(self.dead))

    def count(self, lane: str) -> int:
        return len(self.dead[lane])

    def take(self, lane: str, *, limit: int, hide_seconds: int) -> list[Letter]:
        found = [letter for letter in self.dead[lane] if letter.message_id not in self.hidden][: min(limit, 10)]
        self.hidden |= {letter.message_id for letter in found}
        return found

    def put_back(self, lane: str, letters: Iterable[Letter]) -> None:
        self.hidden -= {letter.message_id for letter in letters}

    def send_back(self, lane: str, letter: Letter) -> None:
        self.sent_back.setdefault(lane, []).append(letter)

    def delete(self, lane: str, letter: Letter) -> None:
        self.dead[lane] = [kept for kept in self.dead[lane] if kept.message_id != letter.message_id]

    def start_move(self, lane: str, *, per_second: int) -> bool:
        if self.moves:
            self.sent_back.setdefault(lane, []).extend(self.dead[lane])
            self.dead[lane] = []
        return self.moves

    def purge(self, lane: str) -> None:
        self.dead[lane] = []
