"""Where the two hubs have a file, and what they say its checksum is."""

from __future__ import annotations

import http.client
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from voxaffect.weights.catalogue import Source

TIMEOUT_S = 30.0
MOST_LISTING_BYTES = 10_000_000


def file_url(source: Source, name: str) -> str:
    """The address of one file; HF_ENDPOINT and MODELSCOPE_DOMAIN name mirrors."""
    folder = source.repository if source.hub == "huggingface" else f"models/{source.repository}"
    return f"{_endpoint(source)}/{folder}/resolve/{source.revision}/{urllib.parse.quote(name)}"


def announced_sha256(source: Source, name: str) -> str | None:
    """What the hub's listing says of a file; None where it does not answer or says nothing.

    Sources: Hugging Face hub API, `/api/models/REPOSITORY/tree/REVISION`, where `lfs.oid` is a SHA-256;
    ModelScope's, `/api/v1/models/REPOSITORY/repo/files`.
    """
    if source.hub == "huggingface":
        path = f"api/models/{source.repository}/tree/{source.revision}"
    else:
        path = f"api/v1/models/{source.repository}/repo/files?Revision={source.revision}"
    try:
        with urllib.request.urlopen(f"{_endpoint(source)}/{path}", timeout=TIMEOUT_S) as response:
            listing = json.loads(response.read(MOST_LISTING_BYTES))
    except urllib.error.HTTPError as refused:
        refused.close()
        return None
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        return None
    return _sha256_in(listing, name)


def _sha256_in(listing: Any, name: str) -> str | None:
    match listing:
        case {"Data": {"Files": list(files)}} | list(files):
            for entry in files:
                match entry:
                    case {"path": str(path), "lfs": {"oid": str(sha256)}} | {
                        "Path": str(path),
                        "Sha256": str(sha256),
                    }:
                        if path == name and re.fullmatch("[0-9a-f]{64}", sha256):
                            return sha256
    return None


def _endpoint(source: Source) -> str:
    if source.hub == "huggingface":
        return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
    domain = (os.environ.get("MODELSCOPE_DOMAIN") or "www.modelscope.cn").rstrip("/")
    return domain if "://" in domain else f"https://{domain}"
