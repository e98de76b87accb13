"""The gallery's words in English and Chinese; what a check measured is told as it was written."""

from markupsafe import Markup, escape

_CHINESE = {
    "Ready": "合格",
    "Ready to use": "可直接使用",
    "Needs a look": "需要处理",
    "What failed, why, and what to do": "未通过的项目、原因与处理办法",
    "No image could be made": "未能生成图片",
    "All": "全部",
    "Before": "原图",
    "After": "成图",
    "Changes": "改动之处",
    "Report": "检测报告",
    "Open the file": "打开文件",
    "images": "张图片",
    "image": "张图片",
    "ready to use": "可直接使用",
    "need a look": "需要处理",
    "needs a look": "需要处理",
    "checks made": "项检测",
    "check made": "项检测",
    "photos": "张原图",
    "photo": "张原图",
    "check": "检测项",
    "measured": "实测",
    "limit": "要求",
    "result": "结果",
    "pass": "通过",
    "fail": "未通过",
    "note": "说明",
    "fix": "处理办法",
    "Cutout": "抠图",
    "White background": "白底图",
    "Scene": "场景图",
    "Edit": "修图",
    "every check passed": "全部检测通过",
    "Show": "显示",
    "Kind": "类型",
    "Scene or channel": "场景或渠道",
    "Previous": "上一张",
    "Next": "下一张",
    "Close": "关闭",
    "Page": "页",
    "Skip to the images": "跳到图片",
    "Nothing fits this choice.": "没有符合条件的图片。",
    "Made of": "来源",
    # checks
    "product lock": "商品像素锁定",
    "photo's own pixels": "原图像素",
    "pure white": "纯白背景",
    "cutout certainty": "抠图置信度",
    "cutout": "抠图",
    "cutout by": "抠图模型",
    "edge halo": "边缘残色",
    "sharpness": "清晰度",
    "detail kept": "细节保留",
    "product fill": "商品占比",
    "set": "成套图片",
    "fill": "商品占比",
    "format": "格式",
    "file": "文件",
    "provenance": "来源标识",
    "content credentials": "内容凭证（C2PA）",
    "size": "尺寸",
    "longest side": "最长边",
    "shortest side": "最短边",
    "pixels": "像素数",
    "bytes": "文件大小",
    "extension": "扩展名",
    "JPEG quality": "JPEG 质量",
    "background": "背景",
    "white at the frame's edge": "画面边缘纯白",
    "whole product in frame": "商品完整",
    "cropped": "商品被裁切",
    "rules of": "规则来源",
    "template": "场景模板",
    "scale": "比例",
    "true scale": "真实比例",
    "colour match": "色彩匹配",
    "shadow": "阴影",
    "source": "原图说明",
    "text on the product": "商品文字",
    "text in the picture": "画面文字",
    "safety": "内容安全",
    "upscaling": "放大",
    "outline unsure": "轮廓存疑",
    "outline fineness": "轮廓精度",
    "source colours": "原图颜色数",
    "source compression": "原图压缩程度",
    "snapped": "贴边",
    "on the surface": "台面承托",
    "grain": "颗粒",
    "lettering": "文字",
    "contrast": "文字对比度",
    "label": "AI 标识",
    "brand": "品牌规范",
    "viewpoint": "拍摄角度",
    "drift": "画面位移",
    "edit made": "改动",
    "product in place": "商品位置",
    "product changed": "商品改动",
    "attempts": "生成次数",
}

_OF_PRODUCT = "product "


def both(text: str) -> Markup:
    """A text in both languages, of which the page shows one; English alone where we know no more.

    >>> print(both("Ready"))
    <span class="en" lang="en">Ready</span><span class="zh" lang="zh-Hans">合格</span>
    >>> print(both("a < b"))
    a &lt; b
    """
    chinese = _in_chinese(text)
    if chinese is None:
        return escape(text)
    return in_both(text, chinese)


def headed(text: str) -> Markup:
    """The same as a heading: English begins with a capital.

    >>> print(headed("unheard of"))
    Unheard of
    """
    english = text[:1].upper() + text[1:]
    chinese = _in_chinese(text)
    return escape(english) if chinese is None else in_both(english, chinese)


def _in_chinese(text: str) -> str | None:
    """Words that we know, also of one among several products.

    >>> _in_chinese("edge halo, product 2"), _in_chinese("product 3"), _in_chinese("by product 3")
    ('边缘残色（商品 2）', '商品 3', None)
    """
    about, _, number = text.rpartition(_OF_PRODUCT)
    if not number.isdecimal():
        return _CHINESE.get(text)
    if not about:
        return f"商品 {number}"
    known = _CHINESE.get(about.removesuffix(", ")) if about.endswith(", ") else None
    return None if known is None else f"{known}（商品 {number}）"


def in_both(english: str, chinese: str) -> Markup:
    """Two texts that say the same, of which the page shows one."""
    return Markup(
        '<span class="en" lang="en">{}</span><span class="zh" lang="zh-Hans">{}</span>'
    ).format(english, chinese)
