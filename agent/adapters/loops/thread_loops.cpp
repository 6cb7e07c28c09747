// See thread_loops.h.
#include "agent/adapters/loops/thread_loops.h"

namespace loopscope::loops {

Place* ThreadLoops::find(const void* caller) {
  for (Place& place : places_) {
    if (place.caller == caller) return &place;
  }
  return nullptr;
}

Place& ThreadLoops::put(const void* caller, uintptr_t frame) {
  if (next_ + 1u == at_) next_ = static_cast<uint8_t>((next_ + 1u) % kPlaces);
  if (next_ + 1u == before_) before_ = 0;
  Place& place = places_[next_];
  next_ = static_cast<uint8_t>((next_ + 1u) % kPlaces);
  place = Place{caller, frame, 0, 0, false};
  return place;
}

Place* ThreadLoops::go_to(Place& place) {
  const auto number = static_cast<uint8_t>(&place - places_ + 1);
  if (at_ != 0 && at_ != number) {
    Place& from = places_[at_ - 1];
    left_ = from.loop;
    // Back at a loop that was never left: what came in between happened in a tick of it, and will again.
    if (before_ == number && from.frame < place.frame) from.blocks = true;
    before_ = at_;
  }
  at_ = number;
  in_a_row_ = 0;
  ++place.waits;
  return &place;
}

// Whether the wait is made from within a tick of the loop at `place`.
bool ThreadLoops::is_inside(const Place& place, const void* caller, uintptr_t frame) {
  if (place.loop == 0 || frame >= place.frame) return false;
  in_a_row_ = foreign_ == caller ? in_a_row_ + 1 : 1;
  foreign_ = caller;
  return in_a_row_ < kInARow;
}

Place* ThreadLoops::wait(const void* caller, uintptr_t frame, Evidence evidence) {
  Place* place = find(caller);
  if (place != nullptr && place->blocks) return nullptr;
  if (at_ != 0) {
    Place& now = places_[at_ - 1];
    if (place == &now) {
      now.frame = frame;
      return go_to(now);
    }
    if (is_inside(now, caller, frame)) return nullptr;
    if (now.loop != 0 && frame == now.frame) {
      // The same function, from another of its lines.
      if (place == nullptr) place = &put(caller, frame);
      place->loop = now.loop;
      ++place->waits;
      at_ = static_cast<uint8_t>(place - places_ + 1);
      in_a_row_ = 0;
      return place;
    }
  }
  if (evidence == Evidence::none && (place == nullptr || place->loop == 0)) return nullptr;
  if (place == nullptr) place = &put(caller, frame);
  place->frame = frame;
  go_to(*place);
  return place->loop != 0 || evidence == Evidence::strong ? place : nullptr;
}

loopscope_loop ThreadLoops::left() {
  const loopscope_loop loop = left_;
  left_ = 0;
  return loop;
}

}  // namespace loopscope::loops
