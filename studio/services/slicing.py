"""A test's part of a layer: taken when it starts, given back when it ends."""

from __future__ import annotations

from abtest import LayerFull, Slice, TestState, carved
from studio.db import layers
from studio.db import tests as rows
from studio.db.engine import Connection
from studio.db.items import lock_item
from studio.db.records import TestRecord
from studio.services.errors import ItemBusy, LayerBusy
from studio.services.experiment_options import TestOptions


def take_slice(connection: Connection, test: TestRecord) -> Slice | None:
    """Cut and hold what the test wants of its layer; None for a test of no layer.

    Raises
    ------
        LayerBusy
    """
    options = TestOptions.from_dict(test.options)
    if options.layer is None:
        return None
    try:
        held = carved(options.layer, options.share, layers.slices_in(connection, options.layer))
    except LayerFull as full:
        raise LayerBusy(layer=options.layer, why=str(full)) from full
    layers.hold_slice(connection, test.id, held)
    return held


def check_item(connection: Connection, test: TestRecord, held: Slice | None) -> None:
    """Refuse a test whose shoppers would meet another test on the same item.

    Nobody else starts a test on the item until the caller commits: two that looked at the same
    moment would not see each other.

    Raises
    ------
        ItemBusy
    """
    lock_item(connection, test.item)
    running = rows.list_ids(connection, states=[TestState.RUNNING], item=test.item)
    others = layers.slices_of(connection, running)
    for other in running:
        if held is None or other not in others or others[other].layer != held.layer:
            raise ItemBusy(item=test.item, test_id=other)
