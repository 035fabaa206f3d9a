#include "options.hpp"

#include <algorithm>
#include <iostream>

#include "twinmill/base/text.hpp"

namespace twinmill::app {
namespace po = boost::program_options;

namespace {

/// Set while usage_of() runs a command. Not an exception of the standard library: nobody takes it for a failure.
Usage* wanted = nullptr;
struct Told {};

}  // namespace

Usage usage_of(const Command& command, const Arguments& arguments) {
  Usage usage;
  wanted = &usage;
  try {
    command.run(arguments);
  } catch (const Told&) {
    wanted = nullptr;
    return usage;
  } catch (...) {
    wanted = nullptr;
    throw;
  }
  throw Error(Fault::bug, cat("command ", command.name, " does not say what it takes"));
}

Options::Options(std::string command, std::vector<std::string> positional)
    : command_(std::move(command)), positional_(std::move(positional)) {
  visible_.add_options()("help,h", "show this page");
}

void Options::print_help() const {
  for (const auto& c : commands()) {
    if (c.name == command_)
      std::cout << "twinmill " << c.name << " " << c.usage << "\n\n"
                << c.summary << "\n\nExample: " << c.example << "\n\n";
  }
  std::cout << visible_;
}

void Options::tell() const {
  wanted->positional = positional_;
  for (const auto& option : visible_.options()) {
    const auto* many = dynamic_cast<const po::typed_value<std::vector<std::string>>*>(option->semantic().get());
    wanted->options.push_back({.name = option->long_name(),
                               .value = option->format_parameter(),
                               .repeats = many != nullptr,
                               .help = option->description()});
  }
  throw Told();
}

bool Options::parse(const Arguments& arguments) {
  if (wanted != nullptr) tell();
  po::options_description all;
  po::positional_options_description order;
  all.add(visible_);
  for (const auto& name : positional_) {
    all.add_options()(name.c_str(), po::value<std::string>());
    order.add(name.c_str(), 1);
  }
  try {
    // No guessing of abbreviated options: --rank is a typing mistake, not --ranks.
    const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional(order).style(style).run(), values_);
  } catch (const po::unknown_option& e) {
    std::vector<std::string> known;
    for (const auto& option : visible_.options()) known.push_back("--" + option->long_name());
    const std::string near = nearest(e.get_option_name(), known);
    throw Error(Fault::input,
                cat("option ", e.get_option_name(), " is not known to twinmill ", command_,
                    near.empty() ? cat(". See twinmill ", command_, " --help?") : cat(". Did you mean ", near, "?")));
  } catch (const po::too_many_positional_options_error&) {
    throw Error(Fault::input, cat("too many arguments for twinmill ", command_, " (it takes ", list_text(positional_),
                                  "). See twinmill ", command_, " --help?"));
  } catch (const po::error& e) {
    throw Error(Fault::input, cat("twinmill ", command_, ": ", e.what(), ". See twinmill ", command_, " --help?"));
  }
  if (has("help")) {
    print_help();
    return false;
  }
  for (const auto& name : positional_) {
    if (!has(name))
      throw Error(Fault::input, cat("twinmill ", command_, " needs ", name, ". See twinmill ", command_, " --help?"));
  }
  return true;
}

double Options::number(const std::string& name) const { return parse_double(text(name), "--" + name); }
std::int64_t Options::integer(const std::string& name) const { return parse_int(text(name), "--" + name); }
std::vector<std::string> Options::list(const std::string& name) const {
  return has(name) ? values_.at(name).as<std::vector<std::string>>() : std::vector<std::string>();
}

}  // namespace twinmill::app
