"""`voxaffect serve` itself: where it may listen, what it needs, how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="needs the extra server")

from voxaffect import InvalidValueError, UnknownNameError
from voxaffect.cli import main
from voxaffect.server.limits import Limits
from voxaffect.server.run import is_loopback
from voxaffect.testing.machine import PATIENCE_S, needs
from websockets.sync.client import connect

PROGRAM = "from voxaffect.cli import main; raise SystemExit(main())"
KEY = "a key of many letters"


def run_serve(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Exit code and standard error of a command that does not get so far as to listen."""
    code = main(["serve", "--backend", "prosodic", *arguments])
    return code, capsys.readouterr().err


@contextlib.contextmanager
def begun_process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The real command on a free port, in a group of its own; ended with all that it began."""
    patient = [word for name in ("header_s", "send_s") for word in ("--limit", f"{name}={PATIENCE_S}")]
    options = ["--backend", "prosodic", "--port", "0", *patient, *arguments]
    command = [sys.executable, "-c", PROGRAM, "serve", *options]
    begun = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert begun.stderr is not None
        said = begun.stderr.readline()
        address = re.search(r"https?://127\.0\.0\.1:\d+", said)
        assert address, said
        yield begun, address[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(begun.pid, signal.SIGKILL)
        begun.communicate()


@pytest.fixture
def process() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """One with a process for its streams."""
    with begun_process("--processes", "1") as begun:
        yield begun


def children(pid: int) -> list[int]:
    """Processes that one began."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if int(parent) == pid:
            found.append(int(stat.parent.name))
    return found


def test_a_port_that_is_taken_is_one_line_that_says_what_to_do(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = run_serve(capsys, "--port", str(port), "--processes", "0")
    assert code == 1
    assert said == (
        f"error: cannot listen on 127.0.0.1, port {port}: address already in use; "
        "choose another port with --port N, 0 for one that is free\n"
    )


def test_an_address_of_another_machine_is_one_line_that_says_what_to_do(capsys):
    # Of a network for documentation, RFC 5737: no machine has it.
    code, said = run_serve(capsys, "--host", "192.0.2.1", "--insecure", "--port", "0", "--processes", "0")
    assert code == 1
    assert "--host takes an address of this machine" in said.splitlines()[-1]


@pytest.mark.slow
def test_the_command_serves_until_it_is_told_to_end(process):
    server, address = process
    with urllib.request.urlopen(f"{address}/health") as response:
        assert response.status == 200
    server.terminate()
    assert server.wait(PATIENCE_S) == -signal.SIGTERM
    assert server.stderr.read() == ""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Of localhost, with its key."""
    pem = tmp_path / "voice.pem"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {0} -out {0}.crt"
    subprocess.run(make.format(pem).split(), check=True, capture_output=True)
    pem.write_text(pem.read_text() + Path(f"{pem}.crt").read_text())
    return pem


@pytest.mark.slow
@needs("openssl")
def test_a_stream_that_is_asked_for_with_the_last_of_the_handshake_begins(certificate):
    """As a busy machine reads it: both at once, before TLS has sent its own last words."""
    ask = (
        "GET /v1/stream?rate_hz=16000 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
    )
    context = ssl.create_default_context(cafile=certificate)
    with begun_process("--processes", "0", "--certificate", str(certificate)) as (_, address):
        come, go = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(come, go, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2]))) as client:

            def until_done(step):
                while True:
                    with contextlib.suppress(ssl.SSLWantReadError):
                        return step()
                    client.sendall(go.read())
                    come.write(client.recv(65_536)) or come.write_eof()

            until_done(tls.do_handshake)
            tls.write(ask.encode())
            client.sendall(go.read())
            assert until_done(lambda: tls.read(100)).startswith(b"HTTP/1.1 101")


@pytest.mark.slow
@needs("openssl")
def test_https_serves_requests_and_streams_until_ctrl_c(certificate):
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    with begun_process("--processes", "0", "--certificate", str(certificate)) as (server, address):
        with urllib.request.urlopen(f"{address}/v1/backends", context=context) as response:
            assert json.load(response)[0]["name"] == "prosodic"
        stream = f"wss{address.removeprefix('https')}/v1/stream?rate_hz=16000"
        patient = {"open_timeout": PATIENCE_S, "ping_interval": None}
        with connect(stream, ssl=context, compression=None, proxy=None, **patient) as socket:
            assert json.loads(socket.recv())["type"] == "session"
            socket.send(bytes(40_000))
            assert json.loads(socket.recv())["type"] == "window"
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE_S) == 130
        assert "Traceback" not in server.stderr.read()


def test_a_certificate_that_is_none_is_refused(capsys, tmp_path):
    (tmp_path / "no.pem").write_text("no certificate")
    for name in ("no.pem", "nothing.pem"):
        code, said = run_serve(capsys, "--certificate", str(tmp_path / name))
        assert code == 2
        assert "cannot use the certificate" in said


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_no_process_outlives_a_server_that_was_killed(process, wait_until):
    server, _ = process
    begun = children(server.pid)
    assert begun
    server.kill()
    server.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in begun if not is_zombie(pid)))


def is_zombie(pid: int) -> bool:
    """Whether only its parent has not asked yet how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_another_machine_is_let_in_only_with_a_key_or_by_word(capsys):
    code, said = run_serve(capsys, "--host", "0.0.0.0")
    assert code == 2
    assert "API key" in said
    assert "--insecure" in said


def test_behind_a_proxy_others_are_let_in_only_with_a_key_or_by_word(capsys):
    code, said = run_serve(capsys, "--trusted-proxy", "127.0.0.1")
    assert code == 2
    assert "through a proxy" in said


@pytest.mark.parametrize("proxy", ["proxy.example", "10.0.0.1/8", "0.0.0.0/0", "::/0", "*"])
def test_a_proxy_that_is_no_address_or_everybody_is_refused(capsys, proxy):
    code, said = run_serve(capsys, "--trusted-proxy", proxy)
    assert code == 2
    assert "prox" in said


@pytest.mark.parametrize("key", ["short", "ключ из многих букв", "a key\nof two lines and more"])
def test_a_key_that_can_be_guessed_or_cannot_be_sent_is_refused(capsys, monkeypatch, key):
    monkeypatch.setenv("VOXAFFECT_API_KEY", key)
    code, said = run_serve(capsys)
    assert code == 2
    assert "16 printable ASCII characters" in said
    assert key not in said


def test_a_key_is_read_from_a_file(capsys, tmp_path):
    code, said = run_serve(capsys, "--api-key-file", str(tmp_path / "nothing"))
    assert code == 2
    assert "cannot read the API key" in said


def test_a_limit_that_is_none_is_refused(capsys):
    assert run_serve(capsys, "--limit", "patience=1")[0] == 2
    assert run_serve(capsys, "--limit", "streams=many")[0] == 2


def test_without_the_extra_the_command_says_how_to_get_it(tmp_path):
    for name in ("uvicorn", "starlette", "websockets"):
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('no', name={name!r})")
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM, "serve"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode != 0
    assert "pip install 'voxaffect[server]'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_only_this_machine_reaches_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1"])
def test_others_reach_all_else(host):
    assert not is_loopback(host)


def test_a_host_without_an_address_is_refused():
    with pytest.raises(InvalidValueError, match="cannot listen"):
        is_loopback("no such host")


def test_limits_are_read_from_texts():
    assert Limits.parse(["streams=2", "audio_s=1.5"]) == Limits(streams=2, audio_s=1.5)
    with pytest.raises(UnknownNameError):
        Limits.parse(["stream=2"])
    for text in ("streams", "streams=", "streams=-1", "streams=nan"):
        with pytest.raises(InvalidValueError):
            Limits.parse([text])
