"""The virtual environment that the benchmarks and the makers of fixtures share: `tools/.venv`, made when it is first needed.

    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    from environment import require
    require(lightfm="rectools-lightfm", numpy="numpy")

LIKENESS_PYTHON names another Python that has the modules already.
"""
import importlib.util
import os
import pathlib
import subprocess
import sys
import venv

FOLDER = pathlib.Path(__file__).resolve().parent / ".venv"


def require(**packages):
    """Starts the script again with the environment's Python, unless every module can be imported here.

    Keywords are modules, their values what pip installs.
    """
    missing = [module for module in packages if importlib.util.find_spec(module) is None]
    if not missing:
        return
    if os.environ.get("LIKENESS_ENVIRONMENT"):
        sys.exit(f"{', '.join(missing)} cannot be imported by {sys.executable}; remove {FOLDER} and try again")
    python = os.environ.get("LIKENESS_PYTHON")
    if not python:
        python = str(FOLDER / "bin" / "python")
        if not os.path.exists(python):
            print(f"making a virtual environment in {FOLDER}", file=sys.stderr)
            venv.create(FOLDER, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages.values()],
                       check=True, stdout=sys.stderr)
    os.execve(python, [python, *sys.argv], {**os.environ, "LIKENESS_ENVIRONMENT": "1"})
