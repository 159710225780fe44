"""The ASGI app of a server that serves a user's app: that app, wrapped.

Neither side hides the packages of the other. Ours are imported first, from their own folder, and then removed from the
import system, so that `import scenarios` in the user's code finds the user's `scenarios`.
"""

import sys
from pathlib import Path

PROJECT = str(Path(__file__).parents[3])
OURS = "scenarios"

sys.path.insert(0, PROJECT)
theirs = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == OURS}
from scenarios.inside.launched import launch_settings  # noqa: E402 - only now is it certain which package this is
from scenarios.inside.own_app import import_app  # noqa: E402
from scenarios.inside.stamp import Stamp  # noqa: E402
from scenarios.inside.witness import Witness  # noqa: E402

for name in [name for name in sys.modules if name.partition(".")[0] == OURS]:
    del sys.modules[name]
sys.modules.update(theirs)
sys.path[:] = [place for place in sys.path if place != PROJECT] + [PROJECT]

app = Witness(Stamp(import_app(launch_settings())))
