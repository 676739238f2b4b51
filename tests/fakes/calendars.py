"""A calendar server of one's own: real HTTPS on this machine, with everything that can be wrong with one."""

import gzip
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MEGABYTE = b"x" * 1_000_000


def certify(folder: Path) -> Path:
    """A certificate for localhost that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(made - timedelta(days=3650))
        .not_valid_after(made + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "localhost.pem"
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, pkcs8, plain)
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)
    return file


class CalendarServer:
    """`text` is what every *.ics gives out now, under an ETag of its own. `asked`: the requests, path and headers."""

    def __init__(self, certificate: Path) -> None:
        self.text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
        self.down = False
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def base(self) -> str:
        return f"https://localhost:{self._server.server_address[1]}"

    def day_off(self, day: str, uid: str = "1", more: str = "") -> str:
        """One whole day ("20261124") as an event."""
        return f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART;VALUE=DATE:{day}\r\nSUMMARY:Very private\r\n{more}END:VEVENT\r\n"

    def shows(self, *events: str) -> None:
        self.text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n"

    def close(self) -> None:
        """More than once does no harm."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                server.answer(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody listens."""

        return Handler

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        etag = f'"{hash(self.text)}"'
        if self.down:
            _send(to, 503, b"")
        elif to.path.endswith(".ics") and to.headers.get("If-None-Match") == etag:
            _send(to, 304, b"", ETag=etag)
        elif to.path.endswith(".ics"):
            _send(to, 200, self.text.encode(), ETag=etag)
        elif to.path in ODD:
            status, headers, body = ODD[to.path]
            _send(to, status, body, **{name: value.replace("{base}", self.base) for name, value in headers.items()})
        elif to.path == "/slow":
            _dribble(to)
        elif to.path == "/huge":
            _pour(to)
        else:
            _send(to, 404, b"")


ODD: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/html": (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Sign in</title>"),
    "/bomb": (200, {"Content-Encoding": "gzip"}, gzip.compress(MEGABYTE * 50)),
    "/bomb-in-a-bomb": (200, {"Content-Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(MEGABYTE * 50))),
    "/no-gzip": (200, {"Content-Encoding": "gzip"}, b"BEGIN:VCALENDAR"),
    "/zip": (200, {"Content-Type": "application/zip"}, b"PK\x03\x04" + bytes(1000)),
    "/latin": (200, {}, b"BEGIN:VCALENDAR\r\nX-NAME:\xe9\xff\xfe\r\nEND:VCALENDAR\r\n"),
    "/packed": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")),
    "/gone": (410, {}, b""),
    "/forbidden": (403, {}, b""),
    "/moved": (302, {"Location": "/team.ics"}, b""),
    "/loop": (302, {"Location": "{base}/loop"}, b""),
    "/to-http": (302, {"Location": "http://localhost/team.ics"}, b""),
    "/to-inside": (302, {"Location": "https://169.254.169.254/latest/meta-data"}, b""),
    "/to-a-file": (302, {"Location": "file:///etc/passwd"}, b""),
}


def _send(to: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    to.send_response(status)
    for name, value in headers.items():
        to.send_header(name.replace("_", "-"), value)
    to.send_header("Content-Length", str(len(body)))
    to.end_headers()
    to.wfile.write(body)


def _dribble(to: BaseHTTPRequestHandler) -> None:
    """A byte now and then, so that no single wait is long."""
    to.send_response(200)
    to.end_headers()
    for _ in range(40):
        to.wfile.write(b"B")
        to.wfile.flush()
        time.sleep(0.05)


def _pour(to: BaseHTTPRequestHandler) -> None:
    """Three megabytes, without saying so first."""
    to.send_response(200)
    to.end_headers()
    for _ in range(3):
        to.wfile.write(MEGABYTE)
