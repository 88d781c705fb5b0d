"""Domains in a text, as networks make links of them though no `https://` is in front."""

import re

_DOMAIN = re.compile(r"(?<![\w@#$./-])(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@])(?:/\S*)?")


def domains_in(text: str) -> set[str]:
    """The domains with the paths behind them, in any script, in lower case."""
    return {name.casefold() for name in _DOMAIN.findall(text)}
