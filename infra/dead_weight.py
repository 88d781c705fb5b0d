"""What libraries bring along and no Lambda uses at run time: it makes zips big and cold starts slow.

Whoever starts to use a part of a library that is listed here takes it off the list: the tests outside of bundles have
all of it.
"""

import shutil
from fnmatch import fnmatchcase
from pathlib import Path

# Tests of libraries, bytecode of the interpreter that installed them, marks for type checkers.
_NAMES = ("tests", "__pycache__", "py.typed")

# For type checkers, and for compilers of extensions.
_SUFFIXES = (".pyi", ".pyx", ".pxd", ".pxi", ".c", ".h")

# What libraries ask for at run time about a package, and its licence. An installer writes more, some of it by machine.
_KEPT_METADATA = ("metadata", "entry_points.txt", "licen[cs]e*", "copying*", "notice*", "authors*")

_NOT_ASKED_FOR = """
    admin audio beta containers conversations evals fine_tuning live realtime safety skills uploads vector_stores
    webhooks
"""


def _each(folder: str, names: str) -> list[str]:
    return [f"{folder}/{name}" for name in names.split()]


_UNUSED = (
    # Command lines.
    "bin",
    ".lock",
    "dateparser_cli",
    "dateparser_scripts",
    "pypdfium2_cli",
    # courlan asks it for a locale only where addresses are filtered by language, as in trafilatura's sitemaps.
    "babel/global.dat",
    "babel/locale-data",
    # The source of default.docx.
    "docx/templates/default-docx-template",
    # Extensions that neither trafilatura nor python-docx nor feedparser imports.
    "lxml/objectify.*",
    "lxml/html/_difflib.*",
    "lxml/html/diff.*",
    # The API describes itself, but shows no page for it.
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.css",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.js",
    *_each(
        "aws_lambda_powertools/utilities",
        "auth_alpha circuit_breaker data_masking feature_flags idempotency kafka parameters streaming validation",
    ),
    # What is asked for is a chat's completion or a picture; the client imports each of its parts when it is first used.
    *_each("openai/resources", _NOT_ASKED_FOR),
    *_each("openai/types", _NOT_ASKED_FOR),
    *_each("openai/lib", "beta live"),
)


def remove_dead_weight(folder: Path) -> None:
    """Remove it from a folder that packages were installed to."""
    dead = [path for pattern in _UNUSED for path in folder.glob(pattern)]
    dead += [path for path in folder.rglob("*") if path.name in _NAMES or path.suffix in _SUFFIXES]
    dead += [path for path in folder.glob("*.dist-info/*") if not _is_kept(path.name)]
    for path in dead:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)  # its folder may have been removed before it


def _is_kept(metadata: str) -> bool:
    return any(fnmatchcase(metadata.lower(), kept) for kept in _KEPT_METADATA)
