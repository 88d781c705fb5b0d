"""What the writer of one post is given of what earlier posts taught: a style, and the lessons that are sure."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.shared.domain.measured.learn import learnings_of
from functions.shared.domain.measured.model import Arm, Choice, Lesson
from functions.shared.domain.network import Network
from functions.shared.writing.posts.choose_style import choose_style
from functions.shared.writing.posts.lessons import lessons_for


@dataclass(frozen=True, slots=True)
class Teaching:
    """How to write one post."""

    choice: Choice
    lessons: tuple[Lesson, ...]


def teaching_for(network: Network, arms: Sequence[Arm], *, seed: str) -> Teaching:
    """What the arms of an organisation teach about its next post on this network; the seed is the post's id."""
    return Teaching(choose_style(network, arms, seed=seed), lessons_for(network, learnings_of(arms)))
