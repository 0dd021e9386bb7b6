"""What the demo prints of a finished job: its answer, and when which stage did what."""

import json
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from app.cli.job_view import HEADINGS, timeline
from app.cli.output import colored, error_lines, money
from app.client.penstock import Job

BAR = 28  # characters of the longest bar


def print_job(console: Console, title: str, job: Job) -> None:
    """Title, answer (or error), and a row a stage."""
    console.rule(f"{title}  [dim]{job.id}[/]  {colored(job.status)}", align="left", characters="-")
    if job.output is not None:
        console.print(json.dumps(job.output, indent=2, ensure_ascii=False), markup=False)
    for line in error_lines(job.error):
        console.print(line, markup=False, style="red")
    table = Table(*HEADINGS, "waiting . running =", box=None, header_style="bold", pad_edge=False)
    for stage, row in zip(job.stages, timeline(job), strict=True):
        table.add_row(*(colored(str(cell)) for cell in row), _bar(job, stage))
    console.print(table)
    console.print()


def _bar(job: Job, stage: dict[str, Any]) -> str:
    """The stage's place in its job: dots while it waited, a line while it ran."""
    times = [job.created_at, job.ended_at]
    times += [stage.get(f"{name}_at") for name in ("queued", "started", "ended")]
    if not all(times):
        return ""
    start, end, queued, begun, done = (datetime.fromisoformat(str(t)).timestamp() for t in times)
    span = max(end - start, 0.001)
    at = [round(BAR * min(max((t - start) / span, 0), 1)) for t in (queued, begun, done)]
    at[1] = min(at[1], BAR - 1)  # the last stage of a job shows too
    running = max(at[2] - at[1], 1)
    return " " * at[0] + "." * (at[1] - at[0]) + "=" * running


def print_totals(console: Console, jobs: list[Job], seconds: float) -> None:
    """One line of totals, and one that says which answers were simulated."""
    usage = [job.usage or {} for job in jobs]
    good = sum(job.succeeded for job in jobs)
    tokens = [sum(u.get(n) or 0 for u in usage) for n in ("input_tokens", "output_tokens")]
    costs = [u.get("cost_micros") for u in usage if u.get("calls")]
    cost = None if None in costs else sum(c or 0 for c in costs)
    console.print(
        f"{good} of {len(jobs)} jobs succeeded in {seconds:.1f} s; "
        f"{sum(u.get('calls') or 0 for u in usage)} provider calls, "
        f"{tokens[0]} tokens in, {tokens[1]} out, {money(cost)}"
    )
    console.print(simulated_line(jobs), soft_wrap=True)


def simulated_line(jobs: list[Job]) -> str:
    """Which answers came from the simulator, in one line."""
    fakes = [job for job in jobs if is_simulated(job)]
    if not fakes:
        return "No answer was simulated: every one came from the provider itself."
    if len(fakes) == len(jobs):
        return (
            f"All {len(jobs)} answers came from the simulator, not from a model; set "
            "OPENAI_API_KEY, ANTHROPIC_API_KEY or GEMINI_API_KEY for real ones."
        )
    return f"{len(fakes)} of {len(jobs)} answers came from the simulator."


def is_simulated(job: Job) -> bool:
    calls = [call for stage in job.stages for call in stage.get("calls") or []]
    return any(call.get("simulated") for call in calls)
