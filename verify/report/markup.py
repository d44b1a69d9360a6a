"""HTML elements that every section uses; all text is escaped here."""

from html import escape

from targets.verdict import Verdict
from verify.glyphs import SIGNS


def sign(verdict: Verdict) -> str:
    """Return a verdict as sign and word, in its colour."""
    mark, word = SIGNS[verdict]
    return f'<span class="{verdict}">{mark} {word}</span>'


def section(anchor: str, title: str, lead: str, body: str) -> str:
    """Return a section with a heading; `body` is HTML, the rest is text."""
    return (
        f'<section id="{anchor}"><h2>{escape(title)}</h2>'
        f'<p class="lead">{escape(lead)}</p>{body}</section>'
    )


def table(head: list[tuple[str, str]], rows: list[str]) -> str:
    """Return a table; `head` is (text, class) by column, `rows` are HTML rows."""
    cells = "".join(
        f'<th class="{kind}">{escape(text)}</th>'
        if kind
        else f"<th>{escape(text)}</th>"
        for text, kind in head
    )
    return (
        f'<div class="scroll"><table><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )
