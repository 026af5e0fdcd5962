"""Signed heads: where every chain ended, said outside the database under a key that is never in it.

Whoever owns the database can rewrite a chain's end and compute every digest anew: by itself the chain is whole then. It
does not pass through the heads that were signed before, and nobody makes others without the private key. The public
half proves them.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Heads = Mapping[str, tuple[int, str]]
"""The last entry's number and digest in hex, by chain."""
_PURPOSE = b"anxin audit heads 1\n"
"""Before what is signed, so that no other signature of the same key can stand for one of these."""


class KeyUnusable(ValueError):
    """What is wrong with a key, and what to do."""


@dataclass(frozen=True)
class SignedHeads:
    at: datetime
    heads: Heads


@dataclass(frozen=True)
class SignedFile:
    """What was signed, the oldest first, and the numbers of lines that nobody signed with that key as they stand."""

    signed: Sequence[SignedHeads]
    wrong_lines: Sequence[int]


def sign(heads: Heads, at: datetime, key: Ed25519PrivateKey) -> str:
    """One line of JSON, its end included."""
    stated = {"at": at.astimezone(UTC).isoformat(), "heads": {chain: list(head) for chain, head in heads.items()}}
    signature = base64.b64encode(key.sign(_PURPOSE + _canonical(stated))).decode()
    return json.dumps({**stated, "signature": signature}, ensure_ascii=False) + "\n"


def read_signed(lines: Iterable[str], key: Ed25519PublicKey) -> SignedFile:
    signed, wrong = list[SignedHeads](), list[int]()
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                signed.append(_read_line(line, key))
            except (InvalidSignature, ValueError, TypeError, KeyError, AttributeError, RecursionError):
                wrong.append(number)
    return SignedFile(sorted(signed, key=lambda one: one.at), wrong)


def _read_line(line: str, key: Ed25519PublicKey) -> SignedHeads:
    said = json.loads(line)
    stated = {"at": said["at"], "heads": said["heads"]}
    try:
        key.verify(base64.b64decode(said["signature"], validate=True), _PURPOSE + _canonical(stated))
    except binascii.Error as error:
        raise ValueError("no signature") from error
    heads = {chain: (int(number), str(digest)) for chain, (number, digest) in said["heads"].items()}
    return SignedHeads(datetime.fromisoformat(said["at"]), heads)


def _canonical(stated: object) -> bytes:
    return json.dumps(stated, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def make_key() -> tuple[bytes, bytes]:
    """A private and its public key, as PEM."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public


def read_private_key(file_or_text: str) -> Ed25519PrivateKey:
    """Raises KeyUnusable, which does not repeat the key."""
    try:
        key = serialization.load_pem_private_key(_read_pem(file_or_text), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable("no private key; name the file that `anxin audit key` made, or give its text") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable("a key of another kind; `anxin audit key` makes an Ed25519 key")
    return key


def read_public_key(file_or_text: str) -> Ed25519PublicKey:
    """Raises KeyUnusable."""
    try:
        key = serialization.load_pem_public_key(_read_pem(file_or_text))
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnusable("no public key; name the file *.pub that `anxin audit key` made") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable("a key of another kind; name the file *.pub that `anxin audit key` made")
    return key


def _read_pem(file_or_text: str) -> bytes:
    return file_or_text.encode() if "-----BEGIN" in file_or_text else Path(file_or_text).read_bytes()
