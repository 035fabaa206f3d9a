#pragma once
// A computing site as data: its nodes, launcher, queues, and the batch system it is spoken to with.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace twinmill::campaign {

struct SiteSection {
  std::string name, batch = "slurm";
  bool tested = false;
  std::vector<std::string> modules, directives, environment;
  std::string burst_buffer;
  std::string account = "optional";
  std::string queue, queue_directive, walltime;
  int chain = 10, drain_s = 300;
};

struct NodeSection {
  int cores = 0, gpus = 0;
};

/// Words in front of the program, with names in braces that filled() replaces.
struct LaunchSection {
  std::vector<std::string> simulate, train;
};

/// Jobs of min_nodes to max_nodes nodes may run so long; several entries of one name are its ranges.
struct QueueEntry {
  std::string name;
  int min_nodes = 1, max_nodes = 1;
  std::string max_walltime;
  int chain = 10000;
};

struct Site {
  SiteSection site;
  NodeSection node;
  LaunchSection launch;
  std::vector<QueueEntry> queues;
};

/// How a batch system is spoken to.
struct BatchSection {
  std::string name, directive;
  std::vector<std::string> request;
  std::string account, queue;
  std::vector<std::string> submit, folder, after, variable, cancel;
  std::string job_variable, end_variable;
  bool warns = false;
};

struct BatchSystem {
  BatchSection batch;
};

/// Read and checked; throws Error(input) with every mistake and its line. `name`: the file in messages.
Site parse_site(std::string_view text, const std::string& name);
BatchSystem parse_batch_system(std::string_view text, const std::string& name);

/// "2:30:00".
std::string walltime_text(std::int64_t seconds);

/// A name and what stands for {name}.
struct Placeholder {
  std::string name, value;
};
/// `text` with every {name} replaced; what is put in is not looked at again.
std::string filled(std::string_view text, const std::vector<Placeholder>& values);

/// The tables of keys of a site profile and of a batch system as Markdown.
std::string site_reference();

}  // namespace twinmill::campaign
