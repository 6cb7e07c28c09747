// Streams and datagrams: listening and reading. A listening stream cannot read, so one task a handle is enough.
// On the loop's thread.
#include "agent/adapters/libuv/subscription.h"

using namespace loopscope::uv;

namespace {

// libuv stops reading at the end and on errors (except a lack of buffers): at the end before it calls back, so
// that the callback may start anew; on errors after.
void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  HandleSlot slot(stream);
  const auto callback = slot.callback<uv_read_cb>();
  const loopscope_task task = slot.task();
  const bool over = size < 0 && size != UV_ENOBUFS;
  if (over) slot.task_is_over();
  {
    CallbackSpan span(task);
    if (size > 0) loopscope_task_bytes(task, static_cast<uint64_t>(size));
    callback(stream, size, buffer);
  }
  if (over) finish_with_status(task, size == UV_EOF ? 0 : size);
}

// Without an address nothing was received: the call says so, or gives a buffer back.
void on_datagram(uv_udp_t* handle, ssize_t size, const uv_buf_t* buffer, const sockaddr* address,
                 unsigned flags) {
  HandleSlot slot(handle);
  const auto callback = slot.callback<uv_udp_recv_cb>();
  const loopscope_task task = slot.task();
  CallbackSpan span(task);
  if (size >= 0 && address) loopscope_task_bytes(task, static_cast<uint64_t>(size));
  callback(handle, size, buffer, address, flags);
}

}  // namespace

LOOPSCOPE_HOOK int uv_listen(uv_stream_t* stream, int backlog, uv_connection_cb callback) {
  LOOPSCOPE_UV_CALL;
  return start_subscription<uv_stream_t, uv_connection_cb>(
      call, Kind::listen, Restart::replaces, stream, callback, on_event<uv_stream_t, int>,
      [&](uv_connection_cb installed) { return call.libuv.uv_listen(stream, backlog, installed); });
}

LOOPSCOPE_HOOK int uv_read_start(uv_stream_t* stream, uv_alloc_cb allocate, uv_read_cb callback) {
  LOOPSCOPE_UV_CALL;
  return start_subscription<uv_stream_t, uv_read_cb>(
      call, Kind::read, Restart::refused, stream, callback, on_read,
      [&](uv_read_cb installed) { return call.libuv.uv_read_start(stream, allocate, installed); });
}

LOOPSCOPE_HOOK int uv_read_stop(uv_stream_t* stream) {
  LOOPSCOPE_UV_CALL;
  const int result = call.libuv.uv_read_stop(stream);
  if (result == 0) stop_subscription(call, Kind::read, stream);
  return result;
}

LOOPSCOPE_HOOK int uv_udp_recv_start(uv_udp_t* handle, uv_alloc_cb allocate, uv_udp_recv_cb callback) {
  LOOPSCOPE_UV_CALL;
  return start_subscription<uv_udp_t, uv_udp_recv_cb>(
      call, Kind::udp_recv, Restart::refused, handle, callback, on_datagram,
      [&](uv_udp_recv_cb installed) { return call.libuv.uv_udp_recv_start(handle, allocate, installed); });
}

LOOPSCOPE_HOOK int uv_udp_recv_stop(uv_udp_t* handle) {
  LOOPSCOPE_UV_CALL;
  const int result = call.libuv.uv_udp_recv_stop(handle);
  if (result == 0) stop_subscription(call, Kind::udp_recv, handle);
  return result;
}
