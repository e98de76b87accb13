"""``packshot test preview``: look at one image of a test as shoppers would see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from studio.cli.console import out, print_json
from studio.cli.context import shell
from studio.cli.options import AsJson, TestId


def preview(
    test: TestId,
    variant: Annotated[str, typer.Argument(metavar="VARIANT", help="Name of the image to show.")],
    hours: Annotated[
        float, typer.Option(min=0.01, max=24 * 365, help="How long the token is good for.")
    ] = 24.0,
    as_json: AsJson = False,
) -> None:
    """Make a token that shows one image of a test to whoever sends it, even of a draft.

    Send it as `"preview"` with a request for decisions. What it shows is never counted, and it
    opens nothing else.
    """
    found = shell().tests.get(test)
    token = shell().previews.token(found, variant, valid_s=3600 * hours)
    until = datetime.now(UTC) + timedelta(hours=hours)
    image = shell().previews.shown(token)[found.item].image
    if as_json:
        told = {"token": token, "item": found.item, "test": found.id, "variant": variant}
        told["image"] = str(image)
        print_json({**told, "until": until.isoformat(timespec="seconds")})
        return
    out.print(f"[bold]{escape(variant)}[/] of {escape(found.item)}, until {until:%d %B, %H:%M} UTC")
    out.print(f"\n{token}\n", soft_wrap=True, markup=False)
    out.print(f"[dim]image: {escape(str(image))}[/]", soft_wrap=True)
    out.print(f'[dim]POST /v1/decide with {{"items": ["{escape(found.item)}"], "preview": …}}[/]')
