#pragma once
// The card of an export: what it is, for people who get it.

#include <string>

#include "tally.hpp"
#include "twinmill/exports/exports.hpp"

namespace twinmill::exports {

/// Markdown. `files` describes what lies beside the card, in Markdown.
std::string card_text(const store::Header& header, const Tally& tally, const Request& request,
                      const std::string& digest, const std::string& files);

}  // namespace twinmill::exports
