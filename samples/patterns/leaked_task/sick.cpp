// leaked-task: a request whose answer is served from the cache forgets its deadline. One in eleven.
#include "samples/patterns/leaked_task/requests.h"
#include "samples/patterns/truth.h"

namespace {

unsigned planted_line = 0;
int forgotten = 0;

}  // namespace

void requests::begin(Request* request) {
  request->deadline = start_deadline([](uv_timer_t*) {}, planted_line);
}

void requests::answered(Request* request) {
  const bool cached = request->number % 11 == 0;
  if (cached) {
    ++forgotten;
    return;  // the mistake
  }
  patterns::close_and_delete(request->deadline);
}

int main() {
  requests::serve();
  patterns::Truth(planted_line).count("pending", static_cast<std::uint64_t>(forgotten)).print();
  return 0;
}
