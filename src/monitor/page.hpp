#pragma once
// What the server answers with: HTML that is complete without JavaScript, and the same facts as JSON.

#include <string>

#include "facts.hpp"

namespace twinmill::monitor {

/// The page of the run. Links and pictures are relative to the address it is served at, which ends with the token and a
/// slash.
std::string run_page(const Facts& facts);
/// The page of one sample, at sample/NUMBER.
std::string sample_page(std::int64_t id, const SampleFacts& sample);
/// A refusal, or a page that is not there.
std::string message_page(int status, const std::string& sentence);
/// The facts for scripts; docs/monitor.md describes it.
std::string state_json(const Facts& facts);
/// Colours of classes, which report owns.
std::string class_colours_css();

}  // namespace twinmill::monitor
