"""Templates, presets, persons and brands that are not there or contradict themselves."""

from collections.abc import Iterable

from pipelines.errors.base import PipelineError, nearest


class TemplateNotFound(PipelineError):
    """No folder of that name in any template library."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        self.name = name
        hint = nearest(name, known)
        super().__init__(f"no template '{name}'{hint} (`packshot templates list` shows all)")


class TemplateInvalid(PipelineError):
    """A template's folder is incomplete or contradicts itself."""

    def __init__(self, *, name: str, fact: str) -> None:
        super().__init__(f"template '{name}': {fact}")
        self.name, self.fact = name, fact


class TemplateExists(PipelineError):
    """A template of that name is there already."""

    def __init__(self, *, name: str) -> None:
        super().__init__(f"template '{name}' is there already; give --force to replace it")
        self.name = name


class NoTemplateFits(PipelineError):
    """No template is close to what a prompt asks for; `nearest` names the closest."""

    def __init__(self, *, prompt: str, nearest: Iterable[str], why: str) -> None:
        self.prompt, self.nearest, self.why = prompt, tuple(nearest), why
        closest = f"; the nearest are {', '.join(self.nearest)}" if self.nearest else ""
        super().__init__(
            f"no template fits '{prompt}' ({why}){closest}; use other words, or choose with "
            "--template (`packshot templates list` shows all)"
        )


class IndexUnusable(PipelineError):
    """The index of templates cannot be read or written."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(
            f"index of templates {path}: {why}; free some space, or delete it: it is made anew"
        )
        self.path, self.why = path, why


class PresetNotFound(PipelineError):
    """No marketplace preset of that name."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.name = name
        super().__init__(f"no preset '{name}'{nearest(name, known)} (known: {', '.join(known)})")


class PresetInvalid(PipelineError):
    """A file of presets says what no channel can mean; `line` is 0 where none can be told."""

    def __init__(self, *, file: str, line: int, fact: str, preset: str = "", key: str = "") -> None:
        where = f"{file}, line {line}" if line else file
        what = "".join(
            f" {word}:" for word in (f"preset '{preset}'" if preset else "", key) if word
        )
        super().__init__(f"{where}:{what} {fact}")
        self.file, self.line, self.fact, self.preset, self.key = file, line, fact, preset, key


class PersonUnknown(PipelineError):
    """Nobody of that name in the library of persons."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.name = name
        there = f"known: {', '.join(known)}" if known else "put NAME.toml into the folder persons"
        super().__init__(f"nobody is called '{name}'{nearest(name, known)} ({there})")


class PersonInvalid(PipelineError):
    """A person's file lacks something or contradicts itself; `key` is where."""

    def __init__(self, *, name: str, key: str, fact: str) -> None:
        super().__init__(f"person '{name}': {key}: {fact}")
        self.name, self.key, self.fact = name, key, fact


class BrandNotFound(PipelineError):
    """No brand kit of that name."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.name = name
        there = f"known: {', '.join(known)}" if known else "`packshot brands add FILE` adds one"
        super().__init__(f"no brand '{name}'{nearest(name, known)} ({there})")


class BrandInvalid(PipelineError):
    """A brand kit lacks something or contradicts itself; `key` is where, `fix` what to write."""

    def __init__(self, *, name: str, key: str, fact: str, fix: str) -> None:
        super().__init__(f"brand '{name}': {key}: {fact}; {fix}")
        self.name, self.key, self.fact, self.fix = name, key, fact, fix


class BrandForbids(PipelineError):
    """A brand kit does not allow this template."""

    def __init__(self, *, name: str, template: str, allowed: Iterable[str]) -> None:
        self.name, self.template, self.allowed = name, template, tuple(allowed)
        listed = ", ".join(self.allowed)
        super().__init__(f"brand '{name}' does not allow template '{template}'; it allows {listed}")
