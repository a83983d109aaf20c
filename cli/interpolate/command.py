"""`restore interpolate`: clips in, smoother or slower clips out.

    words ── plan_clips: every output named or refused ── batch.run: ClipSteps.read, load, make, clip by clip
          └─ --between: make_between

A clip is opened and its output's encoding is checked before the network loads, and a clip is worked on in segments, so
that neither Ctrl-C nor a kill costs more than the last of them.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from restore.cli import batch, options
from restore.errors import UsageError

Sound = Literal["keep", "drop", "stretch"]
Codec = Literal["same", "h264", "hevc", "av1", "vp9", "prores", "ffv1"]


@options.shared_options(options.RunOptions, defaults={"weights": "interpolate"})
def interpolate(
    context: typer.Context,
    given: options.RunOptions,
    *,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="CLIP...", help="Videos, animated pictures, folders of numbered pictures or of clips."),
    ] = None,
    fps: Annotated[
        str | None, typer.Option("--fps", metavar="F", help="Frames per second, exactly: 60, 23.976, 24000/1001.")
    ] = None,
    factor: Annotated[
        str | None, typer.Option("--factor", metavar="N", help="So many times as many frames (default 2).")
    ] = None,
    slow: Annotated[
        str | None, typer.Option("--slow", metavar="N", help="Slow motion: so many times as long; also with --fps.")
    ] = None,
    between: Annotated[
        tuple[str, str] | None,
        typer.Option("--between", metavar="A B", help="Make frames between two pictures instead."),
    ] = None,
    number: Annotated[
        int | None, typer.Option("-n", metavar="N", min=1, max=1000, help="How many, for --between (default 1).")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="PATH", help="A video, .gif, .webp, or a folder for numbered pictures."),
    ] = None,
    rate: Annotated[
        str | None, typer.Option("--rate", metavar="F", help="Pictures per second of a folder of pictures.")
    ] = None,
    sound: Annotated[
        Sound | None, typer.Option("--sound", help="Slow motion leaves it out, unless it is stretched; else kept.")
    ] = None,
    codec: Annotated[Codec, typer.Option("--codec", help="How the video is encoded.")] = "same",
    crf: Annotated[
        int | None, typer.Option("--crf", metavar="Q", help="Quality in the codec's numbers, lower is better.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="WORD", help="The encoder's speed: veryfast, slow; 0..13.")
    ] = None,
    effort: Annotated[
        int | None, typer.Option("--effort", metavar="1|2|3", min=1, max=3, help="Work per frame (default 2).")
    ] = None,
    cuts: Annotated[
        float | None, typer.Option("--cuts", metavar="0..1", help="How readily a cut is seen; 0: never.")
    ] = None,
    drop_duplicates: Annotated[
        bool, typer.Option("--drop-duplicates", help="Replace repeated frames, as of animations; same length.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run ended.")] = False,
    preview: Annotated[
        str | None, typer.Option("--preview", metavar="PATH", help="Also make a sheet of real and made frames.")
    ] = None,
    compare: Annotated[
        str | None, typer.Option("--compare", metavar="PATH", help="Also make a clip of before and after side by side.")
    ] = None,
    force: options.Force = False,
    skip_existing: options.SkipExisting = False,
    max_memory: options.MaxMemory = None,
) -> None:
    """Make the frames a video lacks: clip.mp4 becomes clip.2x.mp4, with its sound.

    \b
    restore interpolate clip.mp4 --fps 60            makes clip.60fps.mp4
    restore interpolate clip.mp4 --slow 4            slow motion: clip.slow4x.mp4
    restore interpolate frames/ --rate 12 -o a.mp4   a folder of numbered pictures
    restore interpolate --between a.png b.png -n 3   three frames between two pictures
    """
    console = given.console_of(context)
    memory = options.parse_memory(max_memory)
    from restore.cli.interpolate.plan import plan_clips
    from restore.cli.interpolate.steps import ClipSteps, LazyInterpolator
    from restore.pipelines.interpolate.video.files import VideoRequest
    from restore.pipelines.interpolate.video.retiming import Retiming, require_cut_threshold
    from restore.video.rates import parse_rate
    from restore.video.write.encoding import Encoding

    network = LazyInterpolator(given.weights, given.device, memory)
    own_rate = None if rate is None else parse_rate(rate)
    encoding = Encoding(codec, crf, preset)
    if between is not None:
        from restore.cli.interpolate.between import BetweenRequest, make_between

        unfit = {"a clip": paths, "--fps": fps, "--factor": factor, "--slow": slow, "--sound": sound, "--cuts": cuts}
        unfit |= {"--preview": preview, "--compare": compare, "--resume": resume, "--drop-duplicates": drop_duplicates}
        _refuse("--between A B", {name for name, value in unfit.items() if value not in (None, False, [])})
        first, second = map(Path, between)
        request = BetweenRequest(first, second, 1 if number is None else number, own_rate, encoding, effort)
        make_between(request, output, network, console, force=force, skip_existing=skip_existing, dry_run=given.dry_run)
        return
    _refuse("a clip", {"-n"} if number is not None else set())
    require_cut_threshold(cuts)
    video_request = VideoRequest(Retiming.of(fps, factor, slow), cuts, drop_duplicates, effort, encoding, sound)
    tasks = plan_clips(
        paths or [],
        output,
        video_request,
        preview=preview,
        compare=compare,
        is_rated=rate is not None,
        force=force,
        skip_existing=skip_existing or (resume and not force),
    )
    steps = ClipSteps(video_request, own_rate, resume, network)
    batch.run(tasks, steps, console, dry_run=given.dry_run, units=("clips", "frames"), result="a clip")


def _refuse(what: str, names: set[str]) -> None:
    if names:
        raise UsageError(f"{what} and {sorted(names)[0]} exclude each other; give one of them")
