"""`regreen models`: what is known of each model, from whom, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from agent.models.card import ModelCard, Price
    from agent.models.catalog import Catalog


def models(as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False) -> int:
    """List the models regreen knows; your models.toml adds to them."""
    import os
    from datetime import date

    from agent.cli.output import print_json
    from agent.models.catalog import load_catalog, user_file_of

    catalog = load_catalog(user_file_of(os.environ))
    today = date.today()
    rows = [model_row(catalog, card, today) for card in catalog.cards.values()]
    if as_json:
        print_json({"models": rows})
    else:
        print("\n".join(_lines(rows)))
    return 0


def model_row(catalog: Catalog, card: ModelCard, today: date) -> dict[str, Any]:
    """One model as JSON: what is unknown is null or empty."""
    from agent.models.lifecycle import changes

    return {
        "name": card.name,
        "roles": [role for role, name in catalog.roles.items() if name == card.name],
        "api": card.api,
        "context_tokens": card.context_tokens,
        "max_output_tokens": card.max_output_tokens,
        "prices": [_price_row(price) for price in card.prices],
        "modalities": list(card.modalities),
        "parameters": list(card.parameters),
        "reasoning_efforts": list(card.reasoning_efforts),
        "shutdown": card.shutdown and card.shutdown.isoformat(),
        "ended": card.ended(today),
        "replacement": card.replacement,
        "changes": changes(card, successor) if (successor := catalog.cards.get(card.replacement)) else "",
        "sources": [
            {"at": source.at, "facts": list(source.facts), "read": source.read and source.read.isoformat()}
            for source in card.sources
        ],
    }


def _price_row(price: Price) -> dict[str, float | None]:
    return {
        "above_input_tokens": price.above_input_tokens,
        "input": price.input,
        "cached_input": price.cached_input,
        "cache_write": price.cache_write,
        "output": price.output,
    }


def _lines(rows: Iterable[dict[str, Any]]) -> Iterable[str]:
    yield "prices are USD per million tokens: input / cached / written to the cache / output"
    for row in rows:
        yield ""
        roles = f" ({', '.join(row['roles'])})" if row["roles"] else ""
        yield f"{row['name']}{roles}{'  ENDED' if row['ended'] else ''}"
        context, reply = _count(row["context_tokens"]), _count(row["max_output_tokens"])
        yield f"  {row['api']}, context {context}, reply {reply} tokens"
        for price in row["prices"]:
            yield f"  {_price(price)}"
        if not row["prices"]:
            yield "  price unknown"
        if row["shutdown"]:
            replaced = f", replaced by {row['replacement']}" if row["replacement"] else ""
            yield f"  {'shut down on' if row['ended'] else 'shuts down on'} {row['shutdown']}{replaced}"
        if row["changes"]:
            yield f"  {row['changes']}"
        for source in row["sources"]:
            yield f"  {', '.join(source['facts'])}: {source['at']}{', ' + source['read'] if source['read'] else ''}"


def _count(tokens: int | None) -> str:
    return f"{tokens:,}" if tokens else "unknown"


def _price(price: dict[str, float | None]) -> str:
    keys = ("input", "cached_input", "cache_write", "output")
    figures = " / ".join("-" if price[key] is None else f"{price[key]:g}" for key in keys)
    return f"{figures} above {price['above_input_tokens']:,} input tokens" if price["above_input_tokens"] else figures
