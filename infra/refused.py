"""The error of everything an operator can set."""


class SettingsError(Exception):
    """A setting of the deployment that cannot be used; the text names it and what is possible."""
