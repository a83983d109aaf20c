"""`restore bench codec`: our codec beside other tools', on pictures of the user's choice."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import typer

from restore.cli import bench, options
from restore.errors import UsageError

LEAST_RATE, MOST_RATE = 0.01, 24.0
"""Bits per pixel that make sense for 8-bit RGB."""


@dataclass(frozen=True)
class CodecBenchOptions(bench.BenchOptions):
    """What `restore bench codec` takes as every bench does."""

    data: Annotated[str, typer.Argument(metavar="DATA", help="A folder of uncompressed pictures, or one picture.")]
    weights: bench.Weights = "codec"
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="FILE.png", help="Write a sheet of crops at equal file size.")
    ] = None


@options.shared_options(CodecBenchOptions, after="data", plot="csv", sheet_bpp="sheet")
def bench_command(
    context: typer.Context,
    given: CodecBenchOptions,
    *,
    methods: Annotated[
        str | None,
        typer.Option(
            metavar="A,B",
            help="restore, restore-linear, restore-nocontext, restore-fixed, jpeg, webp, jpeg2000, avif, jpegxl. "
            "Default: restore and every baseline that is installed.",
        ),
    ] = None,
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Quality steps of every codec.")] = 11,
    at: Annotated[str, typer.Option("--at", metavar="LIST", help="Bits per pixel to give figures at.")] = "0.25,0.5,1",
    span: Annotated[
        str, typer.Option("--range", metavar="LOW,HIGH", help="Bits per pixel of BD-rates and margins.")
    ] = "0.15,1.5",
    size: Annotated[
        int | None, typer.Option(metavar="PX", min=1, help="Only the centre of at most PX a side. Default: all of it.")
    ] = None,
    limit: bench.Limit = None,
    plot: Annotated[
        str | None, typer.Option("--plot", metavar="FILE.png", help="Draw the rate-distortion curves.")
    ] = None,
    sheet_bpp: Annotated[
        float, typer.Option("--sheet-bpp", metavar="BPP", help="Bits per pixel of that sheet's files.")
    ] = 0.3,
) -> None:
    """Compress pictures with several codecs at several qualities and compare sizes with what comes back."""
    console = bench.begin(context, given)
    source = bench.existing(given.data, "folder or picture")
    rates = options.parse_numbers(at, "--at", LEAST_RATE, MOST_RATE)
    ends = options.parse_numbers(span, "--range", LEAST_RATE, MOST_RATE)
    if len(ends) != 2 or ends[0] >= ends[1]:
        raise UsageError(f"--range {span}: not two rising numbers of bits per pixel, such as 0.15,1.5")
    if not LEAST_RATE <= sheet_bpp <= MOST_RATE:
        raise UsageError(f"--sheet-bpp {sheet_bpp:g}: bits per pixel go from {LEAST_RATE:g} to {MOST_RATE:g}")
    files = bench.plan_files(given, [source], plot=plot)
    from restore.evaluation.codec.bench import bench_codec

    report = bench.measure(
        console,
        given,
        "files",
        bench_codec,
        source,
        methods=options.parse_names(methods),
        steps=steps,
        rates=rates,
        span=(ends[0], ends[1]),
        size=size,
        limit=limit,
    )
    sheet_writer = partial(report.write_sheet, bpp=sheet_bpp)
    bench.give_out(console, given, report, files, plot=report.write_plot, sheet=sheet_writer)
