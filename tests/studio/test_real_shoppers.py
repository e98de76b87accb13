import csv
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

from abtest.health import UnitActs, bot_signs


@pytest.mark.parametrize("policy", ["random", "bts"])
def test_even_groups_of_real_shoppers_are_no_bots(shared_data: Path, policy: str) -> None:
    """Real logs name no shopper, but groups of them: all who share four hashed features."""
    seen: dict[tuple[str, ...], list[float]] = defaultdict(list)
    clicked: dict[tuple[str, ...], list[float]] = defaultdict(list)
    with (shared_data / "abtest" / "obd" / policy / "all.csv").open() as file:
        for row in csv.DictReader(file):
            at_s = datetime.fromisoformat(row["timestamp"]).timestamp()
            group = (row["item_id"], *(row[f"user_feature_{n}"] for n in range(4)))
            key = (*group, str(int(at_s // 86_400)))
            seen[key].append(at_s)
            if row["click"] == "1":
                clicked[key].append(at_s)
    assert len(seen) > 5000
    for key, times in seen.items():
        assert bot_signs(UnitActs(seen_s={key[0]: times}, clicked_s=clicked[key])) == ()
