"""The `penstock` command: a group whose subcommands are imported when they are asked for."""

import difflib
import importlib
from importlib.metadata import PackageNotFoundError, version

import click

COMMANDS = {
    "up": "Start the whole stack here; Ctrl-C stops it.",
    "down": "Stop the stack that runs on the data folder.",
    "status": "Show every process, and the URLs.",
    "logs": "Show (and follow) the logs of a role.",
    "doctor": "Check the machine and the settings; say where each value comes from.",
    "providers": "List the providers; ask whether they answer.",
    "migrate": "Bring the database to the newest schema.",
    "serve": "Run one process of a deployment in the foreground.",
    "tenants": "Make tenants.",
    "keys": "Make, list, revoke and rotate API keys.",
    "jobs": "Submit, read, watch, cancel and retry jobs.",
    "retention": "Erase what is past its time.",
    "settings": "Show or replace what your tenant has set for itself.",
    "schedules": "Begin jobs by the clock.",
    "schemas": "Check JSON Schemas before jobs are submitted with them.",
    "usage": "Report provider calls, tokens and cost.",
    "plugins": "List what wraps provider calls, and the plugins there are.",
    "webhooks": "Tell addresses of jobs' events; see and repeat deliveries.",
    "run": "Run a pipeline on files: submit, watch, print.",
    "simulator": "Run the provider simulator.",
    "demo": "Run the sample documents through a stack of its own.",
}


class Lazy(click.Group):
    """Knows its commands by name; a help page imports nothing but the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(f"app.cli.{cmd_name}").command
        for below in getattr(found, "commands", {}).values():
            below.short_help = below.short_help or _sentence(below.help or "")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1) if args else []
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from None


def _sentence(text: str) -> str:
    """The first one, whole: click would cut it off at the line's end."""
    return " ".join(text.partition("\n\n")[0].split()).partition(". ")[0].rstrip(".") + "."


def _version() -> str:
    try:
        return version("penstock")
    except PackageNotFoundError:
        return "0.1.0 (from source)"


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(_version(), prog_name="penstock")
def main() -> None:
    """Penstock: durable LLM jobs.

    \b
    Start here:   penstock up        (a whole stack, on loopback, in ./.penstock)
                  penstock demo      (the sample documents, end to end)
    """


if __name__ == "__main__":
    main(prog_name="penstock")
