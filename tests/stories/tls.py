"""A throw-away certificate authority, and a practice forge behind TLS and below a path."""

import contextlib
import datetime as dt
import ipaddress
import threading
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server
from werkzeug.wrappers import Request

from infra.practice_forge.server import PracticeForge, QuietHandler


def make_authority(folder: Path) -> tuple[Path, Path, Path]:
    """Make a CA and a certificate of it for 127.0.0.1; return the files of CA, certificate and key."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Throw-away CA")])
    ca = _certificate(ca_name, ca_name, ca_key.public_key(), is_ca=True).sign(ca_key, hashes.SHA256())
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    leaf = _certificate(name, ca_name, key.public_key(), is_ca=False).add_extension(host, critical=False)
    files = folder / "ca.pem", folder / "leaf.pem", folder / "leaf.key"
    files[0].write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(leaf.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[2].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return files


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, is_ca: bool
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(days=1))
    return builder.add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)


@contextlib.contextmanager
def behind_tls(forge: PracticeForge, certificate: Path, key: Path, *, prefix: str) -> Iterator[str]:
    """Serve a started practice forge once more, by HTTPS and below `prefix`; yield that address."""
    site = DispatcherMiddleware(NotFound(), {prefix: Request.application(forge.site().answer)})
    files = str(certificate), str(key)
    server = make_server("127.0.0.1", 0, site, threaded=True, request_handler=QuietHandler, ssl_context=files)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    plain, forge.forge.base_url = forge.forge.base_url, f"https://127.0.0.1:{server.port}{prefix}"
    try:
        yield forge.forge.base_url
    finally:
        forge.forge.base_url = plain
        server.shutdown()
        thread.join()
        server.server_close()
