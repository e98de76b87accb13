"""A counter as a process of its own: from the stream to the log to the counts, until it is killed.

::

    python -m tests.faults.stream_counter DATABASE_URL STREAM_URL NAME
"""

import sys
import time

from studio.db.engine import DatabaseFault, open_engine
from studio.services.events import Events
from studio.services.streaming import StreamMover
from studio.streams import StreamGone
from studio.streams.group import CounterGroup

CLAIM_AFTER_S = 0.3


def main() -> None:
    """Count for ever."""
    database_url, stream_url, name = sys.argv[1:]
    events = Events(open_engine(database_url), clock=time.time)
    stream = CounterGroup(stream_url, claim_after_s=CLAIM_AFTER_S)
    mover = StreamMover(stream, events.write, name=name)
    while True:
        try:
            mover.step(wait_s=0.05)
            events.counter.catch_up()
        except (StreamGone, DatabaseFault):
            time.sleep(0.05)


if __name__ == "__main__":
    main()
