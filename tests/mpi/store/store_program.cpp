// Helper of kill_test: creates a small store, or writes its samples one by one and acknowledges each that is durable.
#include <iostream>
#include <string>

#include "small_store.hpp"
#include "twinmill/base/error.hpp"
#include "twinmill/mpi/mpi.hpp"

int main(int argc, char** argv) try {
  using namespace twinmill;
  if (argc != 4) return 2;
  const std::string what = argv[1], path = argv[2];
  const store::testing::SmallStore small(std::stoll(argv[3]));
  if (what == "create") {
    small.create(path);
    return 0;
  }
  const mpi::Session session(argc, argv);
  store::Writer writer(path);
  for (std::int64_t i = 0;; i = (i + 1) % small.header.shapes.samples) {  // Until it is killed.
    writer.write_sample(i, small.samples[static_cast<std::size_t>(i)].key, 1, small.sample(i));
    writer.sync();
    std::cout << i << std::endl;
  }
} catch (const twinmill::Error& e) {
  std::cerr << e.what() << "\n";
  return 3;
}
