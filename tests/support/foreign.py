"""Foreign bytes, made by hand: documents as users upload them, and as those who mean harm do."""

import io
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from functions.scraper.parsing.child import Ran
from functions.scraper.parsing.outcome import Limits

MOST_MB = 400
WORKERS = "functions.scraper.parsing.workers."
"""How the name of a reading's module begins."""

_CONTENT_TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/word/document.xml"
 ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
_RELATIONSHIPS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Target="word/document.xml"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>"""
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@dataclass
class Watch:
    """What each reading took."""

    runs: list[Ran] = field(default_factory=list)

    def limits(self, seconds: float) -> Limits:
        return Limits(seconds=seconds, observe=self.runs.append)

    def require_modest(self, seconds: float) -> None:
        """That every child ended in time and stayed small, and that none is left."""
        for ran in self.runs:
            assert ran.seconds < seconds + 20, ran  # the machine may be busy when the child is ended
            assert (ran.peak_mb or 0) < MOST_MB, ran
        assert processes(of=os.getpid()) == set()


def processes(of: int | None = None, mark: str = WORKERS) -> set[int]:
    """The processes with an argument that begins so (Linux): the children of `of`, or of all parents without it."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_text().split("\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if of in (None, parent) and any(argument.startswith(mark) for argument in arguments):
            found.add(int(folder.name))
    return found


def a_pdf(*pages: str, title: str = "", encrypted: bool = False) -> bytes:
    """A PDF with one page for each text, line by line; `encrypted` with a password nobody knows."""
    bodies = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    bodies.append(f"<</Title({title})>>".encode())
    kids = []
    for text in pages:
        kids.append(f"{len(bodies) + 1} 0 R")
        bodies.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {len(bodies) + 2} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>".encode()
        )
        lines = " ".join(f"({line}) Tj T*" for line in text.split("\n"))
        content = f"BT /F1 12 Tf 14 TL 72 720 Td {lines} ET".encode()
        bodies.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    bodies[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    lock = ""
    if encrypted:
        lock = f"/Encrypt<</Filter/Standard/V 1/R 2/O<{'ab' * 32}>/U<{'cd' * 32}>/P -4>>/ID[<00><00>]"
    return _numbered(bodies, lock)


def _numbered(bodies: Sequence[bytes], lock: str) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += f"trailer<</Size {len(bodies) + 1}/Root 1 0 R/Info 4 0 R{lock}>>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)


def a_pdf_of_one_page_many_times(count: int) -> bytes:
    kids = "3 0 R " * count
    return (
        f"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count {count}/Kids[{kids}]>>"
        "endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n"
    ).encode()


def a_docx(paragraphs: str, *, prolog: str = "", more: dict[str, bytes] | None = None) -> bytes:
    """A Word document around the XML of its paragraphs, and with `more` members."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
        archive.writestr("_rels/.rels", _RELATIONSHIPS)
        body = f'{prolog}<w:document xmlns:w="{_W}"><w:body>{paragraphs}</w:body></w:document>'
        archive.writestr("word/document.xml", body)
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return packed.getvalue()


def a_paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def attributes(count: int) -> str:
    return " ".join(f'a{number}="v"' for number in range(count))


def entity_bomb(root: str) -> str:
    """Billion laughs: 10 entities, each ten times the one before."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE {root} [<!ENTITY a0 "lol">{entities}]>'


def external_entity(root: str) -> str:
    return f'<!DOCTYPE {root} [<!ENTITY leak SYSTEM "file:///etc/passwd">]>'
