#include "tests/agent/asio/asio.h"

void post_from_another_file(io::io_context& context, int& ran) {
  for (int i = 0; i < 19; ++i) io::post(context, [&] { ++ran; });
}
