"""Keypairs: made here or imported, with fingerprints as people know them.

What is made is what the retired API made, but longer: an RSA key, its private
half in PEM, which every ssh reads; or a certificate that a Windows machine
takes for a login, with its key as PKCS #12 in Base64.  The private half is in
the answer to whoever asked, and nowhere else.

Sentences about a public key never repeat it: what people paste by mistake is
the private one.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import datetime
import hashlib

from cryptography import exceptions as crypto_exceptions
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography import x509
from cryptography.x509 import oid

from moganclient.service import context as service_context
from moganclient.service import exceptions

SSH = 'ssh'
X509 = 'x509'

#: Whose keypairs are where nobody logs in (``auth_strategy`` noauth).
NOBODY = 'local'

#: What ssh-keygen makes by default, in bits; RSA because every image and
#: every client of the retired API's time can read it.
_BITS = 3072
#: The least that OpenSSH takes.
_LEAST_BITS = 1024
_EXPONENT = 65537
_COMMENT = 'Generated-by-moganclient'

#: As long as the retired API's.
_VALIDITY = datetime.timedelta(days=3650)
#: Microsoft's user principal name, by which Windows finds the account.
_UPN = x509.ObjectIdentifier('1.3.6.1.4.1.311.20.2.3')

#: The algorithms that OpenSSH takes now.
_ALGORITHMS = (
    'ssh-ed25519',
    'ssh-rsa',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'sk-ssh-ed25519@openssh.com',
    'sk-ecdsa-sha2-nistp256@openssh.com',
)


@dataclasses.dataclass(slots=True, frozen=True)
class Generated:
    """A new keypair, or the public half of one that is imported."""

    public_key: str
    fingerprint: str
    #: None where it was imported.  Not shown: it must not get into a log.
    private_key: str | None = dataclasses.field(default=None, repr=False)


def owner(context: service_context.Context) -> str:
    """Whose the caller's keypairs are: the user's id, or :data:`NOBODY`."""
    return context.user_id or NOBODY


def generate(kind: str, user_id: str) -> Generated:
    """Make a keypair.

    :param kind: :data:`SSH` or :data:`X509`
    :param user_id: whose it will be; the name in a certificate
    """
    key = rsa.generate_private_key(_EXPONENT, _BITS)
    if kind == X509:
        return _certified(key, user_id)
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    line = f'{public.decode()} {_COMMENT}'
    return Generated(line, _md5(public.split()[1]), private.decode())


def read(kind: str, public_key: str) -> Generated:
    """Take a public key that somebody has.

    :param kind: :data:`SSH`: one line as in ``id_rsa.pub``; :data:`X509`: a
        certificate in PEM
    :raises moganclient.service.exceptions.BadRequest: it is none (``code``
        is ``invalid_public_key``); says what is wrong
    """
    text = public_key.strip()
    if 'PRIVATE KEY' in text:
        raise _bad(
            'it is a private key, which nobody else should ever see; send '
            'the public one'
        )
    if kind == X509:
        return _read_certificate(text)
    return _read_ssh(text)


def _read_ssh(text: str) -> Generated:
    if len(text.splitlines()) != 1:
        raise _bad('it has to be one line, as in a file ~/.ssh/id_*.pub')
    words = text.split(None, 2)
    if words[0] not in _ALGORITHMS:
        raise _bad(
            'it does not begin with the name of an algorithm that OpenSSH '
            f'takes ({", ".join(_ALGORITHMS)})'
        )
    if len(words) < 2:
        raise _bad(f'behind "{words[0]}" there is no key')
    encoded = words[1].encode()
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise _bad(f'what follows "{words[0]}" is not Base64') from None
    name = words[0].encode()
    if not blob.startswith(len(name).to_bytes(4, 'big') + name):
        raise _bad(f'what follows "{words[0]}" is no key of that kind')
    try:
        key = serialization.load_ssh_public_key(name + b' ' + encoded)
    except (ValueError, crypto_exceptions.UnsupportedAlgorithm):
        raise _bad(
            f'what follows "{words[0]}" is no whole key; perhaps a part of '
            'it was lost in copying'
        ) from None
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_BITS:
        raise _bad(
            f'it has {key.key_size} bits, and OpenSSH takes RSA keys from '
            f'{_LEAST_BITS} bits on'
        )
    return Generated(text, _md5(encoded))


def _read_certificate(text: str) -> Generated:
    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise _bad(
            'it is no certificate in PEM (-----BEGIN CERTIFICATE-----)'
        ) from None
    if len(certificates) != 1:
        raise _bad(
            f'it holds {len(certificates)} certificates; send the one alone '
            'that the key is of'
        )
    return Generated(text + '\n', _sha1(certificates[0]))


def _certified(key: rsa.RSAPrivateKey, user_id: str) -> Generated:
    """A certificate that the key itself has signed, for logging in."""
    # Bytes of it, at most.
    common = user_id.encode()[:64].decode(errors='ignore')
    name = x509.Name([x509.NameAttribute(oid.NameOID.COMMON_NAME, common)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + _VALIDITY)
        .add_extension(
            x509.ExtendedKeyUsage([oid.ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.OtherName(_UPN, _utf8_string(f'{user_id}@localhost'))]
            ),
            critical=False,
        )
        .add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    bundle = pkcs12.serialize_key_and_certificates(
        None, key, certificate, None, serialization.NoEncryption()
    )
    return Generated(
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        _sha1(certificate),
        base64.b64encode(bundle).decode(),
    )


def _utf8_string(text: str) -> bytes:
    """A text in DER."""
    content = text.encode()
    length = len(content)
    if length < 0x80:
        return bytes([0x0C, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, 'big')
    return bytes([0x0C, 0x80 | len(octets)]) + octets + content


def _md5(encoded: bytes) -> str:
    """The fingerprint that ``ssh-keygen -l -E md5`` shows, of the Base64."""
    digest = hashlib.md5(base64.b64decode(encoded), usedforsecurity=False)
    return digest.digest().hex(':')


def _sha1(certificate: x509.Certificate) -> str:
    # A name that others know it by, nothing that is relied on.
    return certificate.fingerprint(hashes.SHA1()).hex(':')  # noqa: S303


def _bad(why: str) -> exceptions.BadRequest:
    return exceptions.BadRequest(
        f'The public key cannot be taken: {why}.', code='invalid_public_key'
    )
