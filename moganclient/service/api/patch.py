"""JSON patches (RFC 6902) of what of a resource may be changed."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
import jsonpointer

from moganclient.service.api import body
from moganclient.service import exceptions
from moganclient.v1 import schemas


def read(noun: str, mutable: dict[str, Any]) -> list[dict[str, Any]]:
    """The patch in the body of the request.

    :param noun: what is patched, for sentences
    :param mutable: the schema of what may be changed
    :raises moganclient.service.exceptions.BadRequest: it is no patch, or is
        about something that cannot be changed; says what can
    """
    patch: list[dict[str, Any]] = body.read(
        schemas.JSON_PATCH, body.JSON_PATCH
    )
    known = mutable['properties']
    required = mutable['required']
    for operation in patch:
        path = operation['path']
        root = path.split('/')[1]
        if root not in known:
            raise exceptions.BadRequest(
                f'"{path}" of this {noun} cannot be changed; what can be is '
                f'{", ".join(f"/{name}" for name in known)}.',
                code='not_mutable',
            )
        if operation['op'] == 'remove':
            if path == f'/{root}' and root in required:
                raise exceptions.BadRequest(
                    f'"{path}" of this {noun} is mandatory and cannot be '
                    'removed; replace it.',
                    code='not_mutable',
                )
        elif 'value' not in operation:
            raise exceptions.BadRequest(
                f'The operation "{operation["op"]}" of "{path}" needs a '
                'value.',
                code='invalid_body',
            )
    return patch


def apply(
    patch: list[dict[str, Any]],
    document: dict[str, Any],
    schema: dict[str, Any],
) -> dict[str, Any]:
    """What a document is after a patch; the document stays as it is.

    :param schema: what it has to look like then
    :raises moganclient.service.exceptions.BadRequest: the patch does not fit
        the document, or what comes of it is not valid
    """
    found = copy.deepcopy(document)
    for operation in patch:
        try:
            # One by one: the library's errors do not say which it was.
            found = jsonpatch.apply_patch(found, [operation], in_place=True)
        except (
            jsonpatch.JsonPatchException,
            jsonpointer.JsonPointerException,
            # Where a path leads through a text or a number.
            TypeError,
            KeyError,
        ) as exc:
            raise exceptions.BadRequest(
                f'Cannot {operation["op"]} "{operation["path"]}": there is '
                'no such place in what is there now.',
                code='patch_conflict',
            ) from exc
    body.check(found, schema)
    return found
