// Everything needed to tell what this is and to make it again, and how to open the data.
#include "format.hpp"
#include "sections.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/report/figures.hpp"

namespace twinmill::report {

namespace {

/// The digest reads every image: only worth it unasked while that takes seconds.
constexpr double digest_bytes_at_most = 1e9;

std::string digest_text(const Content& content) {
  if (!content.extra.digest.empty()) return content.extra.digest;
  const store::Shapes& shapes = content.header.shapes;
  const double bytes =
      static_cast<double>(shapes.samples) * shapes.width * shapes.height * (4.0 * shapes.detectors + 1);
  if (content.done_count() == 0 || bytes > digest_bytes_at_most) return {};
  return store::digest(content.reader);
}

std::string when(const std::optional<double>& unix_time) { return unix_time ? utc_text(*unix_time) : std::string(); }

/// Commands that make the same again.
std::string reproduce(const Content& content, const std::string& digest) {
  std::string lines =
      cat("twinmill --version                        # ", version(), ", commit ", commit(), "\n",
          "twinmill run campaign.toml --dir again    # the campaign file below\n",
          "twinmill digest again                     # ", digest.empty() ? "that of the first run" : digest, "\n");
  return cat(
      "<h3>Make it again</h3>\n<p>The same campaign gives the same images, bit for bit, for any number of ranks, on "
      "the same build and kind of processor; other processors round the last digits otherwise.</p>\n<pre>",
      escape(lines), "</pre>\n<details><summary>Campaign file</summary>\n<pre>", escape(content.campaign_text),
      "</pre></details>\n");
}

/// What to cite; facts that this program has and no others.
std::string cite(const Content& content) {
  const std::string year = utc_text(content.generated).substr(0, 4);
  const std::string entry = cat(
      "@software{twinmill,\n  title = {twinmill: campaigns of simulated, labelled microscope images},\n  version = {",
      version(), "},\n  year = {", year, "},\n  note = {commit ", commit(), ", physics version ", physics_version,
      "; data with plan key ", content.header.plan_key, "}\n}\n");
  return cat("<h3>Cite it</h3>\n<pre>", escape(entry),
             "</pre>\n<p>The study that this program follows: A. S. Fuhr, P. Ganesh, R. K. Vasudevan, K. M. "
             "Roccapriore and B. G. "
             "Sumpter, Digital twins and deep learning segmentation of defects in monolayer MX2 phases (2023), "
             "doi:10.1063/5.0181080. Where cells, scattering factors and displacements come from is in the program's "
             "<code>docs/specimens.md</code> and <code>docs/physics.md</code>.</p>\n");
}

}  // namespace

std::string provenance_section(const Content& content) {
  std::string rows;
  const auto row = [&](std::string_view what, std::string_view value, std::string_view tag = "span") {
    if (!value.empty()) rows += cat("<dt>", what, "</dt><dd><", tag, ">", escape(value), "</", tag, "></dd>\n");
  };
  const Extra& extra = content.extra;
  row("program", cat("twinmill ", version()));
  row("commit", commit(), "code");
  row("physics version", cat(physics_version));
  row("plan key", content.header.plan_key, "code");
  const std::string digest = digest_text(content);
  row("digest of the images", digest, "code");
  row("host", extra.host);
  row("processor", extra.processor);
  row("ranks", extra.ranks > 0 ? cat(extra.ranks) : std::string());
  row("job", extra.job);
  row("first started", content.ledger.known ? utc_text(content.ledger.created) : std::string());
  row("last started", when(extra.started));
  row("finished", when(extra.finished));
  row("this page", utc_text(content.generated));
  return cat("<section id=\"provenance\">\n<h2>Provenance</h2>\n<dl>\n", rows, "</dl>\n", reproduce(content, digest),
             cite(content), "</section>\n");
}

std::string python_section(const Content& content) {
  const std::string file = content.store_path.filename().string();
  const std::string code =
      cat("import h5py\n\n"
          "with h5py.File(\"",
          file,
          "\", \"r\") as store:\n"
          "    table = store[\"samples/table\"][:]              # one row per image: what made it\n"
          "    done = store[\"samples/slot\"][\"state\"] == 1      # images that are finished\n"
          "    test = done & (table[\"split\"] == b\"test\")\n"
          "    for i in test.nonzero()[0][:5]:\n"
          "        image = store[\"samples/image\"][i, 0]        # float32, fraction of the beam, first detector\n"
          "        mask = store[\"samples/mask\"][i]             # class of each pixel\n"
          "        print(table[\"parent\"][i], table[\"defect\"][i], table[\"dose_e_per_A2\"][i], image.mean(), "
          "mask.max())\n");
  return cat(
      "<section id=\"python\">\n<h2>Use the data</h2>\n<p>The store is one HDF5 file; this reads it while the campaign "
      "still "
      "runs, too.</p>\n<pre>",
      escape(code), "</pre>\n</section>\n");
}

}  // namespace twinmill::report
