"""Text of strangers between tags that say it is data; it cannot close them."""

from __future__ import annotations


def fenced(tag: str, text: str, **attributes: object) -> str:
    """`<tag …>` around a text on lines of its own."""
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<{tag}{said}>\n{inside(tag, text)}\n</{tag}>"


def inside(tag: str, text: str) -> str:
    """The text with the tag's end made harmless wherever it holds one."""
    return text.replace(f"</{tag}", f"<\\/{tag}")
