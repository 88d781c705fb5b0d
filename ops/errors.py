"""What the commands tell the person at the shell instead of a traceback."""


class OpsError(Exception):
    """Something only the operator can put right; the text says what happened and what to do."""
