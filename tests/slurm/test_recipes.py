"""The recipes for a container and for Spack, as far as they can be tried where neither program is: what they name exists."""

import os
import pathlib
import re
import subprocess
import sys
import types
import unittest

SOURCE = pathlib.Path(os.environ["TWINMILL_SOURCE"])
PROGRAM = pathlib.Path(os.environ["TWINMILL"])
# Of CMake's names for packages, those that Spack calls otherwise.
SPACK_NAMES = {"mpi": "mpi", "pegtl": "pegtl", "torch": "py-torch", "png": "libpng", "nlohmann_json": "nlohmann-json", "httplib": "cpp-httplib",
               "fftwf": "fftw", "gtest": "googletest", "pkgconfig": "pkgconfig", "dnnl": "onednn"}
# Part of the compiler or the system; or for tests that the recipe does not build.
NO_PACKAGE = {"threads", "openmp", "python3", "benchmark"}


def recipe():
    """What package.py says, with Spack's words taken down instead of understood."""
    said = {"depends_on": [], "variant": []}
    module = types.ModuleType("spack.package")

    class CMakePackage:
        def define(self, name, value):
            return f"-D{name}={value}"

        def define_from_variant(self, name, variant):
            assert variant in [words[0] for words in said["variant"]], f"there is no variant {variant}"
            return f"-D{name}=OFF"

    module.CMakePackage = CMakePackage
    for word in ("conflicts", "license", "version"):
        setattr(module, word, lambda *_, **__: None)
    for word in said:
        setattr(module, word, lambda *words, _word=word, **__: said[_word].append(words))
    sys.modules["spack"], sys.modules["spack.package"] = types.ModuleType("spack"), module
    names = {}
    path = SOURCE / "slurm" / "spack" / "packages" / "twinmill" / "package.py"
    exec(compile(path.read_text(), str(path), "exec"), names)  # pylint: disable=exec-used
    package = names["Twinmill"]()
    package.spec = {"py-torch": types.SimpleNamespace(package=types.SimpleNamespace(cmake_prefix_paths=["/torch"]))}
    return said, package.cmake_args()


def post_of(stage):
    """The script of a stage of the container's recipe."""
    text = (SOURCE / "slurm" / "apptainer.def").read_text()
    part = re.split(r"^Stage: ", text, flags=re.MULTILINE)[stage]
    return re.search(r"^%post\n(.*?)^(?=%|Bootstrap)", part + "\nBootstrap", re.MULTILINE | re.DOTALL)[1]


class Recipes(unittest.TestCase):
    def test_spack_depends_on_all_that_cmake_looks_for(self):
        depends = {re.split(r"[@+~^ ]", words[0])[0] for words in recipe()[0]["depends_on"]}
        files = [path for path in [*SOURCE.rglob("CMakeLists.txt"), SOURCE / "src" / "modules.cmake"] if "build" not in path.relative_to(SOURCE).parts]
        looked_for = set()
        for path in files:
            looked_for |= {name.lower() for name in re.findall(r"(?:find_package|pkg_check_modules|pkg_search_module)\((\w+)", path.read_text())}
        looked_for -= NO_PACKAGE
        self.assertGreaterEqual(len(looked_for), 12)
        for name in looked_for:
            self.assertIn(SPACK_NAMES.get(name, name), depends)

    def test_spack_sets_options_that_exist(self):
        options = (SOURCE / "CMakeLists.txt").read_text()
        for argument in recipe()[1]:
            name = re.match(r"-D(\w+)=", argument)[1]
            self.assertTrue(name == "Torch_DIR" or f"option({name} " in options, argument)

    def test_container_scripts_are_scripts(self):
        for stage in (1, 2):
            subprocess.run(["bash", "-n"], input=post_of(stage), text=True, check=True)
        configure = re.search(r"cmake --preset \w+.*", post_of(1))[0]
        for name in re.findall(r"-D(TWINMILL_\w+)=", configure):
            self.assertIn(f"option({name} ", (SOURCE / "CMakeLists.txt").read_text())

    def test_container_has_every_library(self):
        """Each library that the program or its modules name belongs to a package of the list (or to the compiler)."""
        listed = set(post_of(2).replace("\\", " ").split())
        folder = PROGRAM.parent
        needed = set()
        for path in [PROGRAM, *(folder / "lib").glob("libtwinmill_*.so")]:
            out = subprocess.run(["readelf", "-d", str(path)], capture_output=True, text=True, check=True).stdout
            needed |= set(re.findall(r"NEEDED.*\[(.*)\]", out))
        known = {}  # The first one that is listed is for this processor.
        for name, path in re.findall(r"^\s+(\S+) .* => (\S+)$", subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout, re.MULTILINE):
            known.setdefault(name, path)
        checked = 0
        for name in needed:
            if "twinmill" in name or name not in known:
                continue
            real = os.path.realpath(known[name])
            found = subprocess.run(["dpkg", "-S", real], capture_output=True, text=True, check=False).stdout
            found = found or subprocess.run(["dpkg", "-S", real.removeprefix("/usr")], capture_output=True, text=True, check=False).stdout
            package = found.split(":")[0]
            if not package or package in ("libc6", "libgcc-s1", "libstdc++6", "libgomp1"):
                continue
            self.assertIn(package, listed, name)
            checked += 1
        self.assertGreaterEqual(checked, 12)


if __name__ == "__main__":
    unittest.main(verbosity=2)
