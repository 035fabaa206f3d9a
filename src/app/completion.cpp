#include "completion.hpp"

#include "options.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace {

/// A command, or one kind of it, with what it takes.
struct Page {
  const Command* command = nullptr;
  std::string kind;
  Usage usage;
};

std::vector<Page> pages() {
  std::vector<Page> all;
  for (const auto& command : commands()) {
    if (command.kinds.empty()) all.push_back({&command, {}, usage_of(command)});
    for (const auto& kind : command.kinds) all.push_back({&command, kind, usage_of(command, {kind})});
  }
  return all;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += cat(text.empty() ? "" : " ", word);
  return text;
}

std::string choices_of(const OptionText& option) {
  std::string words = option.value;
  for (char& c : words)
    if (c == '|') c = ' ';
  return words;
}

bool has_choices(const OptionText& option) { return option.value.find('|') != std::string::npos; }

std::string option_words(const Usage& usage) {
  std::vector<std::string> words;
  for (const auto& option : usage.options) words.push_back("--" + option.name);
  return joined(words);
}

// What a positional argument is, by the name that it has in every command.
std::string bash_argument(const std::string& name) {
  if (name == "CAMPAIGN") return "_twinmill_files '*.toml'";
  if (name == "DIR") return "_twinmill_folders";
  return "_twinmill_files '*'";
}
std::string zsh_argument(const std::string& name) {
  if (name == "CAMPAIGN") return R"x(_files -g "*.toml(-.)")x";
  if (name == "DIR") return "_files -/";
  return "_files";
}

constexpr const char* bash_head = R"(# bash completion of twinmill, made by: twinmill completion bash

_twinmill_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}
_twinmill_folders() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -d -- "$word")
}
_twinmill_files() {  # _twinmill_files PATTERN
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -d -- "$word"; compgen -f -X "!$1" -- "$word" | while IFS= read -r file; do
    [[ -d $file ]] || printf '%s\n' "$file"
  done)
}

_twinmill() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} page=${COMP_WORDS[1]}
  COMPREPLY=()
  # --option=value reaches this function as three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
)";

// The text between single quotes of a shell.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string(R"('\'')") : std::string(1, c);
  return result + "'";
}

// Brackets and colons mean something to _arguments.
std::string zsh_text(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

std::string zsh_value(const OptionText& option) {
  if (option.value.empty()) return "";
  if (has_choices(option)) return cat(":value:(", choices_of(option), ")");
  if (option.value == "DIR") return ":folder:_files -/";
  if (option.value == "FILE") return ":file:_files";
  return ":value: ";
}

std::string zsh_page(const Page& page) {
  std::string text;
  for (const auto& option : page.usage.options)
    text += cat(" \\\n        ", quoted(cat(option.repeats ? "*" : "", "--", option.name, "[", zsh_text(option.help),
                                            "]", zsh_value(option))));
  // A kind stands where the first argument does.
  for (std::size_t i = page.kind.empty() ? 0 : 1; i < page.usage.positional.size(); ++i)
    text += cat(" \\\n        ",
                quoted(cat(i + 1, ":", page.usage.positional[i], ":", zsh_argument(page.usage.positional[i]))));
  return cat("_arguments", text);
}

}  // namespace

std::string bash_completion() {
  std::string values, arguments, options;
  std::vector<std::string> names;
  for (const auto& command : commands()) {
    names.push_back(command.name);
    if (!command.kinds.empty())
      arguments +=
          cat("    ", command.name, ") ((COMP_CWORD == 2)) && _twinmill_words \"", joined(command.kinds), "\" ;;\n");
  }
  for (const auto& page : pages()) {
    const auto& usage = page.usage;
    const std::string name = page.kind.empty() ? page.command->name : cat(page.command->name, " ", page.kind);
    for (const auto& option : usage.options) {
      std::string action = ":";  // Nothing to offer for numbers and words.
      if (has_choices(option)) action = cat("_twinmill_words \"", choices_of(option), "\"");
      if (option.value == "DIR") action = "_twinmill_folders";
      if (option.value == "FILE") action = "_twinmill_files '*'";
      if (!option.value.empty()) values += cat("    '", name, " --", option.name, "') ", action, "; return ;;\n");
    }
    options += cat("      '", name, "') _twinmill_words \"", option_words(usage), "\" ;;\n");
    if (page.kind.empty() && !usage.positional.empty())
      arguments += cat("    '", name, "') ", bash_argument(usage.positional.front()), " ;;\n");
  }
  return cat(
      bash_head, "  if ((COMP_CWORD == 1)); then\n    _twinmill_words \"", joined(names),
      " --help --version\"\n    return\n  fi\n  case $page in\n    bench | completion) [[ -n ${COMP_WORDS[2]} ]] && "
      "((COMP_CWORD > 2)) && page+=\" ${COMP_WORDS[2]}\" ;;\n  esac\n  case \"$page $before\" in\n",
      values, "  esac\n  if [[ $word == -* ]]; then\n    case $page in\n", options,
      "    esac\n    return\n  fi\n  case $page in\n", arguments, "  esac\n}\ncomplete -F _twinmill twinmill\n");
}

std::string zsh_completion() {
  std::string list, cases;
  for (const auto& command : commands())
    list += cat("    ", quoted(cat(command.name, ":", zsh_text(command.summary))), "\n");
  std::string open;  // The command whose kinds are being written.
  for (const auto& page : pages()) {
    const auto& command = *page.command;
    if (!page.kind.empty() && open != command.name) {
      cases += cat("    ", command.name, ")\n      if (( CURRENT == 2 )); then\n        _values kind ",
                   joined(command.kinds), "\n        return\n      fi\n      case $words[2] in\n");
      open = command.name;
    }
    if (page.kind.empty()) {
      cases += cat("    ", command.name, ")\n      ", zsh_page(page), "\n      ;;\n");
    } else {
      cases += cat("      ", page.kind, ") ", zsh_page(page), " ;;\n");
      if (page.kind == command.kinds.back()) cases += "      esac\n      ;;\n";
    }
  }
  return cat(
      "#compdef twinmill\n# zsh completion of twinmill, made by: twinmill completion zsh\n\n_twinmill() {\n  local -a "
      "commands\n  commands=(\n",
      list,
      "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n  shift words\n  (( "
      "CURRENT-- ))\n  case $words[1] in\n",
      cases,
      "  esac\n}\n\nif [[ $funcstack[1] == _twinmill ]]; then\n  _twinmill \"$@\"\nelse\n  compdef _twinmill "
      "twinmill\nfi\n");
}

}  // namespace twinmill::app
