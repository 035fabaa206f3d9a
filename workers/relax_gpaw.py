"""Relaxes input.extxyz with GPAW and writes output.extxyz. Written and run by twinmill, in a folder of its own.

settings.json says how. After every ionic step the atoms go to restart.extxyz, where a later run continues.
"""
import json
import os
import sys

try:
    import ase
    import ase.io
    import gpaw
    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.optimize import BFGS
    from gpaw import GPAW
    from gpaw.mpi import world
except ImportError as error:
    print(f"{sys.executable} has no GPAW: {error}")
    sys.exit(127)  # As a shell says that a program is missing.


def write(name, atoms, energy, forces, facts):
    """The file is the old one or the new one, whenever the process is killed."""
    copy = atoms.copy()
    copy.info = dict(facts)
    copy.calc = SinglePointCalculator(copy, energy=energy, forces=forces)
    if world.rank == 0:
        ase.io.write(name + ".new", copy, format="extxyz", parallel=False)
        with open(name + ".new", "rb+") as file:
            os.fsync(file.fileno())
        os.replace(name + ".new", name)
    world.barrier()


def started(settings):
    """Atoms to start from, and the ionic steps that led there."""
    atoms = ase.io.read("input.extxyz")
    if os.path.exists("restart.extxyz"):
        before = ase.io.read("restart.extxyz")
        atoms.positions[:] = before.positions
        return atoms, int(before.info["twinmill_steps"]), before
    return atoms, 0, None


def describe(settings):
    if settings["mode"] == "lcao":
        basis = f"lcao({settings['basis']}) h={settings['spacing_A']:g} A"
    else:
        basis = f"pw({settings['cutoff_eV']:g} eV)"
    k = settings["k_points"]
    return f"gpaw {gpaw.__version__} PBE {basis}, {k[0]} x {k[1]} k-points, ase {ase.__version__}"


def calculator(settings):
    how = {"mode": "lcao", "basis": settings["basis"], "h": settings["spacing_A"]}
    if settings["mode"] == "pw":
        how = {"mode": {"name": "pw", "ecut": settings["cutoff_eV"]}}
    nx, ny = settings["k_points"]
    return GPAW(
        xc="PBE",
        kpts={"size": (nx, ny, 1)},
        occupations={"name": "fermi-dirac", "width": 0.1},
        symmetry={"point_group": False},  # Which the atoms break by rounding, and GPAW then refuses to go on.
        # Forces lag behind the density. MoS2 with a vacancy: wrong by 0.026 eV/A at 1e-3, 0.016 at 3e-4, 0.003 at 1e-4. The
        # eigenstates' residual enters with its root; GPAW's 4e-8 is for 0.01 eV/A.
        convergence={
            "density": min(1e-3, max(1e-6, 1e-3 * settings["max_force_eV_per_A"])),
            "eigenstates": min(2e-5, max(4e-8, 4e-4 * settings["max_force_eV_per_A"] ** 2)),
        },
        maxiter=500,
        txt="gpaw.txt",
        **how,
    )


def relax(settings):
    atoms, before, last = started(settings)
    atoms.pbc = (True, True, False)
    facts = {"twinmill_input": settings["input"], "twinmill_engine": describe(settings)}
    left = settings["max_steps"] - before
    if left <= 0:
        facts.update(twinmill_steps=before, twinmill_converged=False)
        write("output.extxyz", last, last.get_potential_energy(), last.get_forces(), facts)
        return
    atoms.calc = calculator(settings)
    optimiser = BFGS(atoms, logfile="relax.log", maxstep=0.15)

    def keep(name="restart.extxyz", **more):
        steps = {"twinmill_steps": before + optimiser.nsteps}
        write(name, atoms, atoms.get_potential_energy(), atoms.get_forces(), {**facts, **steps, **more})

    optimiser.attach(keep)
    converged = optimiser.run(fmax=settings["max_force_eV_per_A"], steps=left)
    keep("output.extxyz", twinmill_converged=bool(converged))


if __name__ == "__main__":
    with open("settings.json", encoding="utf-8") as text:
        relax(json.load(text))
