import subprocess
import sys


def test_the_model_of_a_plan_and_its_fence_do_not_load_yaml() -> None:
    script = "import sys, planner.plan.model, planner.scopes.fence; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
