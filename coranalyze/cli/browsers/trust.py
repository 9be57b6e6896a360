"""The certificate authority that a browser has to trust for one capture."""

import base64
import hashlib
import ssl
from pathlib import Path
from typing import NamedTuple


class CA(NamedTuple):
    """A certificate that signs the answers of the proxy."""

    der: bytes
    spki_sha256: str
    """Base64 of the SHA-256 of its SubjectPublicKeyInfo, as Chromium wants it."""


def read_ca(path: Path) -> CA:
    """From a PEM file with the certificate."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509 import load_der_x509_certificate

    der = ssl.PEM_cert_to_DER_cert(path.read_text("ascii"))
    key = load_der_x509_certificate(der).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return CA(der, base64.b64encode(hashlib.sha256(spki).digest()).decode())
