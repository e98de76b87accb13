"""Sends what waits for webhooks: signed, again and again for a day, each once if all goes well.

The form is that of Standard Webhooks: `webhook-id` is the same at every try, so that a receiver
knows what it has already; `webhook-timestamp` is the time of the try; `webhook-signature` is
"v1," and the HMAC-SHA256 of id, timestamp and body, joined by dots, in base64.

References
----------
    standardwebhooks.com, specification 1.0.0
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Final, Protocol

from studio.db import webhooks as rows
from studio.db.engine import Engine, reading, writing
from studio.db.records import DeliveryRecord
from studio.services.errors import AddressRefused, Unanswered

_LOG = logging.getLogger(__name__)

PAUSES_S: Final = (5.0, 60.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0)
"""Before the second try, the third and so on; after the last, the delivery is dead (19 hours)."""
SPREAD: Final = 0.1
"""Share by which a pause may be longer, so that not everything comes back at once."""
LEASE_S: Final = 60.0
"""How long a try keeps others from the delivery; a killed process's are tried again after that."""
MOST_AT_ONCE: Final = 200
_THREADS: Final = 8
_PREFIX: Final = "whsec_"
_GONE: Final = 410


class Post(Protocol):
    """Sends a request, such as `studio.services.outgoing.post` with its options set."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises AddressRefused, Unanswered."""


class Deliveries:
    """Tries what is due; several processes may, and none gets what another is trying.

    Parameters
    ----------
        chance : a number from 0 to 1, for the spread of pauses
        count  : lets a counter grow, such as `studio.api.metrics.Metrics.add`
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        post: Post,
        chance: Callable[[], float],
        count: Callable[..., None] | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._post = post
        self._chance = chance
        self._count = count

    def step(self) -> int:
        """Try everything that is due, each webhook beside the others; how many were delivered.

        A webhook that fails is not tried again in the same step: what waits for it stays.

        Raises
        ------
            DatabaseFault
        """
        now_s = self._clock()
        latest_s = now_s + 2 * max(PAUSES_S)
        with reading(self._engine) as connection:
            if not rows.any_due(connection, now_s=now_s, latest_s=latest_s):
                return 0
        with writing(self._engine) as connection:
            taken = rows.take_due(
                connection,
                now_s=now_s,
                latest_s=latest_s,
                until_s=now_s + LEASE_S,
                most=MOST_AT_ONCE,
            )
        if not taken:
            return 0
        by_webhook: dict[str, list[DeliveryRecord]] = defaultdict(list)
        for delivery in taken:
            by_webhook[delivery.webhook_id].append(delivery)
        # What was refused before comes last: a notice that a receiver cannot bear, and answers
        # with 500 for hours, must not keep it from all that it would take.
        untried_first = [sorted(each, key=lambda one: one.attempts) for each in by_webhook.values()]
        with ThreadPoolExecutor(min(len(by_webhook), _THREADS)) as pool:
            return sum(pool.map(self._try_all, untried_first))

    def try_one(self, delivery: DeliveryRecord) -> tuple[int | None, str | None]:
        """Send it now; the answer's status, and what is wrong with it or why there was none."""
        at_s = int(self._clock())
        headers = {
            "content-type": "application/json",
            "user-agent": f"Packshot/{version('packshot')}",
            "webhook-id": delivery.notice_id,
            "webhook-timestamp": str(at_s),
            "webhook-signature": sign(
                delivery.secret, notice_id=delivery.notice_id, at_s=at_s, body=delivery.body
            ),
        }
        try:
            status = self._post(delivery.url, delivery.body.encode(), headers)
        except (AddressRefused, Unanswered) as fault:
            return None, str(fault)[:500]
        return status, None if 200 <= status < 300 else f"answered {status}"

    def _try_all(self, deliveries: Sequence[DeliveryRecord]) -> int:
        delivered = 0
        for place, delivery in enumerate(deliveries):
            # The lease must last for a whole try, or another process could begin the same one.
            if self._clock() > delivery.not_before_s - LEASE_S / 2:
                self._put_back(deliveries[place:], pause_s=0.0)
                break
            status, fault = self.try_one(delivery)
            pause_s = self._settle(delivery, status=status, fault=fault)
            if fault is not None:
                # What does not hear this will not hear the next either.
                self._put_back(deliveries[place + 1 :], pause_s=pause_s)
                break
            delivered += 1
        return delivered

    def _put_back(self, deliveries: Sequence[DeliveryRecord], *, pause_s: float) -> None:
        not_before_s = self._clock() + pause_s
        with writing(self._engine) as connection:
            for delivery in deliveries:
                rows.put_back(connection, delivery, not_before_s=not_before_s)

    def _settle(self, delivery: DeliveryRecord, *, status: int | None, fault: str | None) -> float:
        """Write how a try ended; how long the webhook is left alone now."""
        now_s = self._clock()
        tries = delivery.attempts
        state, pause_s = rows.WAITING, 0.0
        if fault is None:
            state = rows.DELIVERED
        elif tries > len(PAUSES_S) or status == _GONE:
            state = rows.DEAD
        else:
            pause_s = PAUSES_S[tries - 1] * (1.0 + SPREAD * self._chance())
        with writing(self._engine) as connection:
            rows.settle(
                connection,
                delivery,
                state=state,
                at_s=now_s,
                not_before_s=now_s + pause_s,
                status=status,
                fault=fault,
            )
        self._tell(delivery, state=state, fault=fault, again_in_s=pause_s)
        return pause_s

    def _tell(
        self, delivery: DeliveryRecord, *, state: str, fault: str | None, again_in_s: float
    ) -> None:
        outcome = "retried" if state == rows.WAITING else state
        if self._count is not None:
            self._count("packshot_webhook_tries_total", outcome=outcome)
        fields: dict[str, object] = {
            "notice": delivery.notice_id,
            "webhook": delivery.webhook_id,
            "type": delivery.type,
            "attempts": delivery.attempts,
        }
        if fault is None:
            _LOG.info("webhook_delivered", extra=fields)
        else:
            _LOG.warning(
                f"webhook_{outcome}", extra={**fields, "why": fault, "again_in_s": again_in_s}
            )


def new_secret(random_bytes: bytes) -> str:
    """A secret in the form that receivers' libraries read.

    >>> new_secret(bytes(24))
    'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    return _PREFIX + base64.b64encode(random_bytes).decode()


def sign(secret: str, *, notice_id: str, at_s: int, body: str) -> str:
    """The signature of a request.

    >>> sign(
    ...     "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", notice_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...     at_s=1614265330, body='{"test": 2432232314}',
    ... )
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{notice_id}.{at_s}.{body}".encode()
    digest = hmac.new(base64.b64decode(secret.removeprefix(_PREFIX)), signed, hashlib.sha256)
    return f"v1,{base64.b64encode(digest.digest()).decode()}"
