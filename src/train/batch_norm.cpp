#include "batch_norm.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/nn/modules/batchnorm.h>

#include <algorithm>
#include <array>

#include "twinmill/base/error.hpp"
#include "twinmill/base/text.hpp"

namespace twinmill::train {
namespace {

constexpr double momentum = 0.1, epsilon = 1e-5;
constexpr std::array<std::int64_t, 3> all_but_channels = {0, 2, 3};

/// Mean and (biased) variance of each channel, as doubles on the host, and the number of values they are taken from.
struct Moments {
  double count = 0;
  std::vector<double> mean, variance;
};

const double* data_of(at::Tensor& tensor) {
  tensor = tensor.to(at::kCPU, at::kDouble).contiguous();
  return tensor.data_ptr<double>();
}

at::Tensor to_tensor(const std::vector<double>& values, const at::Tensor& like) {
  const at::Tensor tensor = at::zeros({static_cast<std::int64_t>(values.size())}, at::kFloat);
  std::transform(values.begin(), values.end(), tensor.data_ptr<float>(),
                 [](double v) { return static_cast<float>(v); });
  return tensor.to(like.device());
}

// N = sum n_r,  mean = sum n_r mean_r / N,  variance = sum n_r (variance_r + mean_r^2) / N - mean^2
Moments moments(const at::Tensor& x, BatchSums& sums) {
  at::Tensor mean, variance;
  if (x.is_cpu()) {
    std::tie(mean, variance) = at::batch_norm_update_stats(x, {}, {}, 0.0);
  } else {
    std::tie(variance, mean) = at::var_mean(x, at::IntArrayRef(all_but_channels), false);
  }
  const auto channels = static_cast<std::size_t>(x.size(1));
  const double count = static_cast<double>(x.numel()) / static_cast<double>(channels);
  const double *own_mean = data_of(mean), *own_variance = data_of(variance);
  std::vector<double> values(2 * channels + 1);
  values[0] = count;
  for (std::size_t c = 0; c < channels; ++c) {
    values[1 + c] = count * own_mean[c];
    values[1 + channels + c] = count * (own_variance[c] + own_mean[c] * own_mean[c]);
  }
  sums.sum(values);
  Moments result{.count = values[0], .mean = std::vector<double>(channels), .variance = std::vector<double>(channels)};
  for (std::size_t c = 0; c < channels; ++c) {
    result.mean[c] = values[1 + c] / result.count;
    const double variance_c = values[1 + channels + c] / result.count - result.mean[c] * result.mean[c];
    result.variance[c] = variance_c < 0 ? 0 : variance_c;  // written so that what is no number stays so
  }
  return result;
}

/// The sums between the two passes.
struct Kept : torch::CustomClassHolder {
  explicit Kept(std::shared_ptr<BatchSums> s) : sums(std::move(s)) {}
  std::shared_ptr<BatchSums> sums;
};

// y = w xhat + b,  xhat = (x - mean) / sqrt(variance + eps)     (Ioffe and Szegedy 2015)
// dw = sum dy xhat,  db = sum dy     over this rank's samples: the gradient buckets add up the ranks'
// dx = w / sqrt(variance + eps) (dy - (sum dy + xhat sum dy xhat) / N)     with the sums over all ranks
class Normalise : public torch::autograd::Function<Normalise> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const at::Tensor& mean, const at::Tensor& variance, double count,
                            const std::shared_ptr<BatchSums>& sums) {
    context->save_for_backward({x, weight, mean, variance});
    context->saved_data["count"] = count;
    context->saved_data["sums"] = c10::IValue::make_capsule(c10::make_intrusive<Kept>(sums));
    return std::get<0>(at::native_batch_norm(x, weight, bias, mean, variance, false, 0.0, epsilon));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
    const double count = context->saved_data["count"].toDouble();
    const auto kept = context->saved_data["sums"].toCapsule();
    const at::Tensor dy = gradients[0].contiguous(x.suggest_memory_format());
    // With fixed statistics: dy w / sqrt(variance + eps), sum dy xhat, sum dy.
    auto [dx, dw, db] =
        at::native_batch_norm_backward(dy, x, weight, mean, variance, {}, {}, false, epsilon, {true, true, true});
    at::Tensor own_dw = dw, own_db = db;
    const double *dy_xhat = data_of(own_dw), *dy_sum = data_of(own_db);
    const auto channels = static_cast<std::size_t>(x.size(1));
    std::vector<double> values(2 * channels);
    std::copy_n(dy_xhat, channels, values.begin());
    std::copy_n(dy_sum, channels, values.begin() + static_cast<std::ptrdiff_t>(channels));
    static_cast<Kept*>(kept.get())->sums->sum(values);
    for (double& value : values) value /= count;
    const auto half = values.begin() + static_cast<std::ptrdiff_t>(channels);
    const at::Tensor inverse = (variance + epsilon).rsqrt();
    const at::Tensor slope = weight * inverse * inverse * to_tensor({values.begin(), half}, x);
    const at::Tensor offset = weight * inverse * to_tensor({half, values.end()}, x) - slope * mean;
    dx.addcmul_(x, slope.view({1, -1, 1, 1}), -1).sub_(offset.view({1, -1, 1, 1}));
    return {dx, dw, db, {}, {}, {}, {}};
  }
};

}  // namespace

BatchSums::BatchSums(const mpi::Communicator& group, std::int64_t channels, std::int64_t layers)
    : group_(group), buffer_(static_cast<std::size_t>(2 * channels + 1)), sums_(2 * layers) {}

void BatchSums::begin() {
  active_ = true;
  done_ = 0;
}

void BatchSums::finish() {
  while (done_ < sums_) sum({});
  active_ = false;
}

void BatchSums::sum(std::span<double> values) {
  ensure(done_ < sums_ && values.size() <= buffer_.size(), "each batch normalisation is passed once forward and back");
  ++done_;
  std::fill(std::copy(values.begin(), values.end(), buffer_.begin()), buffer_.end(), 0.0);
  group_.sum_in_place(std::span(buffer_));
  std::copy_n(buffer_.begin(), values.size(), values.begin());
}

BatchNormImpl::BatchNormImpl(std::int64_t channels)
    : weight_(register_parameter("weight", at::ones({channels}))),
      bias_(register_parameter("bias", at::zeros({channels}))),
      running_mean_(register_buffer("running_mean", at::zeros({channels}))),
      running_var_(register_buffer("running_var", at::ones({channels}))),
      num_batches_tracked_(register_buffer("num_batches_tracked", at::zeros({}, at::kLong))) {}

at::Tensor BatchNormImpl::forward(const at::Tensor& x) {
  if (is_training()) num_batches_tracked_ += 1;
  if (!is_training() || !sums_ || !sums_->active()) {
    return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, is_training(), momentum, epsilon,
                          at::globalContext().userEnabledCuDNN());
  }
  const at::Tensor input = x.to(at::kFloat);
  const Moments all = moments(input.detach(), *sums_);
  const at::Tensor mean = to_tensor(all.mean, x), variance = to_tensor(all.variance, x);
  {
    const at::NoGradGuard no_grad;
    running_mean_.lerp_(mean, momentum);
    running_var_.lerp_(variance * (all.count / std::max(1.0, all.count - 1)), momentum);
  }
  return Normalise::apply(input, weight_, bias_, mean, variance, all.count, sums_);
}

std::string BatchNormImpl::script() const {
  return cat(
      "def forward(self, x: Tensor) -> Tensor:\n    return torch.batch_norm(x, self.weight, self.bias, "
      "self.running_mean, "
      "self.running_var, self.training, ",
      number_text(momentum), ", ", number_text(epsilon), ", True)\n");
}

std::shared_ptr<BatchSums> synchronise_batch_norm(torch::nn::Module& network, const mpi::Communicator& group) {
  std::vector<std::shared_ptr<BatchNormImpl>> layers;
  std::int64_t channels = 0;
  for (const auto& module : network.modules()) {
    if (auto layer = std::dynamic_pointer_cast<BatchNormImpl>(module)) {
      channels = std::max(channels, layer->channels());
      layers.push_back(std::move(layer));
    } else {
      ensure(std::dynamic_pointer_cast<torch::nn::BatchNorm2dImpl>(module) == nullptr,
             "a network's batch normalisations are train::BatchNorm");
    }
  }
  if (layers.empty()) return {};
  auto sums = std::make_shared<BatchSums>(group, channels, static_cast<std::int64_t>(layers.size()));
  for (const auto& layer : layers) layer->synchronise(sums);
  return sums;
}

}  // namespace twinmill::train
