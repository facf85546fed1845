"""What the product and the stand-in know of each other: its API's credentials, its signing keys.

The credentials are no secrets: the stand-in listens on this machine alone and reaches nobody.
What it signs webhooks with is secret, for those may come to an address that the world can reach;
both are made once, in the stand-in's folder, by whoever needs them first.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from contacts.settings_file.private import kept, make_private

API_KEY = "SG.standin-rehearsal-key"
ACCOUNT_SID = "AC00000000000000000000000057a4d1"
AUTH_TOKEN = "standin-rehearsal-token"  # noqa: S105  # for the stand-in's API only


@dataclass(frozen=True, slots=True, repr=False)
class SigningKeys:
    """What the stand-in signs its webhooks with."""

    private_pem: bytes
    twilio_token: str

    def public_key(self) -> str:
        """The public key as SendGrid's settings page shows one: DER in base64."""
        public = load_pem_private_key(self.private_pem, password=None).public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode("ascii")

    def fingerprint(self) -> str:
        """Tells one stand-in from another, and no secret."""
        return hashlib.sha256(self.public_key().encode("ascii")).hexdigest()[:16]


def standin_folder(state: Path) -> Path:
    """Where a workspace's stand-in keeps its keys and its log."""
    return state / "standin"


def signing_keys(folder: Path) -> SigningKeys:
    """The keys of the stand-in in `folder`, made at the first call."""
    make_private(folder)
    return SigningKeys(
        private_pem=kept(folder / "sendgrid_private.pem", _new_private_pem),
        twilio_token=kept(folder / "twilio_token", _new_token).decode("ascii"),
    )


def _new_private_pem() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _new_token() -> bytes:
    return secrets.token_hex(16).encode("ascii")
