"""Libraries do their work in a bundle, without the parts of them that are left out."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.infra.bundling import said
from tests.support.foreign import a_docx, a_paragraph, a_pdf

# Asks in the ways the adapter does.
_ASK = """
import httpx2, openai
def answer(request):
    status = 404 if b"green tea" in request.content else 200
    return httpx2.Response(status, json={"path": request.url.path})
client = openai.OpenAI(api_key="key", base_url="http://model.example/v1", max_retries=0,
                       http_client=httpx2.Client(transport=httpx2.MockTransport(answer)))
chat = client.chat.completions.with_raw_response
draw = client.images.with_raw_response
shape = {"type": "json_schema", "json_schema": {"name": "tea", "strict": True, "schema": {"type": "object"}}}
print(chat.create(model="m", messages=[{"role": "user", "content": "tea"}], response_format=shape).text)
print(draw.generate(model="m", prompt="tea", size="1024x1024").text)
try:
    chat.create(model="m", messages=[{"role": "user", "content": "green tea"}], temperature=openai.omit)
except openai.APIStatusError as error:
    print(error.status_code)
"""

_READ = """
from pathlib import Path
from functions.scraper.parsing.document import parse_document
from functions.scraper.parsing.feed import parse_feed
from functions.scraper.parsing.page import parse_page
read = lambda name: Path(FOLDER, name).read_bytes()
url = "https://tea.example/story"
word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
page = parse_page(read("page"), url=url, media_type="text/html", charset=None)
feed = parse_feed(read("feed"), url=url, media_type="text/xml", charset=None)
pdf = parse_document(read("pdf"), media_type="application/pdf", name="tea.pdf")
docx = parse_document(read("docx"), media_type=word, name="tea.docx")
print(page.published_at, feed.entries[0].title, pdf.text, docx.text, sep="\\n")
"""


def test_texts_and_pictures_are_asked_for(bundle_of: Callable[[str], Path]) -> None:
    answers = said([bundle_of("pseo_generator")], _ASK).split()

    assert answers == ['{"path":"/v1/chat/completions"}', '{"path":"/v1/images/generations"}', "404"]


def test_pages_feeds_and_documents_are_read(bundle_of: Callable[[str], Path], runtime: Path, tmp_path: Path) -> None:
    story = "".join(f"<p>Sentence {number} tells how tea came to be liked by so many.</p>" for number in range(9))
    page = f"<html lang='de'><time datetime='2026-03-01'>1 March</time><article><h1>Tea</h1>{story}</article></html>"
    feed = "<rss version='2.0'><channel><title>Tea</title><item><title>Green tea</title></item></channel></rss>"
    (tmp_path / "page").write_text(page)
    (tmp_path / "feed").write_text(feed)
    (tmp_path / "pdf").write_bytes(a_pdf("Black tea"))
    (tmp_path / "docx").write_bytes(a_docx(a_paragraph("White tea")))
    bundle = tmp_path / "bundle"
    shutil.copytree(bundle_of("scraper"), bundle, copy_function=os.link)  # the children leave bytecode in it

    lines = said([bundle, runtime], f"FOLDER = {str(tmp_path)!r}\n{_READ}").splitlines()

    assert lines[-4:] == ["2026-03-01 00:00:00+00:00", "Green tea", "Black tea", "White tea"]
