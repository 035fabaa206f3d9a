#pragma once
// Files that are either complete or absent.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace twinmill {

/// The whole file. Throws Error(input) when it is missing or unreadable.
std::string read_text(const std::filesystem::path& path);

/// Writes beside, syncs, renames, syncs the folder: after a crash the file is the old one or the new one.
/// Error(system).
void write_atomic(const std::filesystem::path& path, std::string_view content);

/// fsync of one file, from one process; needs no other rank. Error(system).
void sync_file(const std::filesystem::path& path);

/// fsync of a folder, so that names created or renamed in it last.
void sync_folder(const std::filesystem::path& path);

/// Bytes that an unprivileged user may still write where `path` is (or where its nearest existing parent is).
std::uint64_t free_bytes(const std::filesystem::path& path);

/// Creates the folder if need be, so that it lasts, and checks that files can be written in it. Throws Error(system)
/// with the reason.
void make_writable_folder(const std::filesystem::path& path);

}  // namespace twinmill
