"""From a plan to its file: never over another, and whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import errno
import json
import os
import re
import secrets
import shlex
from typing import Any

from moganclient.adoption import document
from moganclient.adoption import errors
from moganclient.adoption import plan
from moganclient.adoption import schemas
from moganclient import exceptions

_HEADER = """\
# A plan to take over machines that already run as servers of the bare metal
# compute service.  Nothing happens to a machine before the plan is applied,
# and what runs on it is not touched then either.
#
#   1. Edit it: remove the machines that shall stay as they are, change names,
#      flavors, projects, descriptions, metadata.  Texts that look like
#      numbers, dates, yes or no need quotes.
#   2. openstack baremetalcompute adoption plan check {name}
#   3. openstack baremetalcompute adoption plan apply {name}
#
# What was done is written down beside this file, in
# {journal}: keep the two together.
# "adoption plan show" tells how it stands, "adoption plan rollback" lets go
# of the machines again.

"""

#: Texts that every reader of YAML takes for a string without quotes.
_PLAIN = re.compile(
    '[A-Za-z][A-Za-z0-9_./-]*'
    # UUIDs: a number or a date has no such groups.
    '|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
    # Simple URLs: no space comes after a colon.
    '|https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._-]+)*'
)
#: What YAML 1.1 or 1.2 takes for something else.
_WORDS = frozenset(
    ('y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null')
)


def check_free(path: str | os.PathLike[str]) -> None:
    """Make sure that a plan can be saved to a file, before it is made.

    :raises moganclient.adoption.errors.PlanExists: there is one already, or
        the journal of one
    :raises moganclient.adoption.errors.PlanError: it can not be there
    """
    name = os.fspath(path)
    if not name:
        raise errors.PlanError('The plan needs a file: name one.')
    with _sentences(name):
        if os.path.isdir(name):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        directory = os.path.dirname(name) or '.'
        if not os.path.isdir(directory):
            os.stat(directory)
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if os.path.lexists(name):
            raise FileExistsError
        journal = f'{name}.journal'
        if os.path.lexists(journal):
            raise errors.PlanExists(
                f'There is a journal {journal} already, of an earlier plan: '
                'choose another name, or move the journal away.'
            )


def save(planned: plan.Plan, path: str | os.PathLike[str]) -> None:
    """Write a plan to a new file: JSON for ``.json``, YAML otherwise.

    A run that ends in the middle leaves nothing under the name.

    :raises moganclient.adoption.errors.PlanExists: there is one already, or
        the journal of one
    :raises moganclient.adoption.errors.PlanError: it cannot be there, or the
        plan is none that could be read again
    """
    check_free(path)
    name = os.fspath(path)
    check(planned, name)
    if document.is_json(name):
        pieces = _json(planned)
    else:
        pieces = _yaml(planned, os.path.basename(name))
    with _sentences(name):
        _write(name, pieces)


def check(planned: plan.Plan, name: str) -> None:
    """Refuse a plan that could not be read again.

    :param name: what the sentences call it
    :raises moganclient.adoption.errors.PlanError: with every fault
    """
    data = {
        'version': schemas.VERSIONS[-1],
        'cloud': _cloud(planned),
        'servers': [_entry(server) for server in planned.servers],
    }
    if document.is_json(name):  # in YAML they are only comments
        data['left_out'] = [_left_out(left) for left in planned.left_out]
    said = [sentence for _, sentence in schemas.faults(data)]
    said += [sentence for _, _, sentence in schemas.repeated(data['servers'])]
    if said:
        raise document.error(f'{name}: {sentence}' for sentence in said)


@contextlib.contextmanager
def _sentences(name: str) -> Iterator[None]:
    """Failures of the file system as sentences."""
    try:
        yield
    except exceptions.ClientException:  # a sentence already
        raise
    except FileExistsError:
        raise errors.PlanExists(
            f'There is a file {name} already, and plans are never written '
            'over another file: choose another name.'
        ) from None
    except IsADirectoryError:
        raise errors.PlanError(
            f'{name} is a directory: name a file.'
        ) from None
    except FileNotFoundError:
        raise errors.PlanError(
            f'{name} cannot be written: there is no directory '
            f'{os.path.dirname(name)}.'
        ) from None
    except OSError as failure:
        raise errors.PlanError(
            f'{name} cannot be written: {failure.strerror or failure}.'
        ) from None
    except ValueError as failure:  # a NUL in the name
        raise errors.PlanError(
            f'{name!r} cannot be written: {failure}.'
        ) from None


def _write(name: str, pieces: Iterator[str]) -> None:
    """Write to a file beside it first, then give that the name."""
    directory, base = os.path.split(name)
    beside = os.path.join(
        directory, f'.{base[:200]}.{secrets.token_hex(4)}.tmp'
    )
    try:
        with open(beside, 'x', encoding='utf-8', newline='\n') as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        _give_name(beside, name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
    _sync(directory or '.')


def _give_name(beside: str, name: str) -> None:
    """Let a file have a name that nothing has."""
    try:
        os.link(beside, name)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: take the name with an empty file
        # first, so that a rename replaces nothing else.
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        try:
            os.rename(beside, name)
        except BaseException:
            os.unlink(name)
            raise


def _sync(directory: str) -> None:
    """Make a new name last; not every file system can."""
    with contextlib.suppress(OSError):
        opened = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _cloud(planned: plan.Plan) -> dict[str, Any]:
    cloud = {'endpoint': planned.endpoint}
    if planned.region is not None:
        cloud['region'] = planned.region
    return cloud


def _entry(server: plan.PlannedServer) -> dict[str, Any]:
    """A machine as the file has it."""
    members = {
        'node': server.node,
        'node_name': server.node_name,
        'name': server.name,
        'flavor': server.flavor,
        'ports': server.ports,
        'project': server.project,
        'availability_zone': server.availability_zone,
        'description': server.description,
        'metadata': server.metadata or None,
    }
    return {
        name: value for name, value in members.items() if value is not None
    }


def _left_out(left: plan.LeftOut) -> dict[str, Any]:
    entry: dict[str, Any] = {'node': left.node}
    if left.node_name is not None:
        entry['node_name'] = left.node_name
    entry['reasons'] = left.reasons
    return entry


# JSON


def _json(planned: plan.Plan) -> Iterator[str]:
    """The lines of a plan as JSON, a machine at a time."""
    cloud = json.dumps(_cloud(planned), ensure_ascii=False)
    yield f'{{\n  "version": {schemas.VERSIONS[-1]},\n  "cloud": {cloud}'
    yield from _json_list('servers', map(_entry, planned.servers))
    if planned.left_out:
        yield from _json_list('left_out', map(_left_out, planned.left_out))
    yield '\n}\n'


def _json_list(key: str, entries: Iterator[dict[str, Any]]) -> Iterator[str]:
    before = f',\n  "{key}": [\n'
    for entry in entries:
        text = json.dumps(entry, ensure_ascii=False, indent=2)
        yield before + '    ' + text.replace('\n', '\n    ')
        before = ',\n'
    yield '\n  ]'


# YAML


def _yaml(planned: plan.Plan, base: str) -> Iterator[str]:
    """The lines of a plan as YAML, a machine at a time."""
    yield _HEADER.format(
        name=_harmless(shlex.quote(base)), journal=_harmless(f'{base}.journal')
    )
    yield f'version: {schemas.VERSIONS[-1]}\ncloud:\n'
    for key, value in _cloud(planned).items():
        yield f'  {key}: {_scalar(value)}\n'
    yield 'servers:\n'
    for server in planned.servers:
        yield _yaml_entry(_entry(server))
    if planned.left_out:
        yield (
            '\n# Left out, for they cannot be taken over as they are '
            f'({len(planned.left_out)}):\n#\n'
        )
    for left in planned.left_out:
        yield _comment(left)


def _yaml_entry(entry: dict[str, Any]) -> str:
    lines = []
    for key, value in entry.items():
        if isinstance(value, list):
            lines.append(f'{key}:')
            lines += [f'- {_scalar(item)}' for item in value]
        elif isinstance(value, dict):
            lines.append(f'{key}:')
            lines += [
                f'  {_scalar(name)}: {_scalar(text)}'
                for name, text in value.items()
            ]
        else:
            lines.append(f'{key}: {_scalar(value)}')
    return '- ' + '\n  '.join(lines) + '\n'


def _scalar(text: str) -> str:
    """A string, in quotes where YAML could take it for something else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return ''.join(
        char if char.isprintable() else _escape(char) for char in quoted
    )


def _escape(char: str) -> str:
    """A character that cannot be seen, as an escape of YAML."""
    code = ord(char)
    return f'\\u{code:04x}' if code < 0x10000 else f'\\U{code:08x}'


def _comment(left: plan.LeftOut) -> str:
    """A node that was left out, as one line that does nothing."""
    what = left.node
    if left.node_name:
        what = f'{left.node_name} ({left.node})'
    why = '; '.join(
        f'{reason.get("code")}: {reason.get("message")}'
        for reason in left.reasons
    )
    return f'# {_harmless(what)}: {_harmless(why)}\n'


def _harmless(text: str) -> str:
    """A text for a comment: what could end the line is an escape."""
    if text.isprintable():
        return text
    return ''.join(
        char if char.isprintable() else ascii(char)[1:-1] for char in text
    )
