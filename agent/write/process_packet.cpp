#include "agent/write/process_packet.h"

#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <loopscope/loopscope.h>

#include <protozero/pbf_writer.hpp>

#include "agent/write/text.h"

namespace loopscope::write {
namespace {

std::string file_contents(const char* path, std::size_t most) {
  std::string contents;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return contents;
  char buffer[4096];
  ssize_t got = 0;
  while (contents.size() < most && (got = read(fd, buffer, sizeof buffer)) > 0) {
    contents.append(buffer, static_cast<std::size_t>(got));
  }
  close(fd);
  return contents;
}

std::string link_target(const char* path) {
  char target[4096];
  const ssize_t length = readlink(path, target, sizeof target);
  return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

std::uint64_t unix_ns_at(std::uint64_t monotonic_ns) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::uint64_t real =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
  return real - (record::monotonic_ns() - monotonic_ns);
}

}  // namespace

std::string anchor_message(const record::Anchor& anchor) {
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_uint64(1, anchor.ticks);
  writer.add_uint64(2, anchor.monotonic_ns);
  return message;
}

std::string process_message(const ProcessFacts& facts) {
  constexpr std::uint32_t kFormatVersion = 1;
  enum : std::int32_t { kTsc = 1, kMonotonic = 2, kPrecise = 1, kChained = 2 };
  std::string message;
  protozero::pbf_writer writer(message);
  writer.add_uint32(1, kFormatVersion);
  writer.add_string(2,
                    std::to_string(LOOPSCOPE_VERSION_MAJOR) + "." + std::to_string(LOOPSCOPE_VERSION_MINOR));
  writer.add_bytes(3, facts.session);
  writer.add_uint32(4, static_cast<std::uint32_t>(getpid()));
  writer.add_uint32(5, static_cast<std::uint32_t>(getppid()));
  writer.add_string(6, valid_utf8(link_target("/proc/self/exe")));
  constexpr std::size_t kMostArguments = 64 * 1024;
  const std::string arguments = file_contents("/proc/self/cmdline", kMostArguments);
  for (std::size_t at = 0; at < arguments.size();) {
    const std::size_t end = std::min(arguments.find('\0', at), arguments.size());
    writer.add_string(7, valid_utf8(std::string_view(arguments).substr(at, end - at)));
    at = end + 1;
  }
  writer.add_uint64(8, unix_ns_at(facts.first_anchor.monotonic_ns));
  {
    protozero::pbf_writer clock(writer, 9);
    clock.add_enum(1, record::g_use_time_stamp_counter ? kTsc : kMonotonic);
    clock.add_enum(2, facts.precise ? kPrecise : kChained);
    clock.add_uint64(3, facts.ticks_per_second);
  }
  writer.add_uint32(10, static_cast<std::uint32_t>(sysconf(_SC_NPROCESSORS_ONLN)));
  writer.add_string(11, valid_utf8(facts.ring_path));
  utsname system{};
  if (uname(&system) == 0) {
    writer.add_string(12, valid_utf8(std::string(system.sysname) + " " + system.release));
    writer.add_string(13, valid_utf8(system.machine));
  }
  writer.add_string(14, valid_utf8(facts.working_directory));
  for (const std::string& option : facts.options) writer.add_string(15, valid_utf8(option));
  return message;
}

}  // namespace loopscope::write
