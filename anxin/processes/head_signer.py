"""Signing the heads of the audit chains, as the settings say: by which key, and where they are kept."""

from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from obstore.exceptions import BaseError as StoreError

from anxin.processes.startup import CannotStart
from core.audit import signing, trail
from core.db import Database
from core.settings import Settings
from plugins.signed_heads import SignedHeadsKeeper


class HeadSigner(NamedTuple):
    """What signs the audit chains' heads, and where they are kept."""

    key: Ed25519PrivateKey
    keeper: SignedHeadsKeeper

    async def sign(self, db: Database, at: datetime) -> None:
        async with db.read_everything() as session:
            heads = await trail.read_heads(session)
        await self.keeper.keep(signing.sign(heads, at, self.key), at)


def load_signer(settings: Settings) -> HeadSigner | None:
    """None where nothing is signed. Raises CannotStart."""
    if settings.audit_key is None and settings.audit_heads is None:
        return None
    if settings.audit_key is None or settings.audit_heads is None:
        raise CannotStart("ANXIN_AUDIT_KEY and ANXIN_AUDIT_HEADS go together: what signs, and where it is written")
    try:
        key = signing.read_private_key(settings.audit_key.get_secret_value())
    except signing.KeyUnusable as unusable:
        raise CannotStart(f"ANXIN_AUDIT_KEY: {unusable}") from None
    try:
        return HeadSigner(key, SignedHeadsKeeper(settings.audit_heads))
    except (OSError, StoreError, ValueError) as error:
        raise CannotStart(
            f"ANXIN_AUDIT_HEADS: {error}; name a file that can be appended to, or s3://bucket/prefix"
        ) from error
