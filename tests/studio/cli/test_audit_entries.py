"""What the audit trail says to a person."""

from studio.cli.audit_entries import show_audit
from studio.cli.console import out
from studio.services.tests import NewTest, Tests
from tests.studio.test_tests import started, with_options


def test_the_audit_trail_names_the_layer(tests: Tests, mug: NewTest) -> None:
    test = started(tests, with_options(mug, layer="home", share=0.5))
    with out.capture() as printed:
        show_audit(tests.audit(test.id))
    assert printed.get().splitlines()[-1].endswith("merchant  start: layer home")
