"""The embedded server: where it listens, and TLS."""

from __future__ import annotations

import datetime
import gc
import ipaddress
import pathlib
import signal
import socket
import threading

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography import x509
import ddt
import fixtures
import requests
import testtools

from moganclient.service.cmd import serve
from moganclient.service import conf as service_conf
from moganclient.service import exceptions

#: Seconds after which something that hangs is given up; nothing is timed.
PATIENCE = 120


class Certificate(fixtures.Fixture):
    """A certificate of 127.0.0.1 and its key, as files."""

    def _setUp(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.cert = str(directory / 'cert.pem')
        self.key = str(directory / 'key.pem')
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([])
        now = datetime.datetime.now(datetime.UTC)
        day = datetime.timedelta(days=1)
        address = x509.IPAddress(ipaddress.ip_address('127.0.0.1'))
        cert = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(
                x509.SubjectAlternativeName([address]), critical=True
            )
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        pathlib.Path(self.cert).write_bytes(cert.public_bytes(pem))
        pathlib.Path(self.key).write_bytes(
            key.private_bytes(
                pem,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


def _hello(environ, start_response):
    start_response('200 OK', [('Content-Length', '5')])
    return [environ['wsgi.url_scheme'].encode()]


class TlsTest(testtools.TestCase):
    def conf(self, **options):
        conf = service_conf.load(config_files=[])
        for name, value in {'port': 0, 'threads': 2, **options}.items():
            conf.set_override(name, value, 'api')
        return conf

    def refused(self, **options):
        error = self.assertRaises(
            exceptions.ConfigError,
            serve.Server,
            _hello,
            self.conf(**options),
        )
        return str(error)

    def test_certificate_makes_it_speak_tls(self):
        files = self.useFixture(Certificate())
        server = serve.Server(
            _hello,
            self.conf(tls_cert_file=files.cert, tls_key_file=files.key),
        )
        self.useFixture(_Running(server))
        self.assertTrue(server.url.startswith('https://127.0.0.1:'))
        found = requests.get(server.url, verify=files.cert, timeout=PATIENCE)
        self.assertEqual('https', found.text)

    def test_certificate_without_key_is_refused(self):
        self.assertIn('tls_key_file', self.refused(tls_cert_file='/x'))

    def test_missing_file_is_named(self):
        self.assertIn(
            '/nonesuch',
            self.refused(tls_cert_file='/nonesuch', tls_key_file='/x'),
        )

    def test_key_of_another_certificate_is_refused(self):
        one, other = (self.useFixture(Certificate()) for _ in range(2))
        sentence = self.refused(tls_cert_file=one.cert, tls_key_file=other.key)
        self.assertIn(one.cert, sentence)
        self.assertIn(other.key, sentence)


class _Running(fixtures.Fixture):
    """A server that serves in a thread, without signals."""

    def __init__(self, server):
        super().__init__()
        self._server = server

    def _setUp(self):
        thread = threading.Thread(target=self._server._serve)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self._server.close)


@ddt.ddt
class ListenTest(testtools.TestCase):
    def conf(self, host, port=0):
        conf = service_conf.load(config_files=[])
        conf.set_override('host', host, 'api')
        conf.set_override('port', port, 'api')
        conf.set_override('threads', 1, 'api')
        return conf

    def test_free_port_is_in_the_url(self):
        server = serve.Server(_hello, self.conf('127.0.0.1'))
        self.addCleanup(server.close)
        self.assertNotEqual('0', server.url.rpartition(':')[2])

    def test_what_is_there_at_the_start_is_not_collected(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        server = serve.Server(_hello, self.conf('127.0.0.1'))
        server._stop.set()
        self.addCleanup(gc.unfreeze)
        server.run()
        self.assertNotEqual(0, gc.get_freeze_count())

    def test_wildcard_address_is_reached_on_loopback(self):
        server = serve.Server(_hello, self.conf('0.0.0.0'))
        self.addCleanup(server.close)
        self.assertTrue(server.url.startswith('http://127.0.0.1:'))

    def test_port_in_use_is_named(self):
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            port = taken.getsockname()[1]
            error = self.assertRaises(
                exceptions.ConfigError,
                serve.Server,
                _hello,
                self.conf('127.0.0.1', port),
            )
        self.assertIn(f'Port {port} of 127.0.0.1 is in use', str(error))

    def test_address_of_somebody_else_is_named(self):
        error = self.assertRaises(
            exceptions.ConfigError,
            serve.Server,
            _hello,
            self.conf('192.0.2.1'),
        )
        self.assertIn('192.0.2.1', str(error))
        self.assertNotIn('Errno', str(error))

    def test_name_that_is_none_is_named(self):
        error = self.assertRaises(
            exceptions.ConfigError,
            serve.Server,
            _hello,
            self.conf('nonesuch.invalid'),
        )
        self.assertIn('"nonesuch.invalid"', str(error))
        self.assertNotIn('Errno', str(error))

    @ddt.data('127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost')
    def test_loopback(self, host):
        self.assertTrue(serve.is_loopback(host))

    @ddt.data('0.0.0.0', '::', '10.0.0.1', 'api.example', '')
    def test_not_loopback(self, host):
        self.assertFalse(serve.is_loopback(host))
