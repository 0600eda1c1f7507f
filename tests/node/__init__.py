"""What the tests need of Node, at the versions of package-lock.json beside this: `npm ci --omit=dev`.

Node itself is one of the packages, so that the machine's own need only be able to run npm.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
NODE = FOLDER / "node_modules" / ".bin" / "node"


def missing() -> str:
    """Why no story can be told that needs Node; empty where it can."""
    there = NODE.exists() and (FOLDER / "node_modules" / "emulate").is_dir()
    return (
        "" if there else "It needs Node 22 and npm emulate in tests/node; make test installs them with npm."
    )
