"""What the documents say of the code is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")])
SOURCES = [
    path
    for folder in ("functions", "infra", "ops", "tests", "benchmarks", "examples")
    for path in (ROOT / folder).rglob("*.py")
]
DECISIONS = {path.name[:4] for path in (ROOT / "docs/decisions").glob("*.md")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_a_document_names_exists(document: Path) -> None:
    """A name in backticks may leave out folders at its front, where its place is clear from the text around it."""
    known = [f"/{path.relative_to(ROOT)}" for path in SOURCES]
    named = re.findall(r"`((?:[\w-]+/)*\w+\.py)`", document.read_text())

    assert [name for name in named if not any(path.endswith(f"/{name}") for path in known)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_decision_is_named_by_a_module_that_follows_it_and_no_other_is() -> None:
    named = set()
    for path in SOURCES:
        text = ast.get_docstring(ast.parse(path.read_text())) or ""
        named.update(re.findall(r"[Dd]ecisions? (\d{4})", text))

    assert named == DECISIONS


def test_the_index_of_the_documents_names_each() -> None:
    index = (ROOT / "docs/README.md").read_text()
    documents = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md") if path.name != "README.md"]

    assert [str(path) for path in documents if f"({path})" not in index] == []
