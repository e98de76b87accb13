"""``packshot cutout``, ``white`` and ``scene``: photos in, images and reports out."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

import pipelines
from pipelines.spec import CutoutParams, SceneParams, WhiteParams
from studio.cli.console import say
from studio.cli.context import shell
from studio.cli.declared import takes
from studio.cli.inputs import read_input
from studio.cli.run import Credentials, NoGallery, Output, run_wanted
from studio.cli.sources import Angles, Given, InOnePicture, InSets, Turntable, given_sources
from studio.cli.wanted import Choice, Wanted, wanted_of
from studio.services.naming import MARK_OF
from studio.services.recipes import UPSCALER
from studio.services.scene_choice import refuse_unless_shown
from studio.services.variants import Variant, variants_of, with_variant

Inputs = Annotated[
    list[Path], typer.Argument(help="Photos, 3D renders, GLB models, or folders of them.")
]
Out = Annotated[Path, typer.Option(help="Folder for the results; made if it is not there.")]
Name = Annotated[
    str,
    typer.Option(
        help="Pattern of file names, such as {stem}-{spec}-{n:03}: also {kind}, {template}, "
        "{variant}.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(cutout)
    app.command()(white)
    app.command()(scene)


@takes(CutoutParams)
def cutout(
    images: Inputs,
    out: Out,
    name: Name = "",
    as_json: AsJson = False,
    no_gallery: NoGallery = False,
    credentials: Credentials = False,
    **options: Any,
) -> None:
    """Free products from their background: one straight RGBA PNG per photo, same size.

    Edges carry the product's own colour, no halo of the old background. Beside each image lies
    its report. A picture that already has an alpha channel keeps it.
    """
    output = Output(folder=out, as_json=as_json, gallery=not no_gallery, credentials=credentials)
    sources = given_sources(images)
    _run("cutout", sources, options, output=output, pattern=name)


@takes(WhiteParams)
def white(
    images: Inputs,
    out: Out,
    variants: Annotated[
        list[str] | None,
        typer.Option(
            help="Make a set of each product, to be tested: shadows, margins, ratios, or any "
            "option's values, such as shadow-direction=45,315. Repeat for several."
        ),
    ] = None,
    in_sets: InSets = False,
    turntable: Turntable = False,
    together: InOnePicture = False,
    angles: Angles = "",
    name: Name = "",
    as_json: AsJson = False,
    no_gallery: NoGallery = False,
    credentials: Credentials = False,
    **options: Any,
) -> None:
    """Put products on pure white (255,255,255), filled, centred, and checked.

    With --spec the image has the size, format and bytes that the marketplace asks for, and the
    report says which rules it passes. See `packshot check` for the rules on finished files.
    """
    rules = shell().images.library.presets.get(options["spec"]) if options.get("spec") else None
    output = Output(folder=out, as_json=as_json, gallery=not no_gallery, credentials=credentials)
    made = variants_of(variants or (), options, rules)
    _ensure_upscaler(options)
    sources = given_sources(
        images, in_sets=in_sets, turntable=turntable, together=together, angles=angles
    )
    _run("white", sources, options, output=output, pattern=name, variants=made)


@takes(SceneParams, besides=("template", "prompt"))
def scene(
    images: Inputs,
    out: Out,
    template: Annotated[
        list[str] | None,
        typer.Option(help="Scene to use; repeat for several. `packshot templates list`."),
    ] = None,
    prompt: Annotated[
        str,
        typer.Option(
            help="What the scene should show. With --model, that model paints it. Without, in "
            "English or Chinese: takes the closest templates and says which; nothing is generated."
        ),
    ] = "",
    count: Annotated[
        int,
        typer.Option(
            min=1,
            help="With --model: images to paint of each product, each with the next seed. With "
            "--prompt or --reference alone: how many templates to take.",
        ),
    ] = 1,
    seed: Annotated[
        int, typer.Option(min=0, help="With --model: seed of the first image; 0 to 2^63 - 1.")
    ] = 0,
    places: Annotated[
        int, typer.Option(help="Make one image for each of so many automatic places, best first.")
    ] = 1,
    in_sets: InSets = False,
    turntable: Turntable = False,
    together: InOnePicture = False,
    angles: Angles = "",
    name: Name = "",
    as_json: AsJson = False,
    no_gallery: NoGallery = False,
    credentials: Credentials = False,
    **options: Any,
) -> None:
    """Put products into scenes: contact shadow, cast shadow and reflection follow its light.

    The product's own pixels are never altered, unless --match-colour asks for a bounded tint.
    With --model a large model paints the scene around it: from words alone, or over a template's
    own, `packshot scene mug.jpg --out scenes --model sdxl-inpaint --prompt "on a beach at dusk"`.
    With --reference PICTURE the scene follows another picture's mood, light and surface.
    """
    if seed and not options.get("model"):
        raise typer.BadParameter("--seed needs --model: scenes of templates hold no chance")
    if count > 1 and template and not options.get("model"):
        raise typer.BadParameter("--count needs --model: a template gives one image of a product")
    if options.get("model"):
        scenes = _painted_scenes(template or [], prompt, options)
        seeds = range(seed, seed + count)
    else:
        scenes, seeds = _scenes(template or [], prompt, count, options), range(1)
    scenes = _at_places(scenes, places)
    sources = given_sources(
        images, in_sets=in_sets, turntable=turntable, together=together, angles=angles
    )
    choices = [
        Choice(
            params={**options, **chosen},
            seed=each,
            suffix=_suffix(chosen, options, each),
            names={"template": chosen["template"]},
        )
        for chosen, each in itertools.product(scenes, seeds)
    ]
    output = Output(folder=out, as_json=as_json, gallery=not no_gallery, credentials=credentials)
    _start("scene", wanted_of("scene", sources, choices, pattern=name), output=output)


def _ensure_upscaler(options: dict[str, Any]) -> None:
    """Pull the network that enlarges, where it may be needed and is not here yet, saying so."""
    weights = shell().images.library.weights
    if options.get("upscale", "never") != "never" and not weights.has(UPSCALER):
        size = sum(one.size_bytes for one in pipelines.model_card(UPSCALER).files) / 1e6
        say(f"fetching model {UPSCALER} ({size:.1f} MB), once")
        weights.pull(UPSCALER, log=lambda _: None)


def _scenes(
    templates: list[str], prompt: str, count: int, options: dict[str, Any]
) -> list[dict[str, Any]]:
    """The parameters that name a scene's template, once per template."""
    reference = options.get("reference", "")
    if bool(templates) == bool(prompt or reference):
        raise typer.BadParameter(
            "give --template NAME, or --prompt TEXT or --reference IMG to find templates by"
        )
    images = shell().images
    if templates:
        return [{"template": images.library.templates.get(name).name} for name in templates]
    wanted = SceneParams(**options, prompt=prompt)
    shown = read_input(Path(reference)) if reference else None
    chosen = images.recipes.scenes_for(wanted, count=count, reference=shown)
    say(chosen.remark)
    return [
        {"template": one.template, "prompt": prompt, "template_choice": one.template_choice}
        for one in chosen.scenes
    ]


def _painted_scenes(
    templates: list[str], prompt: str, options: dict[str, Any]
) -> list[dict[str, Any]]:
    """The parameters of a scene that a model paints, once per template, or once from words.

    Raises
    ------
    ModelUnknown, LicenceRefused, ModelMissing, CheckpointUnusable : told before anything is read
    """
    if not (templates or prompt or options.get("reference")):
        raise typer.BadParameter("give --prompt TEXT, --template NAME, --reference IMG, or several")
    images = shell().images
    names = [images.library.templates.get(name).name for name in templates] or [""]
    wanted = SceneParams(**options | {"template": names[0], "prompt": prompt})
    if wanted.is_painted:
        refuse_unless_shown(images.library.generators.profiles, wanted)
        images.library.generators.name(wanted.model, noncommercial=wanted.noncommercial)
    return [{"template": name, "prompt": prompt} for name in names]


def _at_places(scenes: list[dict[str, Any]], places: int) -> list[dict[str, Any]]:
    """Each scene once, or once for each of its best automatic places."""
    if places <= 1:
        return scenes
    if not all(scene["template"] for scene in scenes):
        raise typer.BadParameter("--places needs --template: an empty studio has one place")
    templates = shell().images.library.templates
    return [
        scene | {"placement": "automatic", "pick": pick}
        for scene in scenes
        for pick in range(1, places + 1)
        if pick <= len(pipelines.automatic_places(templates.get(scene["template"])))
    ]


def _suffix(scene: dict[str, Any], options: dict[str, Any], seed: int) -> str:
    pick = f"-{scene['pick']}" if "pick" in scene else ""
    model = options.get("model", "")
    painted = f"-{model}-{seed}" if model else ""
    return "".join((f"-{scene['template']}" if scene["template"] else "", pick, painted))


def _run(
    kind: pipelines.Kind,
    sources: Sequence[Given],
    params: dict[str, Any],
    *,
    output: Output,
    pattern: str = "",
    variants: Sequence[Variant] = (),
) -> None:
    choices = [
        Choice(
            params=with_variant(params, one),
            suffix=f"-{one.name}" if one.name else MARK_OF[kind],
            names={"spec": params.get("spec", ""), "variant": one.name},
        )
        for one in variants or (Variant(),)
    ]
    _start(kind, wanted_of(kind, sources, choices, pattern=pattern), output=output)


def _start(kind: pipelines.Kind, wanted: list[Wanted], *, output: Output) -> None:
    for one in wanted[:1]:  # options out of range are told once, before anything is read
        pipelines.params_from(kind, one.params)
    run_wanted(shell(), wanted, output=output, name=kind)
