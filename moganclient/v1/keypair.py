"""Keypairs: what logs in to a new server."""

from __future__ import annotations

import builtins
from typing import ClassVar

from moganclient import resource
from moganclient.v1 import bodies
from moganclient.v1 import schemas
from moganclient.v1 import versions


class Keypair(resource.Resource):
    """The public half of a key, by its name and the user who has it.

    The private half is there once, where it was just made.
    """

    __slots__ = ()

    KIND: ClassVar[str] = 'keypair'
    KEY: ClassVar[str] = 'name'
    MAY_BE_HIDDEN: ClassVar[frozenset[str]] = frozenset({'private_key'})

    #: Unlike anything else of its user's.
    name: str
    #: ``ssh`` or ``x509``.
    type: str
    #: As OpenSSH writes it, or a certificate.
    public_key: str
    #: Only in the answer to :meth:`KeypairManager.create` without a public
    #: key, and kept nowhere else; None otherwise.
    private_key: str | None
    #: The MD5 fingerprint of an SSH key, the SHA1 one of a certificate.
    fingerprint: str
    #: Whose it is.
    user_id: str | None
    #: When it was made, ISO 8601.
    created_at: str | None
    #: When it was last changed, None for never.
    updated_at: str | None
    #: Where it is: ``{'rel': 'self', 'href': ...}`` each.
    links: builtins.list[dict[str, str]]


class KeypairManager(resource.Manager[Keypair]):
    """Makes, imports, lists, shows and deletes keypairs (1.4).

    Each method raises :class:`moganclient.exceptions.UnsupportedVersion`
    where the server is too old, before anything is sent.
    """

    RESOURCE = Keypair
    COLLECTION: ClassVar[str] = 'keypairs'
    RETIRED_QUERY: ClassVar[frozenset[str]] = frozenset({'user_id'})

    def create(
        self,
        name: str,
        user_id: str | None = None,
        public_key: str | None = None,
        key_type: str | None = None,
    ) -> Keypair:
        """Import a public key, or have the service make both halves.

        :param name: letters, digits, space, ``-`` and ``_``, 255 at most
        :param user_id: whose it shall be, where not the caller's (admin)
        :param public_key: the one to import; without it one is made, and the
            answer has the ``private_key``, which nobody can ask for again
        :param key_type: ``ssh``, as if left out, or ``x509``
        :raises moganclient.exceptions.ValidationError: nothing was sent
        :raises moganclient.exceptions.Conflict: the user has one of the name
        """
        self._require()
        body = bodies.without_unset(
            name=name,
            public_key=public_key,
            user_id=user_id,
            type=None if key_type == 'ssh' else key_type,
        )
        bodies.check(body, schemas.KEYPAIR_CREATE, 'the keypair')
        # What comes back may have the private half.
        return self._one('POST', f'/{self.COLLECTION}', body, secret=True)

    def list(self, user_id: str | None = None) -> builtins.list[Keypair]:
        """All that a user has.

        :param user_id: whose, where not the caller's (admin)
        """
        self._require()
        params = resource.query(user_id=user_id)
        return builtins.list(self._iterate(params, limit=None, max_items=None))

    def get(self, name: resource.Ident, user_id: str | None = None) -> Keypair:
        """One keypair.

        :param name: of it, or an object
        :param user_id: whose, where not the caller's (admin)
        :raises moganclient.exceptions.NotFound: there is none
        """
        self._require()
        return self._one(
            'GET', self._path(name), params=resource.query(user_id=user_id)
        )

    def delete(self, name: resource.Ident, user_id: str | None = None) -> None:
        """Delete a keypair; servers that were made with it keep the key.

        :param name: of it, or an object
        :param user_id: whose, where not the caller's (admin)
        :raises moganclient.exceptions.NotFound: there is none
        """
        self._require()
        self._transport.request(
            'DELETE',
            self._path(name),
            params=resource.query(user_id=user_id),
        )

    def spelled(self, identity: str) -> str:
        """A name as it is: one that looks like a UUID is none."""
        return identity

    def _require(self) -> None:
        self._transport.require(versions.WHOLE_API, 'keypairs', retired=True)
