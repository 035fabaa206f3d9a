#include "weights.hpp"

#include <ATen/ATen.h>
#include <torch/serialize/input-archive.h>
#include <torch/serialize/output-archive.h>

#include <sstream>

#include "short_errors.hpp"
#include "twinmill/base/error.hpp"

namespace twinmill::train {
namespace {

std::string to_bytes(torch::serialize::OutputArchive& archive) {
  std::ostringstream out;
  archive.save_to(out);
  return out.str();
}

void read(torch::serialize::InputArchive& archive, const std::string& bytes) {
  std::istringstream in(bytes);
  archive.load_from(in);
}

/// Loading a tensor of another shape would silently give the network that shape.
class ShapeGuard {
 public:
  explicit ShapeGuard(const Network& network) : network_(network), shapes_(shapes()) {}
  void check() const {
    if (shapes() != shapes_) {
      throw Error(Fault::system, "the weights do not fit the network (their shapes are those of another one)");
    }
  }

 private:
  std::vector<std::vector<std::int64_t>> shapes() const {
    std::vector<std::vector<std::int64_t>> result;
    for (const auto& tensor : network_.parameters()) result.push_back(tensor.sizes().vec());
    for (const auto& tensor : network_.buffers()) result.push_back(tensor.sizes().vec());
    return result;
  }

  const Network& network_;
  std::vector<std::vector<std::int64_t>> shapes_;
};

/// The running means and variances; the batch counters beside them do not matter.
std::vector<at::Tensor> running_statistics(const Network& network) {
  std::vector<at::Tensor> result;
  for (const auto& buffer : network.buffers()) {
    if (buffer.is_floating_point()) result.push_back(buffer);
  }
  return result;
}

}  // namespace

std::string save_weights(const Network& network) {
  torch::serialize::OutputArchive archive;
  network.save(archive);
  return to_bytes(archive);
}

void load_weights(Network& network, const std::string& bytes) {
  const ShapeGuard guard(network);
  with_short_errors("the weights do not fit the network", [&] {
    torch::serialize::InputArchive archive;
    read(archive, bytes);
    network.load(archive);
  });
  guard.check();
}

std::string save_training(const Network& network, const torch::optim::Adam& optimiser) {
  torch::serialize::OutputArchive archive, weights, moments;
  network.save(weights);
  optimiser.save(moments);
  archive.write("network", weights);
  archive.write("optimiser", moments);
  return to_bytes(archive);
}

void load_training(Network& network, torch::optim::Adam& optimiser, const std::string& bytes) {
  const ShapeGuard guard(network);
  with_short_errors("the weights do not fit the network", [&] {
    torch::serialize::InputArchive archive, weights, moments;
    read(archive, bytes);
    archive.read("network", weights);
    archive.read("optimiser", moments);
    network.load(weights);
    optimiser.load(moments);
  });
  guard.check();
}

void broadcast_weights(Network& network, const mpi::Communicator& group) {
  if (group.size() == 1) return;
  const std::string bytes = group.broadcast(group.rank() == 0 ? save_weights(network) : std::string());
  together(group, [&] {
    if (group.rank() != 0) load_weights(network, bytes);
  });
}

void average_running_statistics(Network& network, std::int64_t samples_seen, const mpi::Communicator& group) {
  if (group.size() == 1) return;
  const std::int64_t total = group.sum(samples_seen);
  if (total == 0) return;
  const at::NoGradGuard no_grad;
  std::vector<double> values;
  const auto statistics = running_statistics(network);
  for (const auto& tensor : statistics) {
    const at::Tensor host = tensor.to(at::kCPU, at::kDouble).contiguous();
    const double* data = host.data_ptr<double>();
    for (std::int64_t i = 0; i < host.numel(); ++i) values.push_back(data[i] * static_cast<double>(samples_seen));
  }
  group.sum_in_place(std::span(values));
  double* next = values.data();
  for (double& value : values) value /= static_cast<double>(total);
  for (const auto& tensor : statistics) {
    tensor.copy_(at::from_blob(next, tensor.sizes(), at::kDouble));
    next += tensor.numel();
  }
}

}  // namespace twinmill::train
