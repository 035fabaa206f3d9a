#pragma once
// The tables of fields of site profiles and batch systems; fields.hpp says how they are visited.

#include "fields.hpp"
#include "twinmill/campaign/site.hpp"

namespace twinmill::campaign {

template <Of<SiteSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.name, {.key = "name", .unit = "", .text = "What people call the site.", .text_rule = TextRule::line});
  v(s.batch,
    {.key = "batch",
     .unit = "",
     .text = "Batch system: a name (file `batch/NAME.toml` of the program), or a file ending in `.toml`, relative "
             "to the profile.",
     .text_rule = TextRule::line});
  v(s.tested, {.key = "tested", .unit = "", .text = "Whether jobs of this profile have run. Said at each submission."});
  v(s.modules, {.key = "modules",
                .unit = "",
                .text = "Loaded with `module load` at the start of the job.",
                .text_rule = TextRule::line,
                .list = set});
  v(s.directives, {.key = "directives",
                   .unit = "",
                   .text = "More directives of the batch system, one line each, without its prefix.",
                   .text_rule = TextRule::line,
                   .list = set});
  v(s.environment, {.key = "environment",
                    .unit = "",
                    .text = "`NAME=VALUE`, exported before anything is started.",
                    .text_rule = TextRule::line,
                    .list = set});
  v(s.burst_buffer, {.key = "burst_buffer",
                     .unit = "",
                     .text = "Folder on a fast disk of each node: becomes `TMPDIR` where it is there. `{user}` is the "
                             "user's name. Empty: none.",
                     .text_rule = TextRule::any});
  v(s.account,
    {.key = "account", .unit = "", .text = "Whether `--account` must be given.", .words = {"optional", "required"}});
  v(s.queue, {.key = "queue",
              .unit = "",
              .text = "Queue (partition, quality of service) without `--queue`. Empty: that of the batch system.",
              .text_rule = TextRule::any});
  v(s.queue_directive, {.key = "queue_directive",
                        .unit = "",
                        .text = "Directive for `{queue}`. Empty: that of the batch system.",
                        .text_rule = TextRule::any});
  v(s.walltime, {.key = "walltime",
                 .unit = "",
                 .text = "Time of a job without `--walltime`: `2:30:00`, `90m`. Empty: must be given.",
                 .text_rule = TextRule::any});
  v(s.chain, {.key = "chain",
              .unit = "jobs",
              .text = "How many jobs may follow each other without `--chain`, the first one counted.",
              .range = from_to(1, 10000)});
  v(s.drain_s, {.key = "drain_s",
                .unit = "s",
                .text = "How long before the job's end its ranks are told to finish, without `--drain`; a quarter of "
                        "the walltime where that is less. Must be longer than one simulation.",
                .range = from_to(1, 65000)});
}

template <Of<NodeSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.cores, {.key = "cores",
              .unit = "",
              .text = "Cores of a node that a job may use: the ranks per node that simulate. 0: not known, so that "
                      "`--ranks-per-node` must be given.",
              .range = from_to(0, 10000)});
  v(s.gpus, {.key = "gpus",
             .unit = "",
             .text = "GPUs of a node: the ranks per node that train. 0: one rank per node trains.",
             .range = from_to(0, 1000)});
}

template <Of<LaunchSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.simulate, {.key = "simulate",
                 .unit = "",
                 .text = "Words in front of the program for relaxations and simulations. `{ranks}`, `{nodes}`, "
                         "`{ranks_per_node}`, `{cores_per_rank}` and `{gpus}` (of a node) are filled in.",
                 .text_rule = TextRule::line,
                 .list = {.at_least = 1}});
  v(s.train, {.key = "train",
              .unit = "",
              .text = "The same for training and evaluation: one rank per GPU, or per node without GPUs.",
              .text_rule = TextRule::line,
              .list = {.at_least = 1}});
}

template <Of<QueueEntry> S, class V>
void visit_fields(S& s, V& v) {
  v(s.name, {.key = "name", .unit = "", .text = "Its name.", .text_rule = TextRule::folder_name});
  v(s.min_nodes,
    {.key = "min_nodes", .unit = "nodes", .text = "At least.", .range = from_to(1, 1e6), .optional = true});
  v(s.max_nodes, {.key = "max_nodes", .unit = "nodes", .text = "At most.", .range = from_to(1, 1e6)});
  v(s.max_walltime,
    {.key = "max_walltime", .unit = "", .text = "Longest job of so many nodes.", .text_rule = TextRule::line});
  v(s.chain, {.key = "chain",
              .unit = "jobs",
              .text = "Longest chain that the queue's rules allow.",
              .range = from_to(1, 10000),
              .optional = true});
}

template <Of<BatchSection> S, class V>
void visit_fields(S& s, V& v) {
  v(s.name, {.key = "name", .unit = "", .text = "What people call it.", .text_rule = TextRule::line});
  v(s.directive, {.key = "directive",
                  .unit = "",
                  .text = "Prefix of its lines in a script, a comment to the shell.",
                  .text_rule = TextRule::line});
  v(s.request,
    {.key = "request",
     .unit = "",
     .text = "Directives of every job. `{name}`, `{nodes}`, `{ranks}`, `{ranks_per_node}`, "
             "`{cores_per_rank}`, `{gpus}`, `{walltime}` (hours:minutes:seconds) and `{drain_s}` are filled in.",
     .text_rule = TextRule::line,
     .list = axis});
  v(s.account, {.key = "account", .unit = "", .text = "Directive for `{account}`.", .text_rule = TextRule::line});
  v(s.queue, {.key = "queue", .unit = "", .text = "Directive for `{queue}`.", .text_rule = TextRule::line});
  v(s.submit,
    {.key = "submit",
     .unit = "",
     .text = "Command that submits; options and the script follow. Prints the job's number first in its last line.",
     .text_rule = TextRule::line,
     .list = {.at_least = 1}});
  v(s.folder, {.key = "folder",
               .unit = "",
               .text = "Options of it that make `{folder}` the place of the job's output.",
               .text_rule = TextRule::line});
  v(s.after, {.key = "after",
              .unit = "",
              .text = "Options that let a job wait for the end of `{job}`, however that ends.",
              .text_rule = TextRule::line,
              .list = {.at_least = 1}});
  v(s.variable, {.key = "variable",
                 .unit = "",
                 .text = "Options that set `{variable}` to `{value}` in the job's environment, and keep the rest.",
                 .text_rule = TextRule::line,
                 .list = {.at_least = 1}});
  v(s.cancel, {.key = "cancel",
               .unit = "",
               .text = "Command that takes a waiting job back; its number follows.",
               .text_rule = TextRule::line,
               .list = {.at_least = 1}});
  v(s.job_variable, {.key = "job_variable",
                     .unit = "",
                     .text = "Environment variable with the job's number.",
                     .text_rule = TextRule::folder_name});
  v(s.end_variable,
    {.key = "end_variable",
     .unit = "",
     .text = "The one with the job's end (seconds since 1970). Where the system does not set it, the script "
             "does.",
     .text_rule = TextRule::folder_name});
  v(s.warns, {.key = "warns",
              .unit = "",
              .text = "Whether the system sends SIGUSR2 to the script before the end (asked for in `request`). If not, "
                      "the script has a clock of its own."});
}

template <Of<Site> S, class V>
void visit_sections(S& s, V& v) {
  v.section("site", "The site.", s.site);
  v.section("node", "One of its nodes.", s.node);
  v.section("launch", "How ranks are started in a job.", s.launch);
  v.entries("queue",
            "One table per queue, or per range of nodes in one. Without any table nothing is known of the queues, and "
            "nothing is refused.",
            s.queues);
}

template <Of<BatchSystem> S, class V>
void visit_sections(S& s, V& v) {
  v.section("batch", "How the batch system is spoken to.", s.batch);
}

}  // namespace twinmill::campaign
