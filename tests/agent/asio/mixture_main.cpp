// One of two files of a program: each is compiled with loopscope::asio and without it.
#include "tests/agent/asio/asio.h"

void post_from_another_file(io::io_context& context, int& ran);

int main() {
  io::io_context context;
  int ran = 0;
  for (int i = 0; i < 23; ++i) io::post(context, [&] { ++ran; });
  post_from_another_file(context, ran);
  context.run();
  return ran == 23 + 19 ? 0 : 2;
}
