# SPDX-License-Identifier: MIT
"""What keys and mouse do in vgpu-view, by scripts, told from what it says is shown.
usage: view_use BUILD DIR CASE; `view_use` alone lists the cases."""
import sys

import moving, finding, resources, waiting, keeping, comparing, looking, goldens, reporting, monkey  # Each adds its cases.
from view import CASES, View

if len(sys.argv) < 4:
    print("\n".join(CASES))
else:
    CASES[sys.argv[3]](View(*sys.argv[1:3]))
