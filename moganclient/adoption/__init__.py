"""Taking over a fleet: plan, check, apply, roll back.

Everything that the commands do, without a terminal::

    from moganclient import adoption

    plan = adoption.Plan.load('fleet.yaml')
    result = plan.apply(client, jobs=8)
    print(result.summary)
"""

from moganclient.adoption.errors import JournalError
from moganclient.adoption.errors import JournalInUse
from moganclient.adoption.errors import NothingAdoptable
from moganclient.adoption.errors import OtherEndpoint
from moganclient.adoption.errors import PlanError
from moganclient.adoption.errors import PlanExists
from moganclient.adoption.plan import LeftOut
from moganclient.adoption.plan import Plan
from moganclient.adoption.plan import PlannedServer
from moganclient.adoption.results import Machine
from moganclient.adoption.results import Outcome
from moganclient.adoption.results import Result
from moganclient.adoption.results import State

__all__ = [
    'JournalError',
    'JournalInUse',
    'LeftOut',
    'Machine',
    'NothingAdoptable',
    'OtherEndpoint',
    'Outcome',
    'Plan',
    'PlanError',
    'PlanExists',
    'PlannedServer',
    'Result',
    'State',
]
