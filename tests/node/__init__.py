"""What the tests need of Node, at the versions of package-lock.json beside this: `npm ci --omit=dev`.

Node itself is one of the packages, so that the machine's own need only be able to run npm.
"""

import asyncio
import json
from pathlib import Path

FOLDER = Path(__file__).parent
NODE = FOLDER / "node_modules" / ".bin" / "node"
ENDS_IN_S = 30.0


def missing() -> str:
    """Why no story can be told that needs Node; empty where it can."""
    wanted = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lacking = [name for name in wanted if not (FOLDER / "node_modules" / name).is_dir()]
    if NODE.exists() and not lacking:
        return ""
    names = ", ".join(lacking or wanted)
    return f"It needs Node 22 and npm {names} in tests/node; make test installs them with npm."


async def end(process: asyncio.subprocess.Process) -> None:
    """Its standard input closes, which ends the program; one that goes on is killed."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), ENDS_IN_S)
    except TimeoutError:
        process.kill()
        await process.wait()
