#include "manual.hpp"

#include "options.hpp"
#include "twinmill/base/clock.hpp"
#include "twinmill/base/text.hpp"
#include "twinmill/base/version.hpp"

namespace twinmill::app {
namespace {

// Text of one line: minus signs that can be copied, nothing that starts a request.
std::string roff(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '-') {
      result += "\\-";
    } else if (c == '\\') {
      result += "\\e";
    } else if (c == '\n') {
      result += ' ';
    } else {
      result += c;
    }
  }
  return result.starts_with('.') || result.starts_with('\'') ? "\\&" + result : result;
}

// An argument of a macro.
std::string argument(const std::string& text) {
  std::string result = "\"";
  for (const char c : roff(text)) result += c == '"' ? std::string("\\(dq") : std::string(1, c);
  return result + "\"";
}

std::string option_text(const OptionText& option) {
  const std::string value = option.value.empty() ? "" : cat(" \\fI", roff(option.value), "\\fR");
  return cat(".TP\n\\fB\\-\\-", roff(option.name), "\\fR", value, "\n", roff(option.help), "\n");
}

std::string options_text(const Usage& usage) {
  std::string text;
  for (const auto& option : usage.options)
    if (option.name != "help") text += option_text(option);
  return text;
}

// Cut at blanks into lines that a page can hold; troff would not break an example.
std::string example_text(const std::string& example) {
  constexpr std::size_t width = 68;
  std::string text, line;
  for (const auto& word : split_words(example)) {
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      text += cat(roff(line), " \\e\n");
      line = "    ";
    }
    line += cat(line.empty() || line == "    " ? "" : " ", word);
  }
  return cat(".PP\n.nf\n.RS 4\n", text, roff(line), "\n.RE\n.fi\n");
}

std::string command_text(const Command& command) {
  std::string text =
      cat(".SS ", argument(cat("twinmill ", command.name, command.usage.empty() ? "" : " ", command.usage)), "\n",
          roff(command.summary), "\n");
  if (command.kinds.empty()) text += options_text(usage_of(command));
  for (const auto& kind : command.kinds) {
    const auto options = options_text(usage_of(command, {kind}));
    if (!options.empty()) text += cat(".PP\nOptions of \\fB", roff(command.name), " ", roff(kind), "\\fR:\n", options);
  }
  return text + example_text(command.example);
}

}  // namespace

std::string manual() {
  std::string text = cat(
      ".TH TWINMILL 1 ", utc_text(unix_seconds()).substr(0, 10), " ", argument(cat("twinmill ", version())),
      " \"User Commands\"\n.SH NAME\ntwinmill \\- labelled digital\\-twin microscope images, and the networks trained "
      "on them\n.SH SYNOPSIS\n\\fBtwinmill\\fR \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n.br\n\\fBtwinmill\\fR "
      "\\fICOMMAND\\fR \\fB\\-\\-help\\fR\n.br\n\\fBtwinmill \\-\\-version\\fR\n.SH DESCRIPTION\nFrom one campaign "
      "file "
      "twinmill builds structures with known defects, computes their microscope images, labels every pixel and every "
      "atom, trains a segmentation network on the result and writes a report.\nIt runs on one machine and under MPI on "
      "many nodes.\nWhat is finished stays finished: it can be killed at any moment and started again.\n.SH "
      "COMMANDS\n");
  for (const auto& command : commands()) text += command_text(command);
  text += ".SH \"EXIT STATUS\"\n";
  for (const auto& e : exit_texts()) text += cat(".TP\n", static_cast<int>(e.code), "\n", roff(e.meaning), "\n");
  text +=
      ".SH FILES\n.TP\n\\fIDIR\\fR/store.h5\nimages, masks, atoms, and what made "
      "them\n.TP\n\\fIDIR\\fR/report.html\nthe "
      "report\n.TP\n\\fIDIR\\fR/campaign.toml\nthe campaign as it was run; \\fBtwinmill fields\\fR explains every "
      "key\n";
  return text;
}

}  // namespace twinmill::app
