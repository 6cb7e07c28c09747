// The functions of libuv that we stand in front of, each once. The exported symbols (libuv_hooks.map) and the
// test that reads uv.h are checked against this list.
#pragma once

// clang-format off
#define LOOPSCOPE_UV_FS_FUNCTIONS(X)                                                                    \
  X(uv_fs_access) X(uv_fs_chmod) X(uv_fs_chown) X(uv_fs_close) X(uv_fs_closedir) X(uv_fs_copyfile)      \
  X(uv_fs_fchmod) X(uv_fs_fchown) X(uv_fs_fdatasync) X(uv_fs_fstat) X(uv_fs_fsync) X(uv_fs_ftruncate)   \
  X(uv_fs_futime) X(uv_fs_lchown) X(uv_fs_link) X(uv_fs_lstat) X(uv_fs_lutime) X(uv_fs_mkdir)           \
  X(uv_fs_mkdtemp) X(uv_fs_mkstemp) X(uv_fs_open) X(uv_fs_opendir) X(uv_fs_read) X(uv_fs_readdir)       \
  X(uv_fs_readlink) X(uv_fs_realpath) X(uv_fs_rename) X(uv_fs_rmdir) X(uv_fs_scandir) X(uv_fs_sendfile) \
  X(uv_fs_stat) X(uv_fs_statfs) X(uv_fs_symlink) X(uv_fs_unlink) X(uv_fs_utime) X(uv_fs_write)

#define LOOPSCOPE_UV_HOOKED_FUNCTIONS(X)                                                                \
  /* loops */                                                                                           \
  X(uv_default_loop) X(uv_loop_init) X(uv_loop_close) X(uv_run)                                         \
  /* handles come to life: their reserved words become ours */                                          \
  X(uv_async_init) X(uv_check_init) X(uv_fs_event_init) X(uv_fs_poll_init) X(uv_idle_init)              \
  X(uv_pipe_init) X(uv_poll_init) X(uv_poll_init_socket) X(uv_prepare_init) X(uv_signal_init)           \
  X(uv_tcp_init) X(uv_tcp_init_ex) X(uv_timer_init) X(uv_tty_init) X(uv_udp_init) X(uv_udp_init_ex)     \
  /* handles start, stop and close */                                                                   \
  X(uv_timer_start) X(uv_timer_stop) X(uv_timer_again)                                                  \
  X(uv_idle_start) X(uv_idle_stop) X(uv_prepare_start) X(uv_prepare_stop)                               \
  X(uv_check_start) X(uv_check_stop) X(uv_async_send) X(uv_poll_start) X(uv_poll_stop)                  \
  X(uv_signal_start) X(uv_signal_start_oneshot) X(uv_signal_stop)                                       \
  X(uv_fs_event_start) X(uv_fs_event_stop) X(uv_fs_poll_start) X(uv_fs_poll_stop)                       \
  X(uv_listen) X(uv_read_start) X(uv_read_stop) X(uv_udp_recv_start) X(uv_udp_recv_stop)                \
  X(uv_spawn) X(uv_walk) X(uv_close) X(uv_tcp_close_reset)                                              \
  /* requests */                                                                                        \
  X(uv_write) X(uv_write2) X(uv_shutdown) X(uv_tcp_connect) X(uv_pipe_connect) X(uv_udp_send)           \
  X(uv_getaddrinfo) X(uv_getnameinfo) X(uv_random) X(uv_queue_work) X(uv_cancel)                        \
  LOOPSCOPE_UV_FS_FUNCTIONS(X)
// clang-format on
