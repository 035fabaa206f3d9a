#include "card.hpp"

#include <algorithm>
#include <limits>

#include "output.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"

namespace twinmill::exports {
namespace {

// Cells of a Markdown table keep no line ends and no bars of their own.
std::string cell(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|') safe += '\\';
    safe += c == '\n' || c == '\r' ? ' ' : c;
  }
  return safe;
}

std::string at_most(const std::set<double>& values, const std::string& unit) {
  constexpr std::size_t shown = 12;
  std::vector<std::string> words;
  for (const double v : values) words.push_back(number_text(v));
  if (words.size() > shown) return cat(words.size(), " values from ", words.front(), " to ", words.back(), " ", unit);
  return cat(list_text(words), " ", unit);
}

std::string doses(std::set<double> values) {
  const bool without_noise = values.erase(std::numeric_limits<double>::infinity()) > 0;
  if (values.empty()) return "images without noise";
  return cat(at_most(values, "electrons per square angstrom"), without_noise ? ", and images without noise" : "");
}

std::string counts_table(const Tally& tally) {
  std::string text = "| defect |";
  std::string line = "|---|";
  for (const auto& [split, count] : tally.by_split) {
    text += cat(" ", cell(split), " |");
    line += "---:|";
  }
  text += cat(" all |\n", line, "---:|\n");
  for (const auto& [defect, splits] : tally.by_defect) {
    std::int64_t images = 0;
    text += cat("| ", cell(defect), " |");
    for (const auto& [split, all] : tally.by_split) {
      const auto found = splits.find(split);
      const auto here = found == splits.end() ? 0 : found->second.images;
      images += here;
      text += cat(" ", count_text(here), " |");
    }
    text += cat(" ", count_text(images), " |\n");
  }
  std::int64_t images = 0, structures = 0;
  std::string image_cells, structure_cells;
  for (const auto& [split, count] : tally.by_split) {
    images += count.images;
    structures += std::ssize(count.structures);
    image_cells += cat(" ", count_text(count.images), " |");
    structure_cells += cat(" ", count_text(std::ssize(count.structures)), " |");
  }
  return cat(text, "| **images** |", image_cells, " ", count_text(images), " |\n| **structures** |", structure_cells,
             " ", count_text(structures), " |\n");
}

std::string classes_table(const store::Header& header, const Tally& tally) {
  std::string text = "| number | class | labelled sites | pixels of masks |\n|---:|---|---:|---:|\n";
  const auto of = [](const std::vector<std::int64_t>& counts, std::size_t c) {
    return c < counts.size() ? counts[c] : 0;
  };
  for (std::size_t c = 0; c < header.classes.size(); ++c)
    text += cat("| ", c, " | ", cell(header.classes[c]), " | ", c == 0 ? "" : count_text(of(tally.sites, c)), " | ",
                count_text(of(tally.pixels, c)), " |\n");
  return text;
}

std::string conditions(const store::Header& header, const Tally& tally) {
  const auto& shapes = header.shapes;
  std::vector<std::string> parents, pixels, beams, detectors;
  for (const auto& [parent, count] : tally.by_parent) parents.push_back(cell(parent));
  for (const auto& [x, y] : tally.pixels_A) pixels.push_back(cat(rounded_text(x, 6), " x ", rounded_text(y, 6)));
  for (const auto& [energy, semiangle] : tally.beams)
    beams.push_back(cat(number_text(energy), " keV with a semiangle of ", number_text(semiangle), " mrad"));
  for (std::size_t d = 0; d < header.detectors.size(); ++d)
    detectors.push_back(cat(header.detectors[d], " (", number_text(header.detector_inner_mrad[d]), " to ",
                            number_text(header.detector_outer_mrad[d]), " mrad)"));
  constexpr std::size_t shown = 40;
  const auto more = parents.size() > shown ? cat(" and ", parents.size() - shown, " others") : std::string();
  parents.resize(std::min(parents.size(), shown));
  return cat("- Materials: ", more.empty() ? list_text(parents) : cat(list_text(parents), more),
             "\n- Beam: ", list_text(beams), "\n- Detectors: ", list_text(detectors), "\n- Images: ", shapes.width,
             " x ", shapes.height, " pixels of ", list_text(pixels), " angstrom\n- Dose: ", doses(tally.doses),
             "\n- Defocus: ", at_most(tally.defoci_A, "angstrom"),
             "\n- Rotation: ", at_most(tally.rotations_deg, "degrees"),
             "\n- Between the exact image and the recorded one: ", list_text(header.acquisition.stages),
             "\n- Images with a grain boundary: ", count_text(tally.boundaries),
             "; with beam damage: ", count_text(tally.damaged),
             "; with unlabelled impurities: ", count_text(tally.with_impurities),
             "; of relaxed structures: ", count_text(tally.relaxed), "\n");
}

// A fence longer than any run of backticks inside.
std::string fenced(const std::string& kind, const std::string& text) {
  std::size_t run = 0, longest = 2;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return cat(fence, kind, "\n", text, text.ends_with('\n') ? "" : "\n", fence, "\n");
}

}  // namespace

std::string card_text(const store::Header& header, const Tally& tally, const Request& request,
                      const std::string& digest, const std::string& files) {
  const std::string program = cat("twinmill ", version(), " (commit ", commit(), ")");
  return cat(
      card_mark, "\n\n# ", header.campaign_name, ": simulated electron microscope images with labels\n\n",
      "Every image was computed by multislice from a structure that is known atom by atom, so masks and positions are "
      "exact. No image was recorded by a microscope.\n\n",
      "## How many\n\n", counts_table(tally), "\nSamples of one structure are always in one split.\n\n## Classes\n\n",
      classes_table(header, tally), "\n## Conditions\n\n", conditions(header, tally), "\n## Files\n\n", files,
      "\n## Licence\n\n",
      request.licence.empty()
          ? "None was chosen yet: ask whoever gave you these files (`twinmill export --licence NAME` states one).\n"
          : request.licence + "\n",
      "\n## Checksum\n\nDigest of the samples: `", digest,
      "`. It hashes every image, mask and atom; `twinmill digest` gives the same for the store that all of them are "
      "from",
      request.format == Format::hdf5 ? ", and `twinmill inspect FILE --digest` for the file beside this card" : "",
      ".\n\n## How it was made\n\n- Exported by ", program, " on ", utc_text(unix_seconds()), "\n- Physics version ",
      header.physics, ", key of the campaign's plan `", header.plan_key,
      "`\n- The campaign file below gives the same samples again: `twinmill run campaign.toml`\n\n## How to cite\n\n",
      "Name the data by campaign and digest, and the program with its version:\n\n> ", header.campaign_name,
      ". Simulated electron microscope images with labels. Digest ", digest, ". Made with ", program,
      ".\n\n## Campaign\n\n", fenced("toml", header.campaign_toml));
}

}  // namespace twinmill::exports
