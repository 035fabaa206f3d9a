#include "twinmill/report/report.hpp"

#include "sections.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/base/files.hpp"
#include "twinmill/base/version.hpp"
#include "twinmill/report/figures.hpp"

namespace twinmill::report {

namespace {

struct Part {
  std::string_view id, title;
  std::string html;
};

std::string navigation(const std::vector<Part>& parts) {
  std::string html = "<nav aria-label=\"Sections\"><div class=\"bar\">\n";
  for (const Part& part : parts)
    if (!part.html.empty()) html += cat("<a href=\"#", part.id, "\">", part.title, "</a>\n");
  return html + "</div></nav>\n";
}

std::string page(const Content& content) {
  const std::vector<Part> parts = {
      {"gallery", "Images", gallery_section(content)},     {"doses", "Dose", dose_section(content)},
      {"network", "Network", network_section(content)},    {"study", "Study", study_section(content)},
      {"counts", "Counts", counts_section(content)},       {"run", "Run", run_section(content)},
      {"troubles", "Problems", troubles_section(content)}, {"provenance", "Provenance", provenance_section(content)},
      {"python", "Use the data", python_section(content)}};
  std::string html =
      cat("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"generator\" content=\"twinmill ",
          version(), "\">\n<title>", escape(content.header.campaign_name), ": twinmill report</title>\n<style>",
          page_style(), "</style>\n</head>\n<body>\n", navigation(parts), "<main>\n", header_section(content));
  for (const Part& part : parts) html += part.html;
  return html + cat("<footer>Written by twinmill ", version(), " on ", utc_text(content.generated),
                    ".</footer>\n</main>\n</body>\n</html>\n");
}

}  // namespace

RunFiles run_files(const std::filesystem::path& folder) {
  return {.folder = folder,
          .store = folder / "store.h5",
          .ledger = folder / "ledger-snapshot.sqlite",
          .predictions = folder / "models" / "predictions.h5",
          .campaign = folder / "campaign.toml",
          .page = folder / "report.html"};
}

void write_report(const RunFiles& run, const Extra& extra) {
  if (!std::filesystem::exists(run.store))
    throw Error(Fault::input, cat("there is nothing to report in ", run.folder.string(), " (it has no ",
                                  run.store.filename().string(), "). Run the campaign first?"));
  write_atomic(run.page, page(Content(run, extra)));
}

}  // namespace twinmill::report
