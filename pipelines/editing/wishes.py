"""Who can do what is wished: a model that edits, or Packshot itself, exactly and without one."""

import re

from pipelines.errors import RecipeInvalid
from pipelines.generate import Profile

_END = r"\b(?![ -](?!please\b)\w)"
"""The wish ends here, or goes on as another: "on white" is no white marble."""
_IT = r"(?:it|this|(?:the|my|our|this) \w+)"
_PICTURE = r"(?:the |this |my )?(?:whole |entire )?(?:image|picture|photo|photograph)"
_SET = (
    r"(?:scene|marble|kitchen|wood|beach|table|desk|countertop|counter|studio|bathroom|garden"
    r"|outdoors|linen|sand|bed|shelf)"
)
_GOES_ON = rf"(?:{_END}|(?= (?:with|at|near|by|beside|in|under|during|outside)\b))"
_SET_CN = (
    r"(?:大理石|厨房|木桌|木板|木质?桌面|木质?台面|海滩|沙滩|桌子?|桌面|书桌|餐桌|浴室|花园|"
    r"亚麻布|场景)"
)
_BEGINS_CN = r"(?:^|[,。;、,;\s])(?:请|帮我)?"
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
    (
        r"\b(?:add|create|draw|cast|put(?: in)?)(?: an?| some| the)?"
        r"(?: (?:soft|natural|contact|drop|realistic|subtle|light|gentle|faint|slight|mirror"
        r"|product|hard|small))*"
        rf" (?:shadow|reflection)s?(?:{_END}|(?= (?:under|underneath|beneath|below)\b)"
        rf"|(?= to (?:it|the product){_END}))"
        rf"|\bgive {_IT} an?(?: \w+)?? (?:shadow|reflection){_GOES_ON}"
        r"|加(?:上|个|一个|一点|点)?(?:柔和|自然|真实|淡淡|轻微)?的?(?:接触|产品|底部)?"
        r"(?:阴影|投影|倒影)(?!\w)",
        "`packshot white --shadow contact|drop|reflection` adds shadows",
    ),
    (
        rf"\bupscale (?:it|{_PICTURE}){_END}|\benlarge {_PICTURE}{_END}"
        rf"|\b(?:increase|raise|improve) (?:the |its )?(?:image |picture |photo )?resolution{_END}"
        rf"|\b(?:make|give) (?:it|{_PICTURE})(?: in| an?)? high(?:er)?[ -]res(?:olution)?{_END}"
        r"|放大(?:这张|整张)?(?:图片?|照片|图像|画面|分辨率)(?!\w)"
        r"|(?:提高|提升|增加)(?:图片|照片|图像)?的?分辨率(?!\w)"
        r"|(?:图片?|照片|图像).{0,3}放大(?!\w)",
        "`packshot white --upscale auto` enlarges",
    ),
    (
        rf"\bmake (?:it|{_PICTURE})(?: an?)? square{_END}"
        rf"|\bcrop(?: it| {_PICTURE})? (?:to|into)(?: an?)? (?:square|\d+ ?: ?\d+){_END}"
        rf"|\b(?:square|1 ?: ?1) (?:image|picture|photo|format|ratio|aspect ratio){_END}"
        r"|\bcent(?:re|er) (?:it|the (?:product|item|object))"
        rf"(?: in the (?:frame|middle|image|picture|photo))?{_END}"
        r"|裁(?:剪|切)?(?:成|为)(?:正?方(?:形|图)?|一比一|1:1)(?!\w)|(?:做|变|改|转)成方图(?!\w)"
        rf"|{_BEGINS_CN}(?:把|将|让|使)?(?:产品|商品|主体|物品|它)?居中(?!\w)",
        "`packshot white --ratio 1:1 --fill 0.85` sizes and centres products",
    ),
    (
        r"\b(?:add|put|set)(?: an?| the| our| my)? (?:headline|caption|title|tagline|slogan)"
        rf"(?:{_END}|(?= (?:saying|that says|reading|with|above|below|at|under|in)\b))"
        r"|\b(?:add|put|set)(?: an?| the| some)? (?:text|words) (?:saying|that says|reading)\b"
        r"(?!.* (?:on|onto) (?:the|its|my) (?!image|picture|photo|top|bottom|left|right))"
        r"|\b(?:add|put)(?: an?| the| our| my)?(?: brand| company)? (?:logo|watermark)"
        rf"(?:{_END}|(?= (?:in|to|at|on|into) (?:the (?:\w+ )?(?:\w+ )?(?:corner|top|bottom)"
        rf"|{_PICTURE}){_END}))"
        rf"|{_BEGINS_CN}(?:在(?:图片?|画面|照片)?的?[左右]?[上下]?[角方边面]?[里上中]?"
        r"|给(?:图片?|照片|画面))?(?:加|写|添加)(?:上|入|个|一个|一行|一句)?"
        r"(?:字|文字|文案|标题|水印|标语|品牌标志|logo)(?!\w)",
        "`packshot white` and `scene` set words and logos in real fonts: --headline, --brand",
    ),
    (
        rf"\b(?:put|place|set|show|shoot|photograph|stand) {_IT}(?: standing)? (?:on|in|at|into)"
        rf"(?: (?!model|person|man|woman)\w+){{0,4}}? {_SET}{_GOES_ON}"
        r"|\b(?:change|replace|swap|turn) the (?:back ?ground|backdrop|scene)"
        r" (?:to|into|with|for|by)"
        rf"(?: \w+){{0,4}}? {_SET}{_GOES_ON}"
        rf"|(?:放|摆|置|拍)(?:置|放)?(?:在|到|于).{{0,8}}{_SET_CN}(?:台面|上面?|里面?|中)?(?!\w)"
        rf"|(?:背景|场景)(?:换|改|变|替换)?(?:成|为).{{0,6}}{_SET_CN}(?:台面|上|里|中)?(?!\w)",
        "`packshot scene --prompt` puts products into finished scenes",
    ),
)
"""Whole wishes, never single words: a logo may be moved, a shadow lightened, wood be a handle."""


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
