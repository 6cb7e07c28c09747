// uv_fs_*: with a callback a request on the thread pool, without one a call that blocks its thread. On the loop's
// thread; the pool's part is not visible from outside libuv.
#include "agent/adapters/libuv/request.h"

using namespace loopscope::uv;

namespace {

void on_fs(uv_fs_t* request) {
  RequestSlot slot(request);
  const loopscope_task task = slot.task();
  const auto callback = slot.callback<uv_fs_cb>();
  slot.clear();
  const ssize_t result = libuv().uv_fs_get_result(request);  // before the callback frees it
  CallbackSpan span(task, result, bytes_of(request, result));
  callback(request);
}

}  // namespace

#define LOOPSCOPE_UV_FS(function, parameters, ...)                                                       \
  LOOPSCOPE_HOOK int function parameters {                                                               \
    LOOPSCOPE_UV_CALL;                                                                                   \
    return submit_or_run<uv_fs_t, uv_fs_cb>(                                                             \
        call, Kind::function, Kind::function##_sync, request, callback, on_fs,                           \
        [&](uv_fs_cb installed) { return call.libuv.function(loop, request, __VA_ARGS__, installed); }); \
  }

#define REQUEST uv_loop_t *loop, uv_fs_t *request

LOOPSCOPE_UV_FS(uv_fs_access, (REQUEST, const char* path, int mode, uv_fs_cb callback), path, mode)
LOOPSCOPE_UV_FS(uv_fs_chmod, (REQUEST, const char* path, int mode, uv_fs_cb callback), path, mode)
LOOPSCOPE_UV_FS(uv_fs_chown, (REQUEST, const char* path, uv_uid_t uid, uv_gid_t gid, uv_fs_cb callback), path,
                uid, gid)
LOOPSCOPE_UV_FS(uv_fs_close, (REQUEST, uv_file file, uv_fs_cb callback), file)
LOOPSCOPE_UV_FS(uv_fs_closedir, (REQUEST, uv_dir_t* dir, uv_fs_cb callback), dir)
LOOPSCOPE_UV_FS(uv_fs_copyfile, (REQUEST, const char* path, const char* to, int flags, uv_fs_cb callback),
                path, to, flags)
LOOPSCOPE_UV_FS(uv_fs_fchmod, (REQUEST, uv_file file, int mode, uv_fs_cb callback), file, mode)
LOOPSCOPE_UV_FS(uv_fs_fchown, (REQUEST, uv_file file, uv_uid_t uid, uv_gid_t gid, uv_fs_cb callback), file,
                uid, gid)
LOOPSCOPE_UV_FS(uv_fs_fdatasync, (REQUEST, uv_file file, uv_fs_cb callback), file)
LOOPSCOPE_UV_FS(uv_fs_fstat, (REQUEST, uv_file file, uv_fs_cb callback), file)
LOOPSCOPE_UV_FS(uv_fs_fsync, (REQUEST, uv_file file, uv_fs_cb callback), file)
LOOPSCOPE_UV_FS(uv_fs_ftruncate, (REQUEST, uv_file file, int64_t size, uv_fs_cb callback), file, size)
LOOPSCOPE_UV_FS(uv_fs_futime, (REQUEST, uv_file file, double atime, double mtime, uv_fs_cb callback), file,
                atime, mtime)
LOOPSCOPE_UV_FS(uv_fs_lchown, (REQUEST, const char* path, uv_uid_t uid, uv_gid_t gid, uv_fs_cb callback),
                path, uid, gid)
LOOPSCOPE_UV_FS(uv_fs_link, (REQUEST, const char* path, const char* to, uv_fs_cb callback), path, to)
LOOPSCOPE_UV_FS(uv_fs_lstat, (REQUEST, const char* path, uv_fs_cb callback), path)
LOOPSCOPE_UV_FS(uv_fs_lutime, (REQUEST, const char* path, double atime, double mtime, uv_fs_cb callback),
                path, atime, mtime)
LOOPSCOPE_UV_FS(uv_fs_mkdir, (REQUEST, const char* path, int mode, uv_fs_cb callback), path, mode)
LOOPSCOPE_UV_FS(uv_fs_mkdtemp, (REQUEST, const char* pattern, uv_fs_cb callback), pattern)
LOOPSCOPE_UV_FS(uv_fs_mkstemp, (REQUEST, const char* pattern, uv_fs_cb callback), pattern)
LOOPSCOPE_UV_FS(uv_fs_open, (REQUEST, const char* path, int flags, int mode, uv_fs_cb callback), path, flags,
                mode)
LOOPSCOPE_UV_FS(uv_fs_opendir, (REQUEST, const char* path, uv_fs_cb callback), path)
LOOPSCOPE_UV_FS(uv_fs_read,
                (REQUEST, uv_file file, const uv_buf_t* buffers, unsigned count, int64_t offset,
                 uv_fs_cb callback),
                file, buffers, count, offset)
LOOPSCOPE_UV_FS(uv_fs_readdir, (REQUEST, uv_dir_t* dir, uv_fs_cb callback), dir)
LOOPSCOPE_UV_FS(uv_fs_readlink, (REQUEST, const char* path, uv_fs_cb callback), path)
LOOPSCOPE_UV_FS(uv_fs_realpath, (REQUEST, const char* path, uv_fs_cb callback), path)
LOOPSCOPE_UV_FS(uv_fs_rename, (REQUEST, const char* path, const char* to, uv_fs_cb callback), path, to)
LOOPSCOPE_UV_FS(uv_fs_rmdir, (REQUEST, const char* path, uv_fs_cb callback), path)
LOOPSCOPE_UV_FS(uv_fs_scandir, (REQUEST, const char* path, int flags, uv_fs_cb callback), path, flags)
LOOPSCOPE_UV_FS(uv_fs_sendfile,
                (REQUEST, uv_file to, uv_file from, int64_t offset, size_t size, uv_fs_cb callback), to, from,
                offset, size)
LOOPSCOPE_UV_FS(uv_fs_stat, (REQUEST, const char* path, uv_fs_cb callback), path)
LOOPSCOPE_UV_FS(uv_fs_statfs, (REQUEST, const char* path, uv_fs_cb callback), path)
LOOPSCOPE_UV_FS(uv_fs_symlink, (REQUEST, const char* path, const char* to, int flags, uv_fs_cb callback),
                path, to, flags)
LOOPSCOPE_UV_FS(uv_fs_unlink, (REQUEST, const char* path, uv_fs_cb callback), path)
LOOPSCOPE_UV_FS(uv_fs_utime, (REQUEST, const char* path, double atime, double mtime, uv_fs_cb callback), path,
                atime, mtime)
LOOPSCOPE_UV_FS(uv_fs_write,
                (REQUEST, uv_file file, const uv_buf_t* buffers, unsigned count, int64_t offset,
                 uv_fs_cb callback),
                file, buffers, count, offset)
