"""What writers of sources and of items both may meet."""


class Overtaken(Exception):
    """What is stored is not as the writer saw it; nothing was written."""
