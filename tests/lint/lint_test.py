#!/usr/bin/env python3
"""The checks must find what they are for, and nothing else: each test writes a small tree."""
import pathlib
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "support")]

import layers
import leftovers
import links
import lint
import skips
import sources

PAGE = """
# Architecture

| module | owns | may include |
|---|---|---|
| base | errors | |
| mpi | messages | base |
| store | files | base, mpi |
| scheduler | deciding | base |
| app | wiring | everything |

| library | in sources | in CMake | only in |
|---|---|---|---|
| MPI | `MPI_*` `<mpi.h>` | `MPI::` | mpi |
| SQLite | `sqlite3*` `<sqlite3.h>` | `PkgConfig::SQLITE` | store |
| toml++ | `toml::` | `PkgConfig::TOML` | app |
"""


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("docs/architecture.md", PAGE)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def expect(self, found, *expected):
        self.assertEqual([f"{path}:{line}: {message}" for path, line, message in found], list(expected))


class Sources(unittest.TestCase):
    def test_comments_and_strings_are_no_code(self):
        text = 'int a;  // MPI_Init\n/* MPI_Send\n */ f("MPI_Recv \\" MPI_X");\nauto s = R"x(MPI_Y\n)")x"; int n = 1\'000\'000; char q = \'"\'; g();'
        code = sources.code_lines(text)
        self.assertEqual(len(code), 5)
        self.assertNotIn("MPI_", "\n".join(code))
        self.assertIn("1'000'000", code[4])
        self.assertIn("g();", code[4])

    def test_includes_know_their_lines(self):
        text = '#include <vector>\n// #include "a.hpp"\n/*\n#include "b.hpp"\n*/\n  #  include "twinmill/base/c.hpp"  // why\n'
        self.assertEqual(sources.includes(text), [(1, "<vector>"), (6, '"twinmill/base/c.hpp"')])

    def test_cmake_words_know_their_lines(self):
        commands = sources.cmake_commands("# twinmill_x(a)\ntwinmill_x(a\n  b $<c:d(e)>  # f\n  \"g\")\nend()")
        self.assertEqual([(c.line, c.name) for c in commands], [(2, "twinmill_x"), (5, "end")])
        self.assertEqual(commands[0].words, [(2, "a"), (3, "b"), (3, "$<c:d(e)>"), (4, "g")])


class Layers(Tree):
    def test_a_clean_tree_passes(self):
        self.write("include/twinmill/base/a.hpp", "// sqlite3_open, MPI_Send\n")
        self.write("include/twinmill/mpi/m.hpp", '#include "twinmill/base/a.hpp"\n')
        self.write("src/base/CMakeLists.txt", "twinmill_module(base SOURCES a.cpp)")
        self.write("src/base/a.cpp", '#include "own.hpp"\nconst char* s = "MPI_Send";')
        self.write("src/base/own.hpp", "")
        self.write("src/mpi/own.hpp", "")
        self.write("src/mpi/m.cpp", '#include <mpi.h>\n#include "twinmill/mpi/m.hpp"\nint x = MPI_SUCCESS;')
        self.write("src/mpi/CMakeLists.txt", "twinmill_module(mpi SOURCES m.cpp PUBLIC twinmill_base MPI::MPI_C)")
        self.write("src/store/s.cpp", '#include "twinmill/mpi/m.hpp"\n#include "twinmill/base/a.hpp"\n')
        self.write("src/store/CMakeLists.txt", "twinmill_module(store SOURCES s.cpp PRIVATE twinmill_mpi twinmill_flags)")
        self.write("scheduler/r.hpp", "")
        self.write("src/app/main.cpp", '#include "r.hpp"\n#include "scheduler/r.hpp"\n#include "twinmill/mpi/m.hpp"\n')
        self.expect(layers.check(self.root))

    def test_a_forbidden_include_is_found(self):
        self.write("include/twinmill/base/a.hpp", '#pragma once\n#include "twinmill/mpi/m.hpp"\n')
        self.expect(layers.check(self.root),
                    'include/twinmill/base/a.hpp:2: base may not include mpi ("twinmill/mpi/m.hpp")')

    def test_a_private_header_of_another_module_is_found(self):
        self.write("src/store/hidden.hpp", "")
        self.write("scheduler/loop.cpp", '#include "../src/store/hidden.hpp"\n#include "hidden.hpp"\n')
        self.expect(layers.check(self.root),
                    'scheduler/loop.cpp:1: scheduler may not include store ("../src/store/hidden.hpp")',
                    'scheduler/loop.cpp:2: scheduler may not include store ("hidden.hpp")')

    def test_a_library_out_of_its_place_is_found(self):
        self.write("src/store/s.cpp", "#include <mpi.h>\n\nvoid f() { MPI_Barrier(c); }\nint sqlite3_x;\n")
        self.write("src/mpi/m.cpp", "struct sqlite3; toml::table t;\n")
        self.expect(layers.check(self.root),
                    "src/mpi/m.cpp:1: mpi may not name SQLite (sqlite3)",
                    "src/mpi/m.cpp:1: mpi may not name toml++ (toml::)",
                    "src/store/s.cpp:1: store may not include MPI (<mpi.h>)",
                    "src/store/s.cpp:3: store may not name MPI (MPI_Barrier)")

    def test_link_lines_follow_the_table_and_the_includes(self):
        self.write("src/base/CMakeLists.txt", "twinmill_module(base SOURCES a.cpp\n  PRIVATE twinmill_store PkgConfig::SQLITE)")
        self.write("src/mpi/m.cpp", '#include "twinmill/base/a.hpp"\n')
        self.write("src/mpi/CMakeLists.txt", "twinmill_module(mpi SOURCES m.cpp)")
        self.write("src/store/CMakeLists.txt", "twinmill_module(shop SOURCES s.cpp PUBLIC twinmill_base)")
        self.expect(layers.check(self.root),
                    "src/base/CMakeLists.txt:2: base may not link twinmill_store",
                    "src/base/CMakeLists.txt:2: base may not link SQLite (PkgConfig::SQLITE)",
                    "src/store/CMakeLists.txt:1: target twinmill_shop is not named after its folder, store",
                    "src/base/CMakeLists.txt:2: base links twinmill_store, but includes nothing of it",
                    "src/mpi/CMakeLists.txt:1: mpi includes base, but does not link twinmill_base",
                    "src/store/CMakeLists.txt:1: store links twinmill_base, but includes nothing of it")

    def test_a_file_of_no_module_is_found(self):
        self.write("src/extra/x.cpp", "")
        self.expect(layers.check(self.root), "src/extra/x.cpp:1: the file belongs to no module of docs/architecture.md")

    def test_a_page_without_tables_is_an_error(self):
        self.write("docs/architecture.md", "# Nothing here\n")
        with self.assertRaisesRegex(ValueError, "tables of modules and libraries are missing"):
            layers.check(self.root)


class Leftovers(Tree):
    def test_notes_and_machine_paths_are_found(self):
        note, path = "TO" + "DO", "/wo" + "rk/x"
        self.write("src/base/a.cpp", f"int a;\n// {note}: later\nopen(\"{path}\");\n")
        self.write("tests/unit/a_test.cpp", f"open(\"{path}\");  // {note}\nmkdtemp(\"a-XXXX" + "XX\");\n")
        self.write("docs/a.md", "See https://example.org/work/a, ./work/b, build/tmp/c and ${x}/tmp/d.\n")
        self.expect(leftovers.check(self.root),
                    f'src/base/a.cpp:2: "{note}" is a note to oneself; do it, or open an issue',
                    'src/base/a.cpp:3: "/wo' + 'rk/" is a path of one machine; make it relative or an option',
                    f'tests/unit/a_test.cpp:1: "{note}" is a note to oneself; do it, or open an issue')

    def test_other_top_folders_are_found(self):
        for folder in ["src", "build", "tools"]:
            (self.root / folder).mkdir()
        self.write(".gitignore", "/build/\n")
        self.expect(leftovers.check(self.root),
                    "tools:1: is no folder of docs/architecture.md; put its content into one that is")


class Links(Tree):
    def test_links_lead_to_files_and_headings(self):
        self.write("README.md", "# A b: `c`, d\n[x](docs/a.md) [y](#a-b-c-d) [z](docs/a.md#part)\n[w](https://a.b/c)\n"
                                "```\n[code](gone.md)\n```\n`[more](gone.md)`\n[p](docs/gone.md)\n[q](docs/a.md#gone)\n")
        self.write("docs/a.md", "# Top\n## Part\n[up](../README.md \"title\")\n")
        self.expect(links.check(self.root),
                    "README.md:8: the link to docs/gone.md leads nowhere",
                    "README.md:9: the link to docs/a.md#gone names a heading that is not there")


class Skips(unittest.TestCase):
    OUTPUT = "1/3 Test #1: a ..... Passed\n\nThe following tests did not run:\n\t  2 - b (Skipped)\n\t  3 - c (Disabled)\n"
    LOG = ("1/3 Testing: a\n\x1b[0;32m[  SKIPPED ] \x1b[mGpu.Works (0 ms)\n[ DISABLED ] Gpu.DISABLED_Odd\n"
           "[  SKIPPED ] 1 test, listed below:\n[  SKIPPED ] Gpu.Works\n2/3 Testing: b\n3/3 Testing: d\nOK (skipped=2)\n")

    def test_every_kind_of_skip_is_found(self):
        self.assertEqual(skips.skipped(self.OUTPUT, self.LOG), ["b", "c", "a: Gpu.Works", "a: Gpu.DISABLED_Odd", "d: 2 cases"])

    def test_expected_ones_match_in_full(self):
        self.assertEqual(skips.unexpected(["a: Gpu.Works", "a: Gpu.Works2", "b"], "# why\na: Gpu.Works\n\nb\n"), ["a: Gpu.Works2"])


class Order(Tree):
    def test_all_checks_are_run_and_sorted_by_place(self):
        self.write("src/base/b.cpp", '#include "twinmill/mpi/m.hpp"\n')
        self.write("README.md", "[a](gone.md)\n")
        (self.root / "extra").mkdir()
        self.assertEqual([str(path) for path, _, _ in lint.problems(self.root)], ["README.md", "extra", "src/base/b.cpp"])


if __name__ == "__main__":
    unittest.main()
