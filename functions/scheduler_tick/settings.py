"""What the Lambda of user-made schedules is given."""

from functions.shared.kernel.schedules.settings import TickSettings


class Settings(TickSettings):
    """The engine's settings, and how late a tick may be."""
