"""Take a rack over: python3 adopt_rack.py rack01.yaml --rack rack01

The first run makes the plan, every run after it goes on with it.  What is
said here about the names and the metadata of servers is this company's; the
rest could be anybody's.
"""

from __future__ import annotations

import argparse
import pathlib
import signal
import sys
import threading

from moganclient import adoption
from moganclient.adoption import events
from moganclient import exceptions
from moganclient.v1 import client as v1

#: Exit code of what Ctrl-C ended, as the shell has it.
INTERRUPTED = 130


def make(client: v1.Client, options: argparse.Namespace) -> adoption.Plan:
    """A plan of the machines of a rack that can be taken over, saved."""
    plan = adoption.Plan.create(
        client,
        conductor_group=options.rack,
        resource_class=options.resource_class,
        owner=options.owner,
    )
    for number, server in enumerate(plan.servers, 1):
        server.name = f'{options.prefix}{number:02}'
        server.project = options.project
        server.metadata = {'rack': options.rack, 'was': server.node_name or ''}
    for node in plan.left_out:
        for reason in node.reasons:
            print(f'{node.node_name or node.node}: {reason["message"]}')
    plan.save(options.plan)
    return plan


def tell(event: events.Event) -> None:
    """Progress, a line each."""
    match event:
        case events.Checked(total=total, to_do=to_do):
            print(f'{to_do} of {total} to do')
        case events.Waiting(name=name, delay=delay, why=why):
            print(f'{name}: again in {delay:.0f} s: {why}')
        case events.Finished(machine=machine):
            print(f'{machine.name}: {machine.state}')
        case events.Stopping(why=why, in_flight=in_flight):
            print(f'{why} {in_flight} in flight')


def adopt(client: v1.Client, options: argparse.Namespace) -> int:
    """Check the plan, ask, and apply it; an exit code."""
    if options.plan.exists():
        plan = adoption.Plan.load(options.plan)
    else:
        plan = make(client, options)

    checked = plan.check(client)
    print(checked.summary)
    for machine in checked.machines:
        for reason in machine.reasons:
            print(f'{machine.name}: {reason["message"]}')
    if checked.outcome is adoption.Outcome.NOTHING:
        return int(checked.outcome)
    if not options.yes and input('Go on (y/n)? ') != 'y':
        return INTERRUPTED

    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda number, frame: stop.set())
    result = plan.apply(client, jobs=options.jobs, on_event=tell, stop=stop)

    print(result.summary)
    for machine in result.machines:
        if machine.state is not adoption.State.DONE:
            why = '; '.join(one['message'] for one in machine.reasons)
            print(f'{machine.name}: {machine.state}: {why}')
    if result.stopped:
        print(result.stopped)
    return INTERRUPTED if result.interrupted else int(result.outcome)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('plan', type=pathlib.Path, help='file of the plan')
    parser.add_argument('--endpoint', default='http://127.0.0.1:6688')
    parser.add_argument('--token', help='where the service asks for one')
    parser.add_argument('--rack', required=True, help='a conductor group')
    parser.add_argument('--resource-class', help='only nodes of this class')
    parser.add_argument('--owner', help='only nodes of this owner')
    parser.add_argument('--project', help='id of the project to give them to')
    parser.add_argument('--prefix', default='db-', help='of the names')
    parser.add_argument('--jobs', type=int, default=4)
    parser.add_argument('--yes', action='store_true', help='do not ask')
    options = parser.parse_args()
    client = v1.Client(options.endpoint, token=options.token)
    try:
        return adopt(client, options)
    except exceptions.ClientException as error:
        # A wrong plan, one in use, a service that is not there: nothing was
        # begun, and the message is for people.
        print(error, file=sys.stderr)
        return int(adoption.Outcome.NOTHING)


if __name__ == '__main__':
    sys.exit(main())
