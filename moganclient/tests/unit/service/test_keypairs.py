"""Keypairs that are made, and public keys that people send."""

import base64
import datetime
import hashlib

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography import x509
from cryptography.x509 import oid
import ddt
import testtools

from moganclient.service import context
from moganclient.service import exceptions
from moganclient.service import keypairs

#: As the retired server stored it, with the fingerprint that it told.
CAPTURED = (
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDCnBt4o3+Y6gd/ZuY6cZzp5hFpWn2MY0NW'
    'aurZxIGjsNB6HTLkqG37DxYwvvv8KcfTfqm+7Hob7I//SndxHXS8GiKoUEzY4C4PLTcmswa0'
    'fjIiiSHugSGR8v07TEoWBctVtcKBgwd+fHe2E3r54SLgYk+Sbn2D31Edu5tBnICfc848yDmA'
    '25dV+SLMHCSe69zfOls+KqfgSMtD5HQniwpg6cdiqNUJFNHAvbihJ6kFCOk8J7szFcbOfZ/u'
    '7R77b/2F/gRL8ZB5oJHSGUSiPahlUIqkeiz/YtKF3HvcemEoUJzFTTjqp4Psc+jdmvVzwBsW'
    'N7e2aNRuKSNyjDE53ikF Generated-by-Mogan'
)
CAPTURED_FINGERPRINT = 'd0:30:c2:c6:38:ce:e5:15:74:b1:5d:70:d3:15:99:be'


def ssh(key):
    """The public half as OpenSSH writes it, without a comment."""
    return (
        key.public_key()
        .public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        .decode()
    )


class GenerateTest(testtools.TestCase):
    def test_ssh_key_is_one_pair(self):
        made = keypairs.generate('ssh', 'someone')
        private = serialization.load_pem_private_key(
            made.private_key.encode(), None
        )
        self.assertIsInstance(private, rsa.RSAPrivateKey)
        self.assertEqual(3072, private.key_size)
        self.assertEqual(
            f'{ssh(private)} Generated-by-moganclient', made.public_key
        )

    def test_ssh_key_is_in_the_form_that_every_ssh_reads(self):
        made = keypairs.generate('ssh', 'someone')
        self.assertTrue(
            made.private_key.startswith('-----BEGIN RSA PRIVATE KEY-----\n')
        )
        self.assertTrue(
            made.private_key.endswith('\n-----END RSA PRIVATE KEY-----\n')
        )

    def test_fingerprint_is_that_of_the_key_when_it_is_imported(self):
        made = keypairs.generate('ssh', 'someone')
        self.assertEqual(
            made.fingerprint, keypairs.read('ssh', made.public_key).fingerprint
        )

    def test_private_half_is_not_shown_by_accident(self):
        made = keypairs.Generated('public', '00:11', 'secret')
        self.assertNotIn('secret', repr(made))

    def test_certificate_is_of_the_key_in_the_bundle(self):
        made = keypairs.generate('x509', 'someone')
        certificate = x509.load_pem_x509_certificate(made.public_key.encode())
        key, bundled, more = pkcs12.load_key_and_certificates(
            base64.b64decode(made.private_key), None
        )
        self.assertEqual((certificate, []), (bundled, more))
        self.assertEqual(ssh(key), ssh_of_certificate(certificate))
        certificate.verify_directly_issued_by(certificate)

    def test_certificate_is_for_logging_in_as_the_user(self):
        made = keypairs.generate('x509', 'someone')
        certificate = x509.load_pem_x509_certificate(made.public_key.encode())
        self.assertEqual('CN=someone', certificate.subject.rfc4514_string())
        [usage] = certificate.extensions.get_extension_for_class(
            x509.ExtendedKeyUsage
        ).value
        self.assertEqual(oid.ExtendedKeyUsageOID.CLIENT_AUTH, usage)
        [name] = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
        self.assertEqual(
            ('1.3.6.1.4.1.311.20.2.3', b'\x0c\x11someone@localhost'),
            (name.type_id.dotted_string, name.value),
        )
        self.assertEqual(
            datetime.timedelta(days=3650),
            certificate.not_valid_after_utc - certificate.not_valid_before_utc,
        )

    def test_certificate_of_a_user_with_a_long_id(self):
        user = '\N{CAT FACE}' * 64
        made = keypairs.generate('x509', user)
        certificate = x509.load_pem_x509_certificate(made.public_key.encode())
        [name] = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
        content = f'{user}@localhost'.encode()
        self.assertEqual(
            b'\x0c\x82' + len(content).to_bytes(2, 'big') + content, name.value
        )

    def test_fingerprint_of_a_certificate(self):
        made = keypairs.generate('x509', 'someone')
        certificate = x509.load_pem_x509_certificate(made.public_key.encode())
        self.assertEqual(
            certificate.fingerprint(hashes.SHA1()).hex(':'), made.fingerprint
        )
        self.assertEqual(
            made.fingerprint,
            keypairs.read('x509', made.public_key).fingerprint,
        )


def ssh_of_certificate(certificate):
    return (
        certificate.public_key()
        .public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        .decode()
    )


@ddt.ddt
class ReadTest(testtools.TestCase):
    def test_fingerprint_is_the_one_that_the_retired_server_told(self):
        found = keypairs.read('ssh', CAPTURED)
        self.assertEqual(
            (CAPTURED, CAPTURED_FINGERPRINT, None),
            (found.public_key, found.fingerprint, found.private_key),
        )

    def test_space_around_is_left_out(self):
        self.assertEqual(
            CAPTURED, keypairs.read('ssh', f'\n {CAPTURED}\r\n').public_key
        )

    def test_kinds_of_keys(self):
        for key in (
            ed25519.Ed25519PrivateKey.generate(),
            ec.generate_private_key(ec.SECP256R1()),
            ec.generate_private_key(ec.SECP521R1()),
        ):
            line = f'{ssh(key)} a comment of words'
            found = keypairs.read('ssh', line)
            blob = base64.b64decode(line.split()[1])
            self.assertEqual(
                (line, hashlib.md5(blob).hexdigest()),
                (found.public_key, found.fingerprint.replace(':', '')),
            )

    def test_key_without_comment(self):
        line = ssh(ed25519.Ed25519PrivateKey.generate())
        self.assertEqual(line, keypairs.read('ssh', line).public_key)

    def refused(self, kind, text):
        error = self.assertRaises(
            exceptions.BadRequest, keypairs.read, kind, text
        )
        self.assertEqual('invalid_public_key', error.code)
        return error.detail

    @ddt.data(
        ('nonsense', 'algorithm'),
        ('ssh-dss AAAAB3NzaC1kc3M=', 'algorithm'),
        ('ssh-rsa', 'behind "ssh-rsa" there is no key'),
        ('ssh-rsa not!base64', 'is not Base64'),
        ('ssh-rsa \N{CAT FACE}', 'is not Base64'),
        ('ssh-ed25519 ' + CAPTURED.split()[1], 'no key of that kind'),
        (CAPTURED[:200], 'no whole key'),
        (CAPTURED.split()[0] + ' ' + CAPTURED.split()[1][:28], 'no whole'),
        (f'{CAPTURED}\n{CAPTURED}', 'one line'),
        (f'command="rm -rf /" {CAPTURED}', 'algorithm'),
        ('   ', 'one line'),
    )
    @ddt.unpack
    def test_what_is_wrong_is_said(self, text, words):
        self.assertIn(words, self.refused('ssh', text))

    def test_short_rsa_key(self):
        # 768 bits, which no library makes any more.
        number = ((1 << 767) + 1).to_bytes(97, 'big')
        blob = b''.join(
            len(part).to_bytes(4, 'big') + part
            for part in (b'ssh-rsa', b'\x01\x00\x01', number)
        )
        line = 'ssh-rsa ' + base64.b64encode(blob).decode()
        self.assertIn('768 bits', self.refused('ssh', line))

    def test_private_key_is_refused_and_not_repeated(self):
        private = (
            '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n'
            '-----END OPENSSH PRIVATE KEY-----\n'
        )
        for kind in ('ssh', 'x509'):
            detail = self.refused(kind, private)
            self.assertIn('a private key', detail)
            self.assertNotIn('c2VjcmV0', detail)

    def test_certificate(self):
        made = keypairs.generate('x509', 'someone')
        found = keypairs.read('x509', '\n' + made.public_key.strip())
        self.assertEqual(
            (made.public_key, made.fingerprint, None),
            (found.public_key, found.fingerprint, found.private_key),
        )

    @ddt.data('nonsense', CAPTURED, '-----BEGIN CERTIFICATE-----\nAAAA\n')
    def test_no_certificate(self, text):
        self.assertIn('no certificate in PEM', self.refused('x509', text))

    def test_two_certificates(self):
        made = keypairs.generate('x509', 'someone').public_key
        self.assertIn('2 certificates', self.refused('x509', made + made))


class OwnerTest(testtools.TestCase):
    def test_caller(self):
        self.assertEqual('u1', keypairs.owner(context.Context(user_id='u1')))

    def test_nobody_where_nobody_logs_in(self):
        self.assertEqual('local', keypairs.owner(context.Context()))
