"""What is served and asked in the measurements over HTTP: 2,000 tests, 20 segments, 30 items."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from abtest import PlannedVariant, Segment, Snapshot, TestPlan

TESTS: Final = 2_000
SEGMENTS: Final = 20
UNITS: Final = 1_000
_COUNTRIES: Final = ("DE", "FR", "IT", "ES", "PL", "NL", "SE", "US", "GB", "JP")
_DEVICES: Final = ("phone", "tablet", "desktop")


def conditions() -> dict[str, Mapping[str, Any]]:
    """Segments by name, each country on small and on large screens."""
    found: dict[str, Mapping[str, Any]] = {}
    for country in _COUNTRIES:
        found[f"{country}-small"] = {"country": country, "device": {"$in": ["phone", "tablet"]}}
        found[f"{country}-large"] = {"country": country, "age": {"$gte": 40}}
    return found


def snapshot(*, version: str, built_at_s: float) -> Snapshot:
    """Live tests of two to four variants, each for all segments; one differs in each version."""
    segments = tuple(
        Segment.from_dict({"name": name, "rule": dict(rule)}) for name, rule in conditions().items()
    )
    plans = []
    for number in range(TESTS):
        names = ("white", "oak", "marble", "linen")[: 2 + number % 3]
        plans.append(
            TestPlan(
                test=f"{number:012x}",
                item=f"item-{number}",
                salt=f"{number:012x}",
                variants=tuple(
                    PlannedVariant(name=name, image=_image(number, name)) for name in names
                ),
                control=names[0],
                segments=segments,
                weights=weights_of(names, changed=str(number) == version),
            )
        )
    items = {plan.item: plan.variants[0].image for plan in plans}
    return Snapshot(version=version, built_at_s=built_at_s, items=items, plans=plans)


def weights_of(names: Sequence[str], *, changed: bool) -> dict[str, float]:
    """Even weights, or as they stand once an allocation has moved."""
    if not changed:
        return {name: 1 / len(names) for name in names}
    return {name: 0.4 if name == names[0] else 0.6 / (len(names) - 1) for name in names}


def features() -> dict[str, Any]:
    """The same tests for GrowthBook's SDK: a feature per item, a rule per segment."""
    made = {}
    for number in range(TESTS):
        names = ("white", "oak", "marble", "linen")[: 2 + number % 3]
        images = [_image(number, name) for name in names]
        rule = {
            "variations": images,
            "weights": [1 / len(names)] * len(names),
            "hashAttribute": "id",
        }
        rules = [
            {**rule, "key": f"{number:012x}-{name}", "condition": condition}
            for name, condition in conditions().items()
        ]
        everyone = {**rule, "key": f"{number:012x}-everyone"}
        made[f"item-{number}"] = {"defaultValue": images[0], "rules": [*rules, everyone]}
    return made


def asked(unit: int, items: int) -> bytes:
    """The body of a request."""
    return json.dumps(
        {
            "unit": f"shopper-{unit}",
            "attributes": {
                "country": _COUNTRIES[unit % len(_COUNTRIES)],
                "device": _DEVICES[unit % len(_DEVICES)],
                "age": 18 + unit % 60,
            },
            "items": [f"item-{(unit * 31 + place * 67) % TESTS}" for place in range(items)],
        },
        separators=(",", ":"),
    ).encode()


def wrk_script(bodies: list[bytes], *, path: str) -> str:
    """A script that sends one body after the other."""
    listed = ",\n".join(f"[==[{body.decode()}]==]" for body in bodies)
    return f"""
local bodies = {{{listed}}}
local number = 0
local headers = {{["Content-Type"] = "application/json"}}
request = function()
  number = number % #bodies + 1
  return wrk.format("POST", "{path}", headers, bodies[number])
end
"""


def _image(number: int, name: str) -> str:
    return f"/v1/assets/{number:060x}{len(name):04x}"
