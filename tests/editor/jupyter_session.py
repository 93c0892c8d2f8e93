"""Opens a notebook through the server of JupyterLab, runs it, and saves it with its outputs, as a person's browser does.

Runs in an environment with jupyter-server, jupytext and nbclient: ``jupyter_session.py NOTEBOOK``, in the project's folder.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from typing import Any

import nbformat
from nbclient import NotebookClient

TOKEN = "a-token"
LANGUAGE = {
    "name": "python",
    "version": "3.11",
    "file_extension": ".py",
    "codemirror_mode": {"name": "ipython", "version": 3},
}


def call(port: int, method: str, path: str, body: object = None) -> Any:
    """Ask the server."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    while True:
        try:
            call(port, "GET", "/api/status")
            return
        except OSError:
            if server.poll() is not None:
                sys.exit("the server ended")
            time.sleep(0.1)


def main(name: str) -> None:
    """Do all of it, and say what there was."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.port={port}", "--ServerApp.open_browser=False"]
    server = subprocess.Popen([sys.executable, "-m", "jupyter_server", "--allow-root", *options])
    try:
        wait_for(port, server)
        model = call(port, "GET", f"/api/contents/{name}?type=notebook&content=1")
        assert (model["type"], model["format"]) == ("notebook", "json")
        notebook = nbformat.from_dict(model["content"])  # type: ignore[no-untyped-call]
        NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": os.getcwd()}}).execute()
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        # What JupyterLab adds to a notebook that it has open.
        notebook.metadata["language_info"] = LANGUAGE
        notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
        for cell in notebook.cells:
            cell.metadata.update(
                {"trusted": True, "collapsed": False, "execution": {"iopub.status.busy": "2026-01-01"}}
            )
        call(port, "PUT", f"/api/contents/{name}", {"type": "notebook", "format": "json", "content": notebook})
        again = call(port, "GET", f"/api/contents/{name}?type=notebook&content=1")
        json.dump(
            {"cells": len(notebook.cells), "outputs": len(outputs), "cells_again": len(again["content"]["cells"])},
            sys.stdout,
        )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main(sys.argv[1])
