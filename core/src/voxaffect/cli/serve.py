"""`voxaffect serve`: hear and express for programs and browsers, over HTTP and WebSocket."""

from __future__ import annotations

import functools
import os
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from voxaffect.cli.errors import UsageError, print_note
from voxaffect.cli.options import ConfigOption, NoAdaptOption
from voxaffect.cli.selection import configured_renderer, select_pipeline
from voxaffect.components import Stage
from voxaffect.errors import ComponentUnavailableError, reason_of
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline
from voxaffect.text_file import read_text

KEY_VARIABLE = "VOXAFFECT_API_KEY"
SHORTEST_KEY = 16


def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 8765,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A backend that clients may use; may be repeated, the first is the default.",
            show_default="auto",
        ),
    ] = None,
    config: ConfigOption = None,
    no_adapt: NoAdaptOption = False,
    renderer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A renderer that clients may use; may be repeated, the first is the default.",
            show_default="all that can run",
        ),
    ] = None,
    api_key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help=f"A file with the API key that clients must send; or set {KEY_VARIABLE}."
        ),
    ] = None,
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Listen beyond this machine, or behind a proxy, without an API key."),
    ] = False,
    host_name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name by which clients reach the server; may be repeated."),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="A page elsewhere that may use the server, e.g. https://app.example; may be repeated.",
        ),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="A proxy, or a network of them, whose X-Forwarded-For names the client; may be repeated.",
        ),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.pem",
            help="A certificate, for HTTPS: browsers give others the microphone only there.",
        ),
    ] = None,
    certificate_key: Annotated[
        Path | None, typer.Option(metavar="FILE.pem", help="Its key, where the certificate's file has none.")
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Processes that hear streams, each with its own models; 0 uses threads of the server.",
            show_default="one a core, at most 4",
        ),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=NUMBER", help="Change a limit, e.g. streams=100; may be repeated."),
    ] = None,
) -> None:
    """Serve voxaffect over HTTP and WebSocket, with a page that hears the microphone.

    voxaffect serve --backend prosodic
    """
    try:
        from voxaffect.server.limits import Limits
        from voxaffect.server.origins import parse_origins
        from voxaffect.server.proxies import parse_proxies
        from voxaffect.server.run import is_loopback, make_server
        from voxaffect.server.service import Service
        from voxaffect.server.workers import processes_here
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("voxaffect"):
            raise
        raise ComponentUnavailableError(
            f"voxaffect serve needs {error.name}: pip install 'voxaffect[server]'"
        ) from error
    key = read_key(api_key_file)
    proxies, origins = parse_proxies(trusted_proxy or ()), parse_origins(origin or ())
    if (proxies or not is_loopback(host)) and key is None and not insecure:
        how = "through a proxy" if proxies else f"at {host}"
        raise UsageError(
            f"other machines reach the server {how}: set an API key ({KEY_VARIABLE} or --api-key-file), "
            "or say --insecure"
        )
    if not is_loopback(host) and certificate is None:
        print_note("note: without --certificate, keys and voices cross the network as they are")
    if certificate is not None:
        check_certificate(certificate, certificate_key)
    service = Service(
        functools.partial(build_pipelines, backend, config, adapt=False if no_adapt else None),
        renderers(PluginHost(), renderer, config),
        Limits.parse(limit or ()),
        api_key=key,
        host_names=frozenset(name.lower() for name in host_name or ()),
        origins=origins,
        proxies=proxies,
        processes=processes_here() if processes is None else processes,
    )

    def listening(url: str) -> None:
        print_note(f"voxaffect serves {', '.join(service.backends)} on {url}")

    make_server(
        service,
        host=host,
        port=port,
        certificate=certificate,
        certificate_key=certificate_key,
        listening=listening,
    ).run()


def build_pipelines(
    backends: Sequence[str] | None, config: Path | None, adapt: bool | None = None
) -> dict[str, Pipeline]:
    """{backend: pipeline} of each that is named, or of the one that the configuration or `auto` chooses.

    Also called in the server's processes, which get the arguments and no more.

    Args:
        adapt: in place of the configuration's, where not None.
    """
    host = PluginHost()
    pipelines = (select_pipeline(host, name, config, adapt=adapt)[0] for name in backends or (None,))
    return {pipeline.backend: pipeline for pipeline in pipelines}


def read_key(file: Path | None) -> str | None:
    """The API key; never from the command line, where every user of the machine can read it.

    Raises:
        UsageError: a file that cannot be read, or a key that can be guessed.
    """
    key = os.environ.get(KEY_VARIABLE)
    if file is not None:
        try:
            key = read_text(file).strip()
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot read the API key in {file}: {reason_of(error)}") from error
    if key is not None and not (len(key) >= SHORTEST_KEY and key.isascii() and key.isprintable()):
        raise UsageError(
            f"an API key has {SHORTEST_KEY} printable ASCII characters or more, "
            'e.g. of: python3 -c "import secrets; print(secrets.token_urlsafe())"'
        )
    return key


def check_certificate(certificate: Path, key: Path | None) -> None:
    """Whether HTTPS can be had with them.

    Raises:
        UsageError: not readable, no PEM, or a key that is not the certificate's.
    """
    what = f"the certificate {certificate}" + (f" with the key {key}" if key else "")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        said = "it takes PEM files, and a key of that very certificate"
        raise UsageError(f"cannot use {what}: {said}") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot use {what}: {reason_of(error)}") from error


def renderers(
    plugins: PluginHost, names: list[str] | None, config: Path | None
) -> dict[str, dict[str, object]]:
    """{name: its table}: those named, or the configuration's and then all others that can run.

    Raises:
        VoxaffectError: one that is named and cannot run.
    """
    table = configured_renderer(plugins, config)
    known = {table["use"]: table} if table else {}
    if names is None:
        # Notations first: they need only a text, where changed audio needs a recording.
        offers = sorted(plugins.offers(Stage.RENDERER), key=lambda offer: offer.component.name != "ssml")
        others = [offer.component.name for offer in offers if plugins.why_unavailable(offer) is None]
        return {name: known.get(name, {"use": name}) for name in [*known, *others]}
    for name in names:
        plugins.build(Stage.RENDERER, known.get(name, name))
    return {name: known.get(name, {"use": name}) for name in names}
