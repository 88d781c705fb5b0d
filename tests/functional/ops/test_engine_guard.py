"""The running engine: programs use it as AWS, and no page of another origin gets anything from it."""

import http.client
import io
import json
import os
import re
import socket
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ops.deployment import Deployment
from ops.engine import Engine
from tests.support.browser import HostilePage, find_browser, shown

ATTACKS = Path(__file__).with_name("hostile_page.html").read_text()
CONSOLE = Path(__file__).with_name("console_page.html").read_text()
SECRET = "planted-secret"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    deployment = Deployment(tmp_path_factory.mktemp("engine"), port)
    Engine(deployment, {**os.environ, "SSH_AUTH_SOCK": "/run/agent", "AWS_PROFILE": "mine"}).start(enforce_iam=False)
    client(deployment, "secretsmanager").create_secret(Name="token", SecretString=SECRET)
    client(deployment, "s3").create_bucket(Bucket="pages")
    for name, body in (("index.html", "<title>Published</title>"), ("console.html", CONSOLE)):
        client(deployment, "s3").put_object(Bucket="pages", Key=name, Body=body.encode(), ContentType="text/html")
    yield deployment
    Engine(deployment).stop()


def client(deployment: Deployment, service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=deployment.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}),
    )


def is_whole(deployment: Deployment) -> bool:
    """Whether all that was made is still there, and nothing else."""
    secrets = client(deployment, "secretsmanager").list_secrets()["SecretList"]
    buckets = client(deployment, "s3").list_buckets()["Buckets"]
    functions = client(deployment, "lambda").list_functions()["Functions"]
    queues = client(deployment, "sqs").list_queues().get("QueueUrls", [])
    return [len(each) for each in (secrets, buckets, functions, queues)] == [1, 1, 0, 0]


def ask(deployment: Deployment, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", deployment.port, timeout=30)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    return answer.status, f"{answer.getheader('access-control-allow-origin')} {told}"


def test_programs_use_the_engine_with_its_key(deployment: Deployment) -> None:
    assert client(deployment, "secretsmanager").get_secret_value(SecretId="token")["SecretString"] == SECRET
    assert ask(deployment, "GET", "/_ministack/health", {})[0] == 200


@pytest.mark.parametrize("foreign", [
    {"Origin": "https://elsewhere.example"}, {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, {"Host": "elsewhere.example:80"},
    {"Host": "127.0.0.1.nip.io"},
])  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [
    ("POST", "/_ministack/reset"), ("POST", "/%5fministack/reset"), ("POST", "/"), ("GET", "/2015-03-31/functions"),
    ("POST", "/2015-03-31/functions"), ("OPTIONS", "/"), ("GET", "/?Action=DeleteQueue"), ("GET", "/pages/index.html"),
    ("DELETE", "/pages/index.html"), ("GET", "/_ministack/health"),
])  # fmt: skip
def test_what_comes_from_elsewhere_is_refused_and_may_not_be_read(
    deployment: Deployment, method: str, path: str, foreign: dict[str, str]
) -> None:
    signed = {"Content-Type": "text/plain", "X-Amz-Target": "secretsmanager.ListSecrets"}
    status, told = ask(deployment, method, path, {**signed, **foreign}, body="{}" if method == "POST" else "")
    assert status == 403
    assert told.startswith("None ")
    assert SECRET not in told
    assert is_whole(deployment)


@pytest.mark.parametrize("request_line", [
    "POST http://127.0.0.1/_ministack/reset HTTP/1.1", "POST http://elsewhere.example/_ministack/reset HTTP/1.1",
    "POST //elsewhere.example/_ministack/reset HTTP/1.1", "POST /_ministack/reset HTTP/1.0",
    "POST /x/../_ministack/reset HTTP/1.1", "POST /_ministack/reset HTTP/0.9",
])  # fmt: skip
@pytest.mark.parametrize("hosts", [[], ["elsewhere.example"], ["127.0.0.1", "elsewhere.example"]])
def test_odd_request_lines_and_hosts_are_no_way_in(deployment: Deployment, request_line: str, hosts: list[str]) -> None:
    lines = [request_line, *(f"Host: {host}" for host in hosts), "Content-Length: 0", "Connection: close"]
    with socket.create_connection(("127.0.0.1", deployment.port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = connection.recv(65536).decode()
    assert not re.match(r"HTTP/1\.[01] 2", answer), answer
    assert is_whole(deployment)


def test_a_page_opens_no_websocket(deployment: Deployment) -> None:
    upgrade = {
        "Origin": "https://elsewhere.example", "Connection": "Upgrade", "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    assert ask(deployment, "GET", "/_aws/execute-api/abcd1234/live", upgrade)[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_hostile_page_in_a_real_browser_gets_and_does_nothing(deployment: Deployment, host: str) -> None:
    """Another port of the same host is the same site, and another host another site."""
    find_browser()
    page = HostilePage(ATTACKS.replace("ENGINE", f"127.0.0.1:{deployment.port}"))
    with page.served():
        report = page.opened(f"http://{host}:{page.port}/")
    assert len(report) == 11
    assert {name: told for name, told in report.items() if not re.match("no |opaque", told)} == {}
    assert is_whole(deployment)


def test_a_name_that_was_made_to_lead_here_shows_a_refusal(deployment: Deployment) -> None:
    """As by DNS rebinding: for the browser it is that page's own origin."""
    rules = "--host-resolver-rules=MAP elsewhere.example 127.0.0.1"
    document = shown(f"http://elsewhere.example:{deployment.port}/_ministack/health", rules)
    assert "Its Host is not this machine" in document
    assert "services" not in document


def test_the_console_signs_in_from_its_own_origin_and_administers_nothing(deployment: Deployment) -> None:
    find_browser()
    page = HostilePage("")
    with page.served():
        client(deployment, "s3").put_object(
            Bucket="pages", Key="console.html", ContentType="text/html",
            Body=CONSOLE.replace("REPORT", f"http://127.0.0.1:{page.port}/report").encode(),
        )  # fmt: skip
        report = page.opened(f"http://localhost:{deployment.port}/pages/console.html")
    assert report == {"page": "200", "sign-in": "400", "reset": "403", "secrets": "403", "users": "403"}
    assert is_whole(deployment)


def test_a_published_page_is_shown_by_a_browser(deployment: Deployment) -> None:
    assert "Published" in shown(f"{deployment.endpoint_url}/pages/index.html?utm_source=mastodon")


def test_the_engine_listens_on_one_port_of_this_machine_alone(deployment: Deployment) -> None:
    running = Engine(deployment).running()
    assert running is not None
    listening = [line.split()[1:2] + line.split()[3:4] + line.split()[9:10] for line in _tcp_lines()]
    own = {os.readlink(each) for each in Path(f"/proc/{running.pid}/fd").iterdir() if each.is_symlink()}
    ports = [local for local, state, inode in listening if state == "0A" and f"socket:[{inode}]" in own]
    assert ports == [f"0100007F:{deployment.port:04X}"]


def test_code_on_the_engine_finds_a_home_of_its_own_and_nothing_of_the_operators(deployment: Deployment) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "probe.py", "import os\ndef told(*_): return {**os.environ, 'home': os.path.expanduser('~')}\n"
        )
    functions = client(deployment, "lambda")
    functions.create_function(
        FunctionName="probe", Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}", Handler="probe.told",
        Role="arn:aws:iam::000000000000:role/probe", Code={"ZipFile": packed.getvalue()},
    )  # fmt: skip
    try:
        functions.get_waiter("function_active_v2").wait(FunctionName="probe", WaiterConfig={"Delay": 1})
        environ = json.loads(functions.invoke(FunctionName="probe")["Payload"].read())
    finally:
        functions.delete_function(FunctionName="probe")
    assert Path(environ["HOME"]).is_relative_to(deployment.root)
    assert environ["home"] == environ["HOME"]
    assert environ["AWS_LAMBDA_FUNCTION_NAME"] == "probe"
    assert not {"SSH_AUTH_SOCK", "AWS_PROFILE", "PYTHONPATH", "XDG_CONFIG_HOME", "USER"} & environ.keys()


def _tcp_lines() -> list[str]:
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    return [line for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
