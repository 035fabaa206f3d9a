// The only name that the program looks up in this library.

#include "describe.hpp"
#include "evaluate.hpp"
#include "named_weights.hpp"
#include "train.hpp"

namespace {

constexpr twinmill::train::Api table{
    .train = twinmill::train::train,
    .evaluate = twinmill::train::evaluate,
    .describe = twinmill::train::describe,
    .check_pretrained = twinmill::train::check_pretrained,
};

}  // namespace

extern "C" const twinmill::train::Api* twinmill_train_torch_api() { return &table; }
