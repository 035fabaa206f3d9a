// CIF, with gemmi: grammar, cell and space groups are its.
#include <cmath>
#include <exception>
#include <gemmi/cif.hpp>
#include <gemmi/numb.hpp>
#include <gemmi/small.hpp>

#include "raw.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::specimen {
namespace {

[[noreturn]] void fail(const std::string& name, const std::string& problem) {
  throw Error(Fault::input, cat(name, ": ", problem));
}

gemmi::cif::Block& block_with_atoms(gemmi::cif::Document& document, const std::string& name) {
  gemmi::cif::Block* found = nullptr;
  for (auto& block : document.blocks) {
    if (!block.has_tag("_atom_site_fract_x")) continue;
    if (found != nullptr)
      fail(name, cat("structures ", found->name, " and ", block.name, " (one is needed). Keep a single data block?"));
    found = &block;
  }
  if (found == nullptr) fail(name, "no atoms (no data block has _atom_site_fract_x). Is this the CIF of a structure?");
  return *found;
}

// The operations that the file lists count; then its space group, by name or number.
void set_symmetry(gemmi::SmallStructure& structure, gemmi::cif::Block& block, const std::string& name) {
  auto& images = structure.cell.images;
  for (const char* tag :
       {"_space_group_symop_operation_xyz", "_symmetry_equiv_pos_as_xyz", "_space_group_symop.operation_xyz"}) {
    const auto column = block.find_values(tag);
    if (column.length() == 0) continue;
    images.clear();
    for (const auto& text : column) {
      const auto op = gemmi::parse_triplet(gemmi::cif::as_string(text));
      if (op != gemmi::Op::identity())
        images.push_back(gemmi::Transform{gemmi::rot_as_mat33(op), gemmi::tran_as_vec3(op)});
    }
    return;
  }
  if (structure.find_spacegroup() != nullptr) {
    structure.setup_cell_images();
    return;
  }
  for (const char* tag : {"_space_group_IT_number", "_symmetry_Int_Tables_number"}) {
    if (const auto* number = block.find_value(tag)) {
      structure.cell.set_cell_images_from_spacegroup(
          gemmi::find_spacegroup_by_number(static_cast<int>(gemmi::cif::as_number(*number, 0))));
      if (!images.empty() || gemmi::cif::as_number(*number, 0) == 1) return;
    }
  }
  if (!structure.spacegroup_hm.empty())
    fail(name, cat("space group ", structure.spacegroup_hm, " (unknown). List the operations as x,y,z?"));
}

double number(const gemmi::cif::Block& block, const char* tag, const std::string& name) {
  const auto* text = block.find_value(tag);
  const double value = text == nullptr ? NAN : gemmi::cif::as_number(*text);
  if (!(value > 0)) fail(name, cat("no ", tag, " (the cell needs three lengths and three angles). Add it?"));
  return value;
}

gemmi::SmallStructure read_cell(const gemmi::cif::Block& block, const std::string& name) {
  gemmi::SmallStructure structure;
  structure.cell.set(number(block, "_cell_length_a", name), number(block, "_cell_length_b", name),
                     number(block, "_cell_length_c", name), number(block, "_cell_angle_alpha", name),
                     number(block, "_cell_angle_beta", name), number(block, "_cell_angle_gamma", name));
  if (!(structure.cell.volume > 0)) fail(name, "cell (its angles span no volume)");
  for (const char* tag : {"_space_group_name_H-M_alt", "_symmetry_space_group_name_H-M"}) {
    if (const auto* text = block.find_value(tag); text != nullptr && !gemmi::cif::is_null(*text)) {
      structure.spacegroup_hm = gemmi::cif::as_string(*text);
      break;
    }
  }
  return structure;
}

gemmi::SmallStructure::Site atom_of(const gemmi::cif::Table::Row& row, const std::string& name) {
  gemmi::SmallStructure::Site atom;
  atom.label = row.str(row.has(3) ? 3 : 4);
  atom.type_symbol = row.str(row.has(4) ? 4 : 3);
  atom.fract = {gemmi::cif::as_number(row[0]), gemmi::cif::as_number(row[1]), gemmi::cif::as_number(row[2])};
  if (row.has(5)) atom.occ = gemmi::cif::as_number(row[5], 1.0);
  if (!atom.type_symbol.empty()) gemmi::split_element_and_charge(atom.type_symbol, &atom);
  const std::string what = cat("atom ", atom.label);
  if (const int z = atom.element.atomic_number(); z < 1 || z > 103)
    fail(name, cat(what, " (", atom.type_symbol, " is no element)"));
  if (!std::isfinite(atom.fract.x) || !std::isfinite(atom.fract.y) || !std::isfinite(atom.fract.z))
    fail(name, cat(what, " (its position is no number)"));
  if (!(std::abs(atom.occ - 1) < 1e-3))
    fail(name,
         cat(what, ": occupancy = ", number_text(atom.occ), " (every site must be full). Take an ordered structure?"));
  return atom;
}

RawStructure read_block(gemmi::cif::Block& block, const std::string& name) {
  auto structure = read_cell(block, name);
  set_symmetry(structure, block, name);
  auto atoms = block.find("_atom_site_", {"fract_x", "fract_y", "fract_z", "?label", "?type_symbol", "?occupancy"});
  if (!atoms.ok()) fail(name, "atoms without _atom_site_fract_y or _atom_site_fract_z (all three are needed)");
  for (const auto row : atoms) {
    if (!row.has(3) && !row.has(4)) fail(name, "atoms without _atom_site_label or _atom_site_type_symbol");
    structure.sites.push_back(atom_of(row, name));
  }
  RawStructure raw{.name = name, .places = {name, name, name}, .direct = true};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto v = structure.cell.orthogonalize(gemmi::Fractional(i == 0 ? 1 : 0, i == 1 ? 1 : 0, i == 2 ? 1 : 0));
    raw.vectors[i] = {v.x, v.y, v.z};
  }
  for (const auto& atom : structure.get_all_unit_cell_sites())
    raw.sites.push_back({.z = atom.element.atomic_number(),
                         .r_A = {atom.fract.x, atom.fract.y, atom.fract.z},
                         .index = static_cast<int>(raw.sites.size())});
  return raw;
}

}  // namespace

RawStructure raw_cif(const std::string& text, const std::string& name) {
  try {
    auto document = gemmi::cif::read_memory(text.data(), text.size(), name.c_str());
    return read_block(block_with_atoms(document, name), name);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {
    const std::string problem = e.what();
    fail(name,
         cat(problem.starts_with(name + ":") ? problem.substr(name.size() + 1) : problem, " (not a readable CIF)"));
  }
}

}  // namespace twinmill::specimen
