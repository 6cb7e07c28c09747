// Requests that call back once with a status: writes, connections, datagrams, names, random bytes. On the loop's
// thread.
#include "agent/adapters/libuv/request.h"

using namespace loopscope::uv;

LOOPSCOPE_HOOK int uv_write(uv_write_t* request, uv_stream_t* stream, const uv_buf_t* buffers, unsigned count,
                            uv_write_cb callback) {
  LOOPSCOPE_UV_CALL;
  return submit<uv_write_t, uv_write_cb>(
      call, Kind::write, request, callback, on_sent<uv_write_t>,
      [&](uv_write_cb installed) { return call.libuv.uv_write(request, stream, buffers, count, installed); },
      size_of(buffers, count));
}

LOOPSCOPE_HOOK int uv_write2(uv_write_t* request, uv_stream_t* stream, const uv_buf_t* buffers,
                             unsigned count, uv_stream_t* sent_handle, uv_write_cb callback) {
  LOOPSCOPE_UV_CALL;
  return submit<uv_write_t, uv_write_cb>(
      call, Kind::write2, request, callback, on_sent<uv_write_t>,
      [&](uv_write_cb installed) {
        return call.libuv.uv_write2(request, stream, buffers, count, sent_handle, installed);
      },
      size_of(buffers, count));
}

LOOPSCOPE_HOOK int uv_shutdown(uv_shutdown_t* request, uv_stream_t* stream, uv_shutdown_cb callback) {
  LOOPSCOPE_UV_CALL;
  return submit<uv_shutdown_t, uv_shutdown_cb>(
      call, Kind::shutdown, request, callback, on_status<uv_shutdown_t>,
      [&](uv_shutdown_cb installed) { return call.libuv.uv_shutdown(request, stream, installed); });
}

LOOPSCOPE_HOOK int uv_tcp_connect(uv_connect_t* request, uv_tcp_t* handle, const sockaddr* address,
                                  uv_connect_cb callback) {
  LOOPSCOPE_UV_CALL;
  return submit<uv_connect_t, uv_connect_cb>(
      call, Kind::tcp_connect, request, callback, on_status<uv_connect_t>, [&](uv_connect_cb installed) {
        return call.libuv.uv_tcp_connect(request, handle, address, installed);
      });
}

// Failures, too, come through the callback.
LOOPSCOPE_HOOK void uv_pipe_connect(uv_connect_t* request, uv_pipe_t* handle, const char* name,
                                    uv_connect_cb callback) {
  LOOPSCOPE_UV_CALL;
  submit<uv_connect_t, uv_connect_cb>(call, Kind::pipe_connect, request, callback, on_status<uv_connect_t>,
                                      [&](uv_connect_cb installed) {
                                        call.libuv.uv_pipe_connect(request, handle, name, installed);
                                        return 0;
                                      });
}

LOOPSCOPE_HOOK int uv_udp_send(uv_udp_send_t* request, uv_udp_t* handle, const uv_buf_t* buffers,
                               unsigned count, const sockaddr* address, uv_udp_send_cb callback) {
  LOOPSCOPE_UV_CALL;
  return submit<uv_udp_send_t, uv_udp_send_cb>(
      call, Kind::udp_send, request, callback, on_sent<uv_udp_send_t>,
      [&](uv_udp_send_cb installed) {
        return call.libuv.uv_udp_send(request, handle, buffers, count, address, installed);
      },
      size_of(buffers, count));
}

LOOPSCOPE_HOOK int uv_getaddrinfo(uv_loop_t* loop, uv_getaddrinfo_t* request, uv_getaddrinfo_cb callback,
                                  const char* node, const char* service, const addrinfo* hints) {
  LOOPSCOPE_UV_CALL;
  return submit_or_run<uv_getaddrinfo_t, uv_getaddrinfo_cb>(
      call, Kind::getaddrinfo, Kind::getaddrinfo_sync, request, callback,
      on_status<uv_getaddrinfo_t, addrinfo*>, [&](uv_getaddrinfo_cb installed) {
        return call.libuv.uv_getaddrinfo(loop, request, installed, node, service, hints);
      });
}

LOOPSCOPE_HOOK int uv_getnameinfo(uv_loop_t* loop, uv_getnameinfo_t* request, uv_getnameinfo_cb callback,
                                  const sockaddr* address, int flags) {
  LOOPSCOPE_UV_CALL;
  return submit_or_run<uv_getnameinfo_t, uv_getnameinfo_cb>(
      call, Kind::getnameinfo, Kind::getnameinfo_sync, request, callback,
      on_status<uv_getnameinfo_t, const char*, const char*>, [&](uv_getnameinfo_cb installed) {
        return call.libuv.uv_getnameinfo(loop, request, installed, address, flags);
      });
}

LOOPSCOPE_HOOK int uv_random(uv_loop_t* loop, uv_random_t* request, void* buffer, size_t size, unsigned flags,
                             uv_random_cb callback) {
  LOOPSCOPE_UV_CALL;
  return submit_or_run<uv_random_t, uv_random_cb>(
      call, Kind::random, Kind::random_sync, request, callback, on_status<uv_random_t, void*, size_t>,
      [&](uv_random_cb installed) {
        return call.libuv.uv_random(loop, request, buffer, size, flags, installed);
      });
}
