"""The command `anxin` called in this process, where what it says and does is tested and not that it is a process."""

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from subprocess import CompletedProcess
from threading import Thread
from unittest.mock import patch

from anxin.commands.main import main


def call(*arguments: str, environment: Mapping[str, str], said: str = "") -> CompletedProcess[str]:
    """What a process would have answered; on a thread, since a command runs an event loop of its own."""
    done = CompletedProcess[str](["anxin", *arguments], -1)
    told, complained, raised = io.StringIO(), io.StringIO(), list[BaseException]()

    def run() -> None:
        try:
            main()
        except SystemExit as ended:
            done.returncode = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException as error:
            raised.append(error)

    with (
        patch.object(sys, "argv", done.args),
        patch.object(sys, "stdin", io.StringIO(said)),
        patch.dict(os.environ, environment, clear=True),
        redirect_stdout(told),
        redirect_stderr(complained),
    ):
        thread = Thread(target=run)
        thread.start()
        thread.join()
    if raised:  # which a process would show as a traceback
        raise raised[0]
    done.stdout, done.stderr = told.getvalue(), complained.getvalue()
    return done
