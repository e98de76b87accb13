"""The work that nobody asks for: it recurs, and one process at a time does it.

::

    duties = (Duty(name="advance-tests", every_s=30.0, run=tests.advance_due), ...)
    scheduler = Scheduler(duties, leadership=leadership_of(engine))
    scheduler.start()                           # leads as soon as no other process does
    scheduler.stop(timeout_s=30.0)
"""

from studio.services.scheduling.duty import Duty
from studio.services.scheduling.rounds import Rounds
from studio.services.scheduling.scheduler import Scheduler

__all__ = ["Duty", "Rounds", "Scheduler"]
