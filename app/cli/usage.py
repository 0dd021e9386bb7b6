"""`penstock usage`: what provider calls cost."""

from typing import Any

import click

from app.cli.connection import connect, connection_options
from app.cli.exits import EPILOG, reporting
from app.cli.output import echo_json, money, rows

GROUPS = ("day", "provider", "model", "key", "pipeline")


@click.command(epilog=EPILOG)
@click.option(
    "--by",
    "groups",
    multiple=True,
    type=click.Choice(GROUPS),
    help="Group the calls; may be given more than once.  [default: day]",
)
@click.option("--from", "since", metavar="TIME", help="RFC 3339.  [default: 30 days ago]")
@click.option("--to", "until", metavar="TIME", help="RFC 3339.  [default: now]")
@click.option("--csv", "as_csv", is_flag=True, help="Print every figure as CSV.")
@connection_options
@reporting
def command(
    groups: tuple[str, ...],
    since: str | None,
    until: str | None,
    as_csv: bool,
    url: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Report provider calls, tokens and cost.

    \b
    Examples:
      penstock usage --by day --by model
      penstock usage --by key --from 2026-11-01T00:00:00Z --csv > november.csv
    """
    groups = groups or ("day",)
    with connect(url, key) as api:
        if as_csv:
            text = api.reports.usage_csv(group_by=groups, since=since, until=until)
            click.echo(text, nl=False)
            return
        found = api.reports.usage(group_by=groups, since=since, until=until)
    if as_json:
        echo_json({"data": found})
    else:
        names = ["calls", "failed", "input", "output", "cost", "unpriced"]
        rows([*groups, *names], [[*(line[g] for g in groups), *_figures(line)] for line in found])


def _figures(line: dict[str, Any]) -> list[object]:
    inputs = ("input_tokens", "cache_read_tokens", "cache_write_tokens")
    outputs = ("output_tokens", "reasoning_tokens")
    tokens = [sum(line[name] for name in names) for names in (inputs, outputs)]
    return [
        line["calls"],
        line["failed_calls"],
        *tokens,
        money(line["cost_micros"]),
        line["unpriced_calls"],
    ]
