/* loopscope/uv.h: for programs that link the libuv adapter (target loopscope::uv, library loopscope_uv).
 *
 * Link loopscope_uv before libuv. Its hooks then stand in front of libuv's functions and every loop, timer,
 * request and handle of the process is recorded, with nothing to call but loopscope_start (or with
 * LOOPSCOPE_RECORD=1 in the environment, not even that). Where they cannot stand in front (libuv is linked
 * statically, or came first), attaching a loop still gives its ticks.
 */
#ifndef LOOPSCOPE_UV_H
#define LOOPSCOPE_UV_H

#include <loopscope/loopscope.h>
#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  LOOPSCOPE_UV_TICKS_ONLY = 1 /* the hooks are not in front of libuv: no tasks, only ticks */
};

/* Makes the loop known. 0: its tasks and ticks are recorded. LOOPSCOPE_UV_TICKS_ONLY: only its ticks are, by two
 * unreferenced handles in the loop; they keep uv_loop_close from succeeding until loopscope_uv_detach, and
 * uv_walk shows them. Negative: LOOPSCOPE_E... . On the loop's thread. Does not start a recording. */
LOOPSCOPE_API int loopscope_uv_attach(uv_loop_t* loop);

/* Takes those handles away again. libuv closes handles in its next turn, so run the loop once more between
 * this and uv_loop_close. Does nothing where attach returned 0. On the loop's thread. */
LOOPSCOPE_API void loopscope_uv_detach(uv_loop_t* loop);

#ifdef __cplusplus
}
#endif
#endif
