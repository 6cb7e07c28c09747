// A tracking header that only counts, for holding a trace against: what Asio itself tells of its operations, added up.
// When the program ends the sums go to the file $ASIO_COUNT: created, begun, ended, abandoned, left.
#ifndef LOOPSCOPE_PEERS_ASIO_COUNT_HPP
#define LOOPSCOPE_PEERS_ASIO_COUNT_HPP

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace asio_count {

struct Sums {
  std::atomic<long> created{0}, begun{0}, ended{0}, abandoned{0}, left{0};
};
inline Sums& sums() {
  static Sums* all = [] {
    std::atexit([] {
      const char* const path = std::getenv("ASIO_COUNT");
      std::FILE* const file = path != nullptr ? std::fopen(path, "w") : nullptr;
      if (file == nullptr) return;
      std::fprintf(file, "%ld %ld %ld %ld %ld\n", sums().created.load(), sums().begun.load(),
                   sums().ended.load(), sums().abandoned.load(), sums().left.load());
      std::fclose(file);
    });
    return new Sums;
  }();
  return *all;
}

struct CountedHandler {
  bool is_counted = false;
};
template <class Context, class... Rest>
void created(Context&, CountedHandler& handler, Rest&&...) {
  handler.is_counted = true;
  ++sums().created;
}
struct Completion {
  explicit Completion(const CountedHandler& handler) : is_counted(handler.is_counted) {}
  ~Completion() {
    if (!is_counted) return;
    ++(has_begun ? sums().left : sums().abandoned);
  }
  template <class... Arguments>
  void begin(Arguments&&...) {
    if (is_counted) ++sums().begun;
    has_begun = true;
  }
  void end() {
    if (is_counted) ++sums().ended;
    is_counted = false;
  }
  bool is_counted;
  bool has_begun = false;
};
template <class... Arguments>
void nothing(Arguments&&...) {}

}  // namespace asio_count

#define BOOST_ASIO_INHERIT_TRACKED_HANDLER : public ::asio_count::CountedHandler
#define BOOST_ASIO_ALSO_INHERIT_TRACKED_HANDLER , public ::asio_count::CountedHandler
#define BOOST_ASIO_HANDLER_TRACKING_INIT ::asio_count::sums()
#define BOOST_ASIO_HANDLER_LOCATION(args) (void)0
#define BOOST_ASIO_HANDLER_CREATION(args) ::asio_count::created args
#define BOOST_ASIO_HANDLER_COMPLETION(args) ::asio_count::Completion asio_count_completion args
#define BOOST_ASIO_HANDLER_INVOCATION_BEGIN(args) asio_count_completion.begin args
#define BOOST_ASIO_HANDLER_INVOCATION_END asio_count_completion.end()
#define BOOST_ASIO_HANDLER_OPERATION(args) ::asio_count::nothing args
#define BOOST_ASIO_HANDLER_REACTOR_REGISTRATION(args) ::asio_count::nothing args
#define BOOST_ASIO_HANDLER_REACTOR_DEREGISTRATION(args) ::asio_count::nothing args
#define BOOST_ASIO_HANDLER_REACTOR_READ_EVENT 1
#define BOOST_ASIO_HANDLER_REACTOR_WRITE_EVENT 2
#define BOOST_ASIO_HANDLER_REACTOR_ERROR_EVENT 4
#define BOOST_ASIO_HANDLER_REACTOR_EVENTS(args) ::asio_count::nothing args
#define BOOST_ASIO_HANDLER_REACTOR_OPERATION(args) ::asio_count::nothing args
#endif
