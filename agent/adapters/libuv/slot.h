// A task's id and the user's callback, kept in the words that libuv reserves in every handle and request and
// never touches on Unix (uv_handle_t.u.reserved, uv_req_t.reserved). Neither libuv nor users clear them, so one
// word is a tag of the object's address and the id together: it tells what is ours from garbage, from a copy, and
// from what is left of an earlier object in memory that was partly overwritten since. On the loop's thread,
// except mark_sent.
#pragma once

#include <loopscope/loopscope.h>
#include <uv.h>

#include <cstdint>

#include "agent/adapters/libuv/kinds.h"

namespace loopscope::uv {

static_assert(sizeof(void*) == sizeof(uint64_t), "a task id must fit into one reserved word");

// Low 16 bits: room for kind and flags. The rest: address and id, mixed.
constexpr uintptr_t kTagBits = ~uintptr_t{0xffff};
inline uintptr_t tag_of(const void* object, const void* id) {
  const uintptr_t mixed = reinterpret_cast<uintptr_t>(object) * 0x9E3779B97F4A7C15u;
  return (mixed ^ (mixed >> 32) ^ (reinterpret_cast<uintptr_t>(id) * 0xD6E8FEB86659FD93u)) & kTagBits;
}

template <typename Callback>
void* to_word(Callback* callback) {
  return reinterpret_cast<void*>(callback);
}

// What a handle is doing. `callback` stays after the task is finished, because libuv still holds our
// trampoline (uv_timer_again); the closing callback has a word of its own, since an exit_cb may come after
// uv_close.
class HandleSlot {
 public:
  template <typename Handle>
  explicit HandleSlot(Handle* handle) : words_(reinterpret_cast<uv_handle_t*>(handle)->u.reserved) {}

  bool ours() const { return (tag_word() & kTagBits) == tag_of(words_, words_[1]); }
  bool closing() const { return ours() && (tag_word() & kClosing); }
  Kind kind() const { return ours() ? static_cast<Kind>(tag_word() & 0xff) : Kind::none; }

  // The task whose callback may come; 0 if none, or if the handle is closing.
  loopscope_task task() const {
    return ours() && !(tag_word() & kClosing) ? reinterpret_cast<uintptr_t>(words_[1]) : 0;
  }
  loopscope_task close_task() const { return closing() ? reinterpret_cast<uintptr_t>(words_[1]) : 0; }

  // All of it at one look.
  struct Contents {
    uintptr_t kind_and_flags;  // 0 if the words are not ours
    loopscope_task task;
    void* callback;
  };
  Contents read() const {
    const uintptr_t word = tag_word();
    void* const id = words_[1];
    if ((word & kTagBits) != tag_of(words_, id)) return {0, 0, nullptr};
    return {word & ~kTagBits, word & kClosing ? 0 : reinterpret_cast<uintptr_t>(id), words_[2]};
  }
  // Precondition: `contents` is what read() gave just now.
  void task_is_over(const Contents& contents) { set_task(0, contents.kind_and_flags); }

  // The user's callback behind our trampoline; null if libuv holds the user's own.
  template <typename Callback>
  Callback callback() const {
    return ours() ? reinterpret_cast<Callback>(words_[2]) : nullptr;
  }
  uv_close_cb close_callback() const {
    return closing() ? reinterpret_cast<uv_close_cb>(words_[3]) : nullptr;
  }

  void clear() { set(Kind::none, 0, nullptr); }

  void set(Kind kind, loopscope_task task, void* user_callback) {
    words_[2] = user_callback;
    words_[3] = nullptr;
    set_task(task, static_cast<uintptr_t>(kind));
  }
  void set_callback(void* user_callback) { words_[2] = user_callback; }
  void task_is_over() {
    if (ours()) set_task(0, tag_word() & ~kTagBits);
  }

  void close(loopscope_task task, uv_close_cb user_callback) {
    if (!ours()) clear();
    words_[3] = to_word(user_callback);
    set_task(task, (tag_word() & 0xff) | kClosing);
  }

  // For uv_async_send, from any thread or a signal handler: true for the first send since the last callback.
  bool mark_sent() {
    if (!ours() || (tag_word() & kSent)) return false;
    return !(__atomic_fetch_or(tag_address(), kSent, __ATOMIC_RELAXED) & kSent);
  }
  void clear_sent() { __atomic_fetch_and(tag_address(), ~kSent, __ATOMIC_RELAXED); }

  struct Saved {
    void* words[4];
  };
  Saved save() const { return {{words_[0], words_[1], words_[2], words_[3]}}; }
  void restore(const Saved& saved) {
    for (int i = 3; i >= 0; --i) words_[i] = saved.words[i];
  }

 private:
  static constexpr uintptr_t kClosing = 0x100;
  static constexpr uintptr_t kSent = 0x200;

  uintptr_t* tag_address() const { return reinterpret_cast<uintptr_t*>(&words_[0]); }
  uintptr_t tag_word() const { return __atomic_load_n(tag_address(), __ATOMIC_RELAXED); }
  void set_task(loopscope_task task, uintptr_t kind_and_flags) {
    words_[1] = reinterpret_cast<void*>(static_cast<uintptr_t>(task));
    __atomic_store_n(tag_address(), tag_of(words_, words_[1]) | kind_and_flags, __ATOMIC_RELAXED);
  }

  void** words_;
};

// What a request was submitted for. Taken out before the user's callback runs, which may free or reuse it.
class RequestSlot {
 public:
  template <typename Request>
  explicit RequestSlot(Request* request) : words_(reinterpret_cast<uv_req_t*>(request)->reserved) {}

  bool ours() const { return reinterpret_cast<uintptr_t>(words_[0]) == tag_of(words_, words_[1]); }
  loopscope_task task() const { return ours() ? reinterpret_cast<uintptr_t>(words_[1]) : 0; }

  template <typename Callback>
  Callback callback() const {
    return reinterpret_cast<Callback>(words_[2]);
  }
  void* second() const { return words_[3]; }
  template <typename Callback>
  Callback second_callback() const {
    return reinterpret_cast<Callback>(words_[3]);
  }

  void set(loopscope_task task, void* first, void* second = nullptr) {
    words_[1] = reinterpret_cast<void*>(static_cast<uintptr_t>(task));
    words_[0] = reinterpret_cast<void*>(tag_of(words_, words_[1]));
    words_[2] = first;
    words_[3] = second;
  }
  void clear() { words_[0] = nullptr; }

  struct Saved {
    void* words[4];
  };
  Saved save() const { return {{words_[0], words_[1], words_[2], words_[3]}}; }
  void restore(const Saved& saved) {
    for (int i = 0; i < 4; ++i) words_[i] = saved.words[i];
  }

 private:
  void** words_;
};

}  // namespace loopscope::uv
