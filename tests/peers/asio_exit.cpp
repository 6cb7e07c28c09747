// Linked to examples that have no end: SIGTERM ends them by exit, so that what is told at the end is told. They are idle then.
#include <csignal>
#include <cstdlib>

static const bool is_set = [] {
  std::signal(SIGTERM, [](int) { std::exit(0); });
  return true;
}();
