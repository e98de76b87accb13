"""Who can do what is wished: a model that edits, or Packshot itself, exactly and without one."""

import re

from pipelines.errors import RecipeInvalid
from pipelines.generate import Profile

_END = r"\b(?![ -](?!please\b)\w)"
"""The wish ends here, or goes on as another: "on white" is no white marble."""
_EXACT: tuple[tuple[str, str], ...] = (
    (
        rf"(?<!\bthe )(?<!\bits )\bwhite (back ?ground|backdrop){_END}"
        rf"|\bbackground (to |in )?(a )?(pure |plain )?white{_END}"
        rf"|\bon (a )?(pure |plain )?white{_END}"
        r"|白底[图上]?(?!\w)|(?<!去)(?<!掉)(?<!除)白色背景(?!\w)|背景.{0,4}白色?的?(?!\w)",
        "`packshot white` puts products on pure white, exactly",
    ),
    (
        r"\b(remove|delete|cut out|erase|no|without)( the| its)?( white| plain)?"
        rf" (back ?ground|backdrop)({_END}|(?= (from|behind)\b))"
        rf"|\btransparent (back ?ground|backdrop){_END}|\bbackground (to )?transparent{_END}"
        r"|抠图|去(掉|除)?(白色)?背景(?!\w)|透明(背景|底)(?!\w)|背景.{0,4}透明的?(?!\w)",
        "`packshot cutout` frees products from their background, exactly",
    ),
    (r"\bshadows?\b|\breflections?\b|阴影|投影|倒影",
     "`packshot white --shadow contact|drop|reflection` adds shadows"),
    (r"\b(upscale|enlarge|higher resolution|sharpen)\b|放大|高清",
     "`packshot white --upscale auto` enlarges"),
    (r"\b(square|crop|resize|cent(re|er)|aspect)\b|裁剪|居中|方图",
     "`packshot white --ratio 1:1 --fill 0.85` sizes and centres products"),
    (r"\b(headline|caption|logo|watermark|label|text saying|write)\b|加字|文案|标题|水印",
     "`packshot white` and `scene` set words and logos in real fonts: --headline, --brand"),
    (r"\b(scene|marble|kitchen|wood(en)?|beach|table|desk|studio|bathroom|outdoor|linen)\b"
     r"|场景|大理石|厨房|木|海滩|桌",
     "`packshot scene --prompt` puts products into finished scenes"),
)  # fmt: skip


def exact_command(instruction: str) -> str:
    """The command that does what is asked without any model, or "".

    >>> exact_command("make the background white")
    '`packshot white` puts products on pure white, exactly'
    >>> exact_command("remove the price tag")
    ''
    """
    for pattern, command in _EXACT:
        if re.search(pattern, instruction, re.IGNORECASE):
            return command
    return ""


def can_edit(profile: Profile, *, confined: bool) -> bool:
    """Whether a model takes instructions, or can at least paint a marked place anew."""
    return "edit" in profile.abilities or (confined and "inpaint" in profile.abilities)


def refuse_model(profile: Profile, *, confined: bool) -> None:
    """Refuse a model that cannot do what is asked.

    Parameters
    ----------
    confined : whether the user marked where the edit may happen

    Raises
    ------
    RecipeInvalid
    """
    if can_edit(profile, confined=confined):
        return
    limit = "takes no instructions; name a model that edits"
    if "inpaint" in profile.abilities:
        limit += ", or mark with area what it shall paint anew"
    raise RecipeInvalid(field="model", value=profile.name, limit=limit)
