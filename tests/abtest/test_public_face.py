import types

import abtest


def test_all_is_what_is_public() -> None:
    public = {
        name
        for name, value in vars(abtest).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public == set(abtest.__all__)


def test_every_public_thing_is_documented() -> None:
    for name in abtest.__all__:
        value = getattr(abtest, name)
        if isinstance(value, type | types.FunctionType):
            assert value.__doc__, name


def test_errors_are_one_tree() -> None:
    for name in abtest.__all__:
        value = getattr(abtest, name)
        if isinstance(value, type) and issubclass(value, Exception):
            assert issubclass(value, abtest.AbtestError)
