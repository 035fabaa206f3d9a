"""Spack recipe: docs/cluster.md, "Spack". Builds the checkout that it lies in, with `spack dev-build`."""

from spack.package import CMakePackage, conflicts, depends_on, license, variant, version


class Twinmill(CMakePackage):
    """Campaigns of simulated, labelled microscope images, and the networks trained on them."""

    license("BSD-3-Clause")

    # No release has been made: `spack dev-build` takes the checkout, so that no address is needed.
    version("0.1.0")

    variant("tests", default=False, description="Build the tests")
    variant("cuda", default=False, description="Train with LibTorch's CUDA build")

    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi@3.1:")
    depends_on("hdf5@1.10:+mpi+hl~cxx")
    depends_on("fftw@3.3:+mpi precision=float,double")
    depends_on("py-torch@1.13:~cuda", when="~cuda")
    depends_on("py-torch@1.13:+cuda", when="+cuda")
    depends_on("onednn@2.6:")
    depends_on("boost@1.74:+program_options")
    depends_on("sqlite@3.40:")
    depends_on("spdlog@1.10:")
    depends_on("fmt@9:")
    depends_on("nlohmann-json@3.11:")
    depends_on("libpng@1.6:")
    depends_on("tomlplusplus@3.3:")
    depends_on("xxhash@0.8:")
    depends_on("gemmi@0.5:")
    depends_on("pegtl@2.8:2")
    depends_on("cpp-httplib@0.11:")
    depends_on("googletest@1.12:+gmock", when="+tests")

    conflicts("%gcc@:11", msg="C++20 as GCC 12 has it")

    def cmake_args(self):
        torch = self.spec["py-torch"].package.cmake_prefix_paths[0]
        return [
            self.define_from_variant("TWINMILL_TESTS", "tests"),
            self.define("TWINMILL_BENCH", False),
            self.define("Torch_DIR", f"{torch}/Torch"),
        ]
