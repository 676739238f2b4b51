"""A person's data as a page to read and print: one file, no script, nothing fetched, in his language."""

from typing import Any

from markupsafe import Markup, escape

from services.render import words

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}
h2{margin-top:2rem;border-bottom:1px solid #bbb}section{break-inside:auto}
table{border-collapse:collapse;width:100%;margin:.6rem 0;break-inside:avoid}
th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{width:30%;font-weight:600;background:#f4f4f4}
@media print{body{margin:0;max-width:none}th{background:none}}
"""
PAGE = Markup(
    '<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<style>{style}</style></head>\n<body><h1>{title}</h1>\n{body}</body></html>\n"
)


def page(locale: str, data: dict[str, Any]) -> str:
    """`data` as services/personal_data.py collects it."""
    labels = words(locale)["mydata"]
    sections = [_section(locale, key, value) for key, value in data.items() if isinstance(value, (dict, list))]
    facts = _table(locale, {key: value for key, value in data.items() if not isinstance(value, (dict, list))})
    return str(
        PAGE.format(
            lang={"zh": "zh-CN"}.get(locale, locale),
            title=labels["title"],
            style=Markup(STYLE),
            body=Markup("\n").join([facts, *sections]),
        )
    )


def _section(locale: str, key: str, value: Any) -> Markup:
    labels = words(locale)["mydata"]
    rows = value if isinstance(value, list) else [value]
    tables = [_table(locale, row) for row in rows] or [Markup("<p>{}</p>").format(labels["nothing"])]
    return Markup("<section><h2>{}</h2>{}</section>").format(labels[key], Markup("").join(tables))


def _table(locale: str, row: dict[str, Any]) -> Markup:
    cells = [
        Markup("<tr><th>{}</th><td>{}</td></tr>").format(_field(locale, key), _shown(locale, value))
        for key, value in row.items()
        if value not in (None, "", [], {})
    ]
    return Markup("<table>{}</table>").format(Markup("").join(cells))


def _field(locale: str, key: str) -> str:
    """A column nobody gave a name yet is shown under its own."""
    return words(locale)["mydata_fields"].get(key, key)


def _shown(locale: str, value: Any) -> Markup:
    if isinstance(value, dict):
        return _table(locale, value)
    if isinstance(value, list):
        return Markup("").join(Markup("<div>{}</div>").format(_shown(locale, item)) for item in value)
    return escape(str(value))
