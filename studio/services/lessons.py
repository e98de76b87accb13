"""What tests have taught about images: the loop's way back from merchant to designer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import abtest
import assets
import pipelines
from studio.db import tests as rows
from studio.db.counts import counts_of
from studio.db.engine import Engine, reading
from studio.db.records import CountRecord, TestRecord
from studio.services.counting import Counter
from studio.services.experiment_analysis import cells_of, counts_table

WHITE = "white background"


class Lessons:
    """Joins what tests counted with how their images were made."""

    def __init__(
        self,
        engine: Engine,
        *,
        store: assets.AssetStore,
        templates: pipelines.TemplateLibrary,
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._store = store
        self._templates = templates
        self._clock = clock

    def learned(self, *, segment: str = "") -> abtest.Lessons:
        """What all tests together say, for a segment or for everyone.

        Images that Packshot did not make take no part; every template that was never tested is
        known to be untested. Raises what the database raises.
        """
        Counter(self._engine).settle()
        with reading(self._engine) as connection:
            loaded = rows.load_tests(connection, rows.list_ids(connection))
            counted = {test_id: counts_of(connection, test_id) for test_id in loaded}
        outcomes = [
            outcome
            for test_id, test in loaded.items()
            for outcome in self._outcomes(test, counted[test_id])
        ]
        scenes = [WHITE, *self._templates.names()]
        return abtest.learn(outcomes, segment=segment, candidates={"scene": scenes})

    def head_starts(self, images: Mapping[str, str]) -> dict[str, float]:
        """What each image is expected to win by the record of how it was made, see `abtest`.

        Parameters
        ----------
            images : variant to digest or URL; such as nothing is known of are left out
        """
        learned = self.learned()
        starts = {name: learned.head_start(self._features(image)) for name, image in images.items()}
        return {name: round(start, 4) for name, start in starts.items() if start}

    def _outcomes(
        self, test: TestRecord, counts: tuple[CountRecord, ...]
    ) -> tuple[abtest.Outcome, ...]:
        table = counts_table(test, cells_of(counts), now_s=self._clock())
        features = {one.name: self._features(one.image) for one in test.variants}
        if not table.periods:
            return ()
        return abtest.outcomes_of(table, features, test=test.id)

    def _features(self, image: str) -> dict[str, str]:
        """How an image was made, or nothing if it was not made here."""
        try:
            record = self._store.record(image)
        except (assets.AssetNotFound, assets.DigestInvalid):
            return {}
        if not record.derivations:
            return {}
        return dict(self._told_by(record.derivations[0].recipe))

    def _told_by(self, recipe: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        params = recipe["params"]
        if recipe["kind"] == "white":
            yield "scene", WHITE
            yield "style", WHITE
            yield "shadow", str(params["shadow"])
        if recipe["kind"] == "scene" and params["template"]:
            yield "scene", str(params["template"])
            yield "place", str(params["anchor"]) or "best"
            try:
                yield "style", self._templates.get(params["template"]).style
            except pipelines.PipelineError:
                return  # the template is gone; its name still counts
